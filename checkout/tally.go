package checkout

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"boxoffice/tickets"
)

// Tallies are numbers by day that are kept, so that trends read a row a day however many orders there are. What a day
// counts is a function of stored things (tallysum.go), each at a moment that it carries:
//
//	an order        when it was placed
//	a capture       when the money came
//	a refund        when its money had gone
//	a dispute       when it was opened, as long as the bank holds its money
//	an admission    on the visit date of its ticket
//
// A sale must not wait for the row of the day, so sales are counted by a pass (Tally): everything before a mark is
// counted, nothing after it is. The mark and the numbers move in one transaction, so that a crash loses and doubles
// nothing. A transaction that changes something before the mark corrects the numbers itself (tallyturn.go): a late
// capture that is applied weeks after, a refund, a dispute; and so does one whose clock read a moment before the mark
// and that is committed after it. These are rare, and stores are serializable, so the sums always are those of a scan.
//
// Views of products are the exception. They are counted in memory and added by the pass; a crash loses a few seconds.

// The sorts of tallies, and what their keys are. CUR is a currency.
const (
	TallySales   = "sales"   // orders, places, gross/CUR, late (captures), late/CUR, refunds, refunded/CUR, disputed/CUR
	TallySKU     = "sku"     // gross/CUR/SKU, places/SKU
	TallyChannel = "channel" // gross/CUR/CHANNEL, orders/CHANNEL
	TallyHours   = "hours"   // gross/CUR/HOUR, the hour as 00 to 23
	TallyPlaced  = "placed"  // orders, places: held for a customer, paid or not
	TallyViews   = "views"   // PRODUCT: its page was shown
	TallyVisits  = "visits"  // PRODUCT@START: places admitted of tickets for the day
)

// tallySorts are the sorts that the mark speaks of.
var tallySorts = []string{TallySales, TallySKU, TallyChannel, TallyHours, TallyPlaced}

// settingTally remembers the mark, and by which zone's days was counted: "ZONE MILLISECONDS".
const settingTally = "tally"

// The pass counts what is older than tallyLag, since what is being committed while it runs would each have to correct
// the day's row. It goes on by an hour at a time, and by so many hours and things in one transaction.
const (
	tallyLag   = 3 * time.Second
	tallyStep  = time.Hour
	tallySteps = 2000
	tallyMost  = 500
)

// Days whose admissions are counted, around today.
const (
	tallyVisitsBack  = 400
	tallyVisitsAhead = 1
	tallyVisitsOnce  = 5 // days a pass
)

// ever bounds the days of a shop.
const (
	firstDay tickets.Date = 0
	lastDay  tickets.Date = 200_000
)

// tallyMark is until when was counted; zero while nothing was.
type tallyMark struct {
	zone string
	at   time.Time
}

func readTallyMark(r tickets.Reader) (tallyMark, error) {
	s, err := r.Setting(settingTally)
	if errors.Is(err, tickets.NotFound) {
		return tallyMark{}, nil
	}
	if err != nil {
		return tallyMark{}, err
	}
	zone, ms, _ := strings.Cut(s, " ")
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil {
		return tallyMark{}, fmt.Errorf("setting %s is %q: %w", settingTally, s, err)
	}
	return tallyMark{zone: zone, at: time.UnixMilli(n).UTC()}, nil
}

func (m tallyMark) String() string { return m.zone + " " + strconv.FormatInt(m.at.UnixMilli(), 10) }

// counts reports whether something of a moment is counted already.
func (m tallyMark) counts(at time.Time) bool { return at.Before(m.at) }

// Tally brings the tallies up to date and returns how many things it counted. It may be stopped anywhere.
func (d *Desk) Tally(ctx context.Context) (int, error) {
	done, err := d.countViews(ctx)
	if err != nil {
		return done, fmt.Errorf("tally views: %w", err)
	}
	for more := true; more && done < Batch && ctx.Err() == nil; {
		var n int
		if n, more, err = d.tallyOn(ctx); err != nil {
			return done, fmt.Errorf("tally: %w", err)
		}
		done += n
	}
	n, err := d.tallyVisits(ctx)
	if err != nil {
		return done, fmt.Errorf("tally visits: %w", err)
	}
	return done + n, nil
}

// tallyOn counts on from the mark; more says that there is more to count.
func (d *Desk) tallyOn(ctx context.Context) (n int, more bool, err error) {
	err = d.update(ctx, func(t *turn) error {
		n, more = 0, false
		cat, err := t.Catalog()
		if errors.Is(err, tickets.NotFound) {
			return nil // no catalog yet
		}
		if err != nil {
			return err
		}
		mark, err := readTallyMark(t)
		if err != nil {
			return err
		}
		if mark.zone != cat.Merchant.Zone {
			n, more = 1, true
			return t.tallyFromStart(cat)
		}
		zone, err := cat.Merchant.Location()
		if err != nil {
			return err
		}
		from, end := mark.at, t.now.Add(-tallyLag)
		add := sums{}
		for step := 0; mark.at.Before(end) && step < tallySteps && n < tallyMost; step++ {
			until := mark.at.Add(tallyStep)
			if until.After(end) {
				until = end
			}
			k, err := add.between(t, zone, mark.at, until)
			if err != nil {
				return err
			}
			n, mark.at = n+k, until
		}
		if more = mark.at.Before(end); mark.at == from {
			return nil
		}
		if err := add.store(t, cat.Merchant.ID); err != nil {
			return err
		}
		return t.PutSetting(settingTally, mark.String())
	})
	return n, more, err
}

