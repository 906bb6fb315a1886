package checkout

import (
	"fmt"
	"time"

	"boxoffice/tickets"
)

// number is one number of a tally.
type number struct {
	sort string
	day  tickets.Date
	key  string
}

// sums are numbers to add to tallies.
type sums map[number]int64

func (s sums) add(sort string, day tickets.Date, key string, n int64) {
	if n != 0 {
		s[number{sort, day, key}] += n
	}
}

// between adds what was placed, and what the captures did that came, from a moment until another. It returns how many
// things that were.
func (s sums) between(r tickets.Reader, zone *time.Location, from, until time.Time) (int, error) {
	n := 0
	seen := map[tickets.OrderID]bool{}
	p := tickets.Page{Limit: 500}
	for {
		caps, next, err := r.CapturesBetween(from, until, p)
		if err != nil {
			return n, err
		}
		for _, c := range caps {
			if n++; c.Order == "" || seen[c.Order] {
				continue
			}
			seen[c.Order] = true
			if err := s.came(r, c.Order, zone, from, until); err != nil {
				return n, err
			}
		}
		if p.Mark = next; next == "" {
			break
		}
	}
	err := orders(r, tickets.OrderQuery{Since: from, Until: until}, func(o tickets.Order) error {
		s.placed(o, zone, 1)
		n++
		return nil
	})
	return n, err
}

// came adds what an order's captures of [from, until) change.
func (s sums) came(r tickets.Reader, id tickets.OrderID, zone *time.Location, from, until time.Time) error {
	o, err := r.Order(id)
	if err != nil {
		return err
	}
	caps, err := r.Captures(id)
	if err != nil {
		return err
	}
	s.sale(o, before(caps, from), zone, -1)
	s.sale(o, before(caps, until), zone, 1)
	return nil
}

// before is the captures that came before a moment.
func before(caps []tickets.Capture, t time.Time) []tickets.Capture {
	var out []tickets.Capture
	for _, c := range caps {
		if c.At.Before(t) {
			out = append(out, c)
		}
	}
	return out
}

// placed adds an order that holds places, n times.
func (s sums) placed(o tickets.Order, zone *time.Location, n int64) {
	day := tickets.DateOf(o.At, zone)
	s.add(TallyPlaced, day, "orders", n)
	s.add(TallyPlaced, day, "places", n*int64(o.Places()))
}

// sale adds what captures of an order, the oldest first, earned; n is 1, or -1 to take it away. The order itself counts
// with the first that pays for it.
func (s sums) sale(o tickets.Order, caps []tickets.Capture, zone *time.Location, n int64) {
	sold := false
	for _, c := range caps {
		day, cur := tickets.DateOf(c.At, zone), string(c.Amount.Currency)
		if c.Disposition == tickets.LateApplied || c.Disposition == tickets.LateUnapplied {
			s.add(TallySales, day, "late", n)
			s.add(TallySales, day, "late/"+cur, n*c.Amount.Amount)
		}
		if c.Applied == 0 && c.Disposition != tickets.Applied {
			continue
		}
		if !sold {
			sold = true
			s.add(TallySales, day, "orders", n)
			s.add(TallySales, day, "places", n*int64(o.Places()))
			s.add(TallyChannel, day, "orders/"+string(o.Channel), n)
			for _, l := range o.Quote.Lines {
				s.add(TallySKU, day, "places/"+string(l.SKU), n*int64(l.Places()))
			}
		}
		s.add(TallySales, day, "gross/"+cur, n*c.Applied)
		s.add(TallyHours, day, fmt.Sprintf("gross/%s/%02d", cur, c.At.In(zone).Hour()), n*c.Applied)
		s.add(TallyChannel, day, "gross/"+cur+"/"+string(o.Channel), n*c.Applied)
		for i, part := range shares(o, c.Applied) {
			s.add(TallySKU, day, "gross/"+cur+"/"+string(o.Quote.Lines[i].SKU), n*part)
		}
	}
}

// shares splits money over an order's lines by what they cost; of a free order, nothing.
func shares(o tickets.Order, amount int64) []int64 {
	weights := make([]int64, len(o.Quote.Lines))
	for i, l := range o.Quote.Lines {
		weights[i] = l.Amount()
	}
	return tickets.Split(amount, weights)
}

// refund adds a refund of applied money that has gone, n times. Owed money never was a sale's.
func (s sums) refund(r tickets.Refund, zone *time.Location, n int64) {
	if r.State != tickets.RefundSucceeded || r.Owed {
		return
	}
	day := tickets.DateOf(r.Ended, zone)
	s.add(TallySales, day, "refunds", n)
	s.add(TallySales, day, "refunded/"+string(r.Amount.Currency), n*r.Amount.Amount)
}

// dispute adds what a bank holds of an order's money, n times.
func (s sums) dispute(d tickets.Dispute, zone *time.Location, n int64) {
	if d.Order == "" {
		return
	}
	s.add(TallySales, tickets.DateOf(d.At, zone), "disputed/"+string(d.Amount.Currency), n*d.Gone().Amount)
}

// store adds the sums to the tallies. Numbers that become zero go, and a row may be left without any. Rows of visits are
// only kept where there is one.
func (s sums) store(tx tickets.Tx, m tickets.MerchantID) error {
	type row struct {
		sort string
		day  tickets.Date
	}
	rows := map[row]map[string]int64{}
	for k, n := range s {
		if n == 0 {
			continue
		}
		r := row{k.sort, k.day}
		if rows[r] == nil {
			rows[r] = map[string]int64{}
		}
		rows[r][k.key] = n
	}
	for r, add := range rows {
		found, err := tx.Tallies(m, r.sort, r.day, r.day)
		if err != nil {
			return err
		}
		x := tickets.Tally{Merchant: m, Sort: r.sort, Day: r.day}
		if len(found) > 0 {
			x = found[0]
		} else if r.sort == TallyVisits {
			continue
		}
		if x.N == nil {
			x.N = map[string]int64{}
		}
		for key, n := range add {
			if x.N[key] += n; x.N[key] == 0 {
				delete(x.N, key)
			}
		}
		if err := tx.PutTally(x); err != nil {
			return err
		}
	}
	return nil
}
