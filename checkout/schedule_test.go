package checkout_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"boxoffice/checkout"
	"boxoffice/storage/bolt"
	"boxoffice/tickets"
)

// TestNoScheduleLosesMoneyOrPlaces does what customers, providers, members, passes and faults do, in random order, and
// expects in the end that the audit is clean, that the store's money is the till's, that nothing is held, and that
// whoever paid in full has tickets.
func TestNoScheduleLosesMoneyOrPlaces(t *testing.T) {
	t.Parallel()
	dir := storeDir(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		path := filepath.Join(dir, fmt.Sprintf("shop%d.db", n))
		s, err := bolt.Open(t.Context(), path, bolt.Options{})
		if err != nil {
			rt.Fatalf("open: %v", err)
		}
		defer func() { _ = s.Close(); _ = os.Remove(path) }()
		newSchedule(rt, s).run()
	})
}

// schedule is a world in which anything may happen next.
type schedule struct {
	*world
	rt     *rapid.T
	store  *faultyStore
	dice   *dice
	orders []tickets.OrderID
	placed []checkout.Placing
	posted []post // notices, delivered or not
}

// post is a notice that the till sends, and sends again.
type post struct {
	h    http.Header
	body []byte
	done bool
}

func newSchedule(rt *rapid.T, s tickets.Store) *schedule {
	f := &faultyStore{}
	seed := rapid.Uint64().Draw(rt, "seed")
	dc := &dice{r: rand.New(rand.NewPCG(seed, 1))}
	ids := &dice{r: rand.New(rand.NewPCG(seed, 2))}
	capacity := rapid.IntRange(1, 12).Draw(rt, "capacity")
	fees := rapid.Bool().Draw(rt, "fees")
	w := worldOn(rt, s, capacity, func(d *checkout.Desk) {
		f.Store, d.Store, d.Rand = d.Store, f, ids
		if fees {
			d.Fees = map[string]tickets.Fee{"till": {BasisPoints: 290, Fixed: 30}}
		}
	})
	x := &schedule{world: w, rt: rt, store: f, dice: dc}
	for i := range x.dice.p {
		if rapid.Bool().Draw(rt, "faulty") { // each kind of fault is absent from half of the schedules
			x.dice.p[i] = rapid.IntRange(1, 30).Draw(rt, "rate")
		}
	}
	w.till.fault = func(op string) fault {
		switch {
		case x.dice.roll(0):
			return lostRequest
		case x.dice.roll(1):
			return lostReply
		case op == "open" && x.dice.roll(2):
			return refusal
		}
		return fine
	}
	f.roll = func() (bool, bool) { return x.dice.roll(3), x.dice.roll(3) }
	return x
}

func (x *schedule) run() {
	steps := []func(){
		x.place, x.place, x.pay, x.pay, x.pay, x.paid, x.paid, x.paid, x.oddMoney, x.second, x.asyncOrFailed, x.deliver, x.deliver, x.deliver,
		x.cancel, x.pass, x.pass, x.pass, x.admit, x.issue, x.catalog, x.tick, x.tick, x.tick, x.check, x.again, x.stick, x.race,
	}
	for range rapid.IntRange(10, 90).Draw(x.rt, "steps") {
		steps[rapid.IntRange(0, len(steps)-1).Draw(x.rt, "step")]()
	}
	x.finish()
}

// finish heals the world, lets time go by, and judges.
func (x *schedule) finish() {
	x.dice.mu.Lock()
	x.dice.p = [4]int{}
	x.dice.mu.Unlock()
	for _, remote := range x.remotes() {
		x.till.set(remote, func(s *tillSession) { s.Stuck = false })
	}
	for i := range x.posted {
		if !x.posted[i].done {
			x.post(i)
		}
	}
	for _, remote := range x.remotes() {
		x.till.set(remote, func(s *tillSession) {
			if s.State == checkout.StandingAsync {
				s.State = checkout.StandingFailed
			}
		})
	}
	x.quiet()
	x.clean()
	x.balanced()
	if s, err := x.stockNow("day"); err == nil && s.Held != 0 {
		x.t.Errorf("%d places are held for nobody", s.Held)
	}
	for _, id := range x.orders {
		o := x.now(tickets.Order{ID: id})
		if o.Stage == tickets.StagePaid && o.Manual() {
			continue
		}
		if !slices.Contains([]tickets.Stage{tickets.StageExpired, tickets.StageCancelled, tickets.StageFulfilled, tickets.StageCompleted, tickets.StagePaymentReview}, o.Stage) {
			x.t.Errorf("order %s rests as %s; story %s", id, o.Stage, x.story(o))
		}
		if o.Kept != 0 {
			x.t.Errorf("order %s keeps %d", id, o.Kept)
		}
	}
}

func (x *schedule) stockNow(p tickets.PoolID) (s tickets.Stock, err error) {
	err = x.world.store.View(x.ctx, func(r tickets.Reader) (err error) {
		s, err = r.Stock(tickets.StockKey{Merchant: "demo", Pool: p, Slot: tickets.Slot{Date: visit}})
		return err
	})
	return s, err
}