// tallyFromStart forgets what was counted, as by the days of another zone, and begins anew: refunds and disputes at
// once, since they have no order in time; the rest from the shop's first day on.
func (t *turn) tallyFromStart(cat *tickets.Catalog) error {
	for _, sort := range tallySorts {
		old, err := t.Tallies(cat.Merchant.ID, sort, firstDay, lastDay)
		if err != nil {
			return err
		}
		for _, x := range old {
			x.N = nil
			if err := t.PutTally(x); err != nil {
				return err
			}
		}
	}
	zone, err := cat.Merchant.Location()
	if err != nil {
		return err
	}
	add := sums{}
	err = eachPage(t.AllRefunds, func(r tickets.Refund) { add.refund(r, zone, 1) })
	if err != nil {
		return err
	}
	err = eachPage(t.AllDisputes, func(x tickets.Dispute) { add.dispute(x, zone, 1) })
	if err != nil {
		return err
	}
	if err := add.store(t, cat.Merchant.ID); err != nil {
		return err
	}
	first, err := t.firstMoment()
	if err != nil {
		return err
	}
	return t.PutSetting(settingTally, tallyMark{zone: cat.Merchant.Zone, at: first}.String())
}

// firstMoment is before everything that was sold: a shop signs with its first key before it sells.
func (t *turn) firstMoment() (time.Time, error) {
	first := t.now
	keys, err := t.SigningKeys()
	if err != nil {
		return first, err
	}
	if len(keys) > 0 && keys[0].At.Before(first) {
		first = keys[0].At
	}
	caps, _, err := t.CapturesBetween(time.UnixMilli(0), t.now, tickets.Page{Limit: 1})
	if len(caps) > 0 && caps[0].At.Before(first) {
		first = caps[0].At
	}
	return first.Add(-24 * time.Hour).Truncate(time.Hour), err
}

// eachPage calls fn with everything of a list.
func eachPage[T any](list func(tickets.Page) ([]T, string, error), fn func(T)) error {
	p := tickets.Page{Limit: 500}
	for {
		found, next, err := list(p)
		if err != nil {
			return err
		}
		for _, x := range found {
			fn(x)
		}
		if p.Mark = next; next == "" {
			return nil
		}
	}
}

// tallyVisits makes sure that the admissions of the days around today are counted: a day that has a row is kept by the
// admissions themselves, and one that has none is counted from its tickets once.
func (d *Desk) tallyVisits(ctx context.Context) (int, error) {
	var missing []tickets.Date
	now := d.now()
	err := d.Store.View(ctx, func(r tickets.Reader) error {
		missing = nil
		cat, err := r.Catalog()
		if err != nil {
			return err
		}
		loc, err := cat.Merchant.Location()
		if err != nil {
			return err
		}
		today := tickets.DateOf(now, loc)
		rows, err := r.Tallies(cat.Merchant.ID, TallyVisits, today-tallyVisitsBack, today+tallyVisitsAhead)
		have := map[tickets.Date]bool{}
		for _, x := range rows {
			have[x.Day] = true
		}
		for day := today + tallyVisitsAhead; day >= today-tallyVisitsBack && len(missing) < tallyVisitsOnce; day-- {
			if !have[day] {
				missing = append(missing, day)
			}
		}
		return err
	})
	if errors.Is(err, tickets.NotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for i, day := range missing {
		err := d.update(ctx, func(t *turn) error {
			cat, err := t.Catalog()
			if err != nil {
				return err
			}
			n, err := visitsOf(t, day)
			if err != nil {
				return err
			}
			return t.PutTally(tickets.Tally{Merchant: cat.Merchant.ID, Sort: TallyVisits, Day: day, N: n})
		})
		if err != nil {
			return i, err
		}
	}
	return len(missing), nil
}

// visitsOf counts what was admitted of a day's tickets.
func visitsOf(r tickets.Reader, day tickets.Date) (map[string]int64, error) {
	n := map[string]int64{}
	err := orders(r, tickets.OrderQuery{Date: day}, func(o tickets.Order) error {
		ks, err := r.Tickets(o.ID)
		for _, k := range ks {
			if k.Slot.Date == day && k.Admitted > 0 {
				n[visitKey(k)] += int64(k.Admitted)
			}
		}
		return err
	})
	return n, err
}

func visitKey(k tickets.Ticket) string { return string(k.Product) + "@" + k.Slot.Start }