// expect fails on what is neither a refusal that makes sense nor a fault that was made.
func (x *schedule) expect(err error, kinds ...tickets.Kind) {
	x.t.Helper()
	if err == nil || errors.Is(err, tickets.Unavailable) || errors.Is(err, tickets.Unknown) {
		return
	}
	if k := tickets.KindOf(err); !slices.Contains(kinds, k) {
		x.t.Fatalf("unexpected: %v", err)
	}
}

func (x *schedule) some() (tickets.Order, bool) {
	if len(x.orders) == 0 {
		return tickets.Order{}, false
	}
	return x.now(tickets.Order{ID: rapid.SampledFrom(x.orders).Draw(x.rt, "order")}), true
}

// remotes lists the till's sessions, the oldest first.
func (x *schedule) remotes() []string {
	x.till.mu.Lock()
	defer x.till.mu.Unlock()
	out := make([]string, 0, len(x.till.sessions))
	for i := range x.till.sessions {
		out = append(out, i)
	}
	slices.SortFunc(out, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		if a < b {
			return -1
		}
		return 1
	})
	return out
}

func (x *schedule) page() (string, bool) {
	all := x.remotes()
	if len(all) == 0 {
		return "", false
	}
	return rapid.SampledFrom(all[max(0, len(all)-4):]).Draw(x.rt, "page"), true
}

func (x *schedule) place() {
	sku := rapid.SampledFrom([]tickets.SKUID{"adult", "sentosa_family_pack", "child", "villa_night"}).Draw(x.rt, "sku")
	p := tickets.ProductID("sentosa")
	if sku == "villa_night" {
		p = "villa"
	}
	q, err := x.desk.Quote(x.ctx, p, tickets.Slot{Date: visit}, []tickets.Choice{{SKU: sku, Units: rapid.IntRange(1, 2).Draw(x.rt, "units")}})
	x.expect(err, tickets.Closed)
	if err != nil {
		return
	}
	x.made++
	pl := checkout.Placing{Quote: q, Buyer: someone(rapid.IntRange(1, 4).Draw(x.rt, "who")), Confirm: fmt.Sprintf("c%d", x.made)}
	x.placed = append(x.placed, pl)
	x.confirm(pl)
}

func (x *schedule) confirm(p checkout.Placing) {
	o, err := x.desk.Place(x.ctx, p)
	x.expect(err, tickets.SoldOut, tickets.Limit, tickets.Closed, tickets.Expired, tickets.Conflict)
	if err == nil && !slices.Contains(x.orders, o.ID) {
		x.orders = append(x.orders, o.ID)
	}
}

// again presses Confirm once more, or holds an ended order's places again.
func (x *schedule) again() {
	if len(x.placed) > 0 {
		x.confirm(rapid.SampledFrom(x.placed).Draw(x.rt, "placing"))
	}
	o, ok := x.some()
	if !ok || !o.Ended() {
		return
	}
	q, err := x.desk.AgainQuote(x.ctx, o.ID)
	x.expect(err, tickets.Closed)
	if err == nil {
		x.confirm(checkout.Placing{Quote: q, Buyer: o.Buyer, Confirm: "again" + string(o.ID), Replaces: o.ID})
	}
}

func (x *schedule) pay() {
	o, ok := x.some()
	if !ok {
		return
	}
	_, _, err := x.desk.Pay(x.ctx, paying(o, rapid.SampledFrom([]string{"card", "paynow"}).Draw(x.rt, "method")))
	x.expect(err, tickets.Conflict, tickets.Expired, tickets.Declined)
}

// paid is a customer who pays what the page asks for.
func (x *schedule) paid() {
	remote, ok := x.page()
	if !ok {
		return
	}
	if r, ok := x.till.payExactly(remote); ok {
		x.notify(r)
	}
}

// notify queues the notice of money, or loses it for good: then a look at the open page must find it.
func (x *schedule) notify(r checkout.Report) {
	if rapid.IntRange(0, 4).Draw(x.rt, "lost") > 0 {
		h, body := x.till.notice(r)
		x.posted = append(x.posted, post{h: h, body: body})
	}
}

// oddMoney pays less, more, nothing, in another currency, or with play money.
func (x *schedule) oddMoney() {
	remote, ok := x.page()
	if !ok {
		return
	}
	var open bool
	var total int64
	x.till.set(remote, func(s *tillSession) { open, total = s.payable(x.clock.Now()), s.Total.Amount })
	if !open {
		return
	}
	amount, cur, test := total, tickets.Currency("SGD"), false
	switch rapid.IntRange(0, 4).Draw(x.rt, "odd") {
	case 0:
		amount = rapid.Int64Range(0, max(total-1, 0)).Draw(x.rt, "amount")
	case 1:
		amount += rapid.Int64Range(1, 9999).Draw(x.rt, "excess")
	case 2:
		cur = "USD"
	case 3:
		test = true
	case 4:
		amount = 0
	}
	x.notify(x.till.chargeAs(remote, amount, cur, test))
}

// second charges a page once more; providers that do so tell.
func (x *schedule) second() {
	remote, ok := x.page()
	if !ok {
		return
	}
	var paid bool
	var total tickets.Money
	x.till.set(remote, func(s *tillSession) { paid, total = len(s.Charges) > 0, s.Total })
	if paid {
		h, body := x.till.notice(x.till.charge(remote, total.Amount, total.Currency))
		x.posted = append(x.posted, post{h: h, body: body})
	}
}

func (x *schedule) asyncOrFailed() {
	remote, ok := x.page()
	if !ok {
		return
	}
	kind, state := checkout.ReportAsync, checkout.StandingAsync
	if rapid.Bool().Draw(x.rt, "failed") {
		kind, state = checkout.ReportFailed, checkout.StandingFailed
	}
	changed := false
	var ref tickets.SessionID
	x.till.set(remote, func(s *tillSession) {
		ref = s.Ref
		if s.State == checkout.StandingOpen || s.State == checkout.StandingAsync {
			s.State, changed = state, true
		}
	})
	if changed {
		x.notify(checkout.Report{Kind: kind, Remote: remote, Reference: ref})
	}
}

// deliver posts a notice, perhaps not for the first time.
func (x *schedule) deliver() {
	if len(x.posted) > 0 {
		x.post(rapid.IntRange(0, len(x.posted)-1).Draw(x.rt, "notice"))
	}
}

func (x *schedule) post(i int) {
	err := x.desk.Receive(x.ctx, "till", x.posted[i].h, x.posted[i].body)
	x.expect(err)
	if err == nil {
		x.posted[i].done = true
	}
}

func (x *schedule) cancel() {
	if o, ok := x.some(); ok {
		_, err := x.desk.Cancel(x.ctx, checkout.Cancelling{Order: o.ID})
		x.expect(err, tickets.Conflict)
	}
}

func (x *schedule) pass() {
	var err error
	switch rapid.IntRange(0, 2).Draw(x.rt, "pass") {
	case 0:
		_, err = x.desk.Sweep(x.ctx)
	case 1:
		_, err = x.desk.Chase(x.ctx)
	default:
		_, err = x.desk.Catch(x.ctx)
	}
	x.expect(err)
}

func (x *schedule) admit() {
	o, ok := x.some()
	if !ok {
		return
	}
	for _, k := range x.tickets(o) {
		a := checkout.Admitting{Scan: k.Text, Count: rapid.IntRange(0, 2).Draw(x.rt, "count"), By: gate}
		if rapid.Bool().Draw(x.rt, "keyed") {
			a.Key = fmt.Sprintf("k%d", a.Count)
		}
		_, _, err := x.desk.Admit(x.ctx, a)
		x.expect(err, tickets.WrongDate, tickets.Admitted, tickets.Limit)
	}
}

func (x *schedule) issue() {
	if o, ok := x.some(); ok {
		_, err := x.desk.Issue(x.ctx, o.ID, checkout.StaffOf(tickets.Member{ID: "mem_1", Role: tickets.RoleOwner}, "bot"))
		x.expect(err, tickets.Conflict)
	}
}

func (x *schedule) catalog() {
	cat := wares(rapid.IntRange(0, 12).Draw(x.rt, "capacity"))
	cat.SKUs[1].Price += rapid.Int64Range(-1, 1).Draw(x.rt, "price")
	_, _, err := x.desk.Apply(x.ctx, cat)
	x.expect(err)
}

func (x *schedule) tick() {
	x.clock.add(time.Duration(rapid.SampledFrom([]int{1, 3, 20, 60, 150, 301, 620, 905, 86_400}).Draw(x.rt, "seconds")) * time.Second)
}

func (x *schedule) check() {
	if o, ok := x.some(); ok {
		x.expect(x.desk.Check(x.ctx, o.ID))
	}
}

// stick makes a page one that cannot be closed, or heals it.
func (x *schedule) stick() {
	if remote, ok := x.page(); ok {
		x.till.set(remote, func(s *tillSession) { s.Stuck = !s.Stuck })
	}
}

// race does several things to one order at once.
func (x *schedule) race() {
	o, ok := x.some()
	if !ok {
		return
	}
	var wg sync.WaitGroup
	wg.Go(func() { _, _, _ = x.desk.Pay(x.ctx, paying(o, "card")) })
	wg.Go(func() { _, _, _ = x.desk.Pay(x.ctx, paying(o, "paynow")) })
	wg.Go(func() { _, _ = x.desk.Chase(x.ctx) })
	wg.Go(func() { _, _ = x.desk.Sweep(x.ctx) })
	wg.Go(func() { _ = x.desk.Check(x.ctx, o.ID) })
	for _, p := range x.posted[max(0, len(x.posted)-2):] {
		wg.Go(func() { _ = x.desk.Receive(x.ctx, "till", p.h, p.body) })
	}
	wg.Wait()
}
