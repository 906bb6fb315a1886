package sim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

var noContext = context.Background()

// singapore is where the shop is: no daylight saving, no change since 1982.
var singapore = time.FixedZone("Asia/Singapore", 8*60*60)

var firstVisit = tickets.CivilDate(2026, time.March, 21)

// wares is what the shop sells: a pack that admits three, adults and children of one pool, seats of a tour, what a
// person issues, what costs nothing, and what is strict about late money.
func wares(capacity int) tickets.Catalog {
	en := func(s string) tickets.Texts { return tickets.Texts{"en": s} }
	policy := tickets.RefundPolicy{Brackets: []tickets.RefundBracket{{Days: 0, Percent: 50, Fee: 100}, {Days: 2, Percent: 100}}}
	auto := policy
	auto.Auto = true
	return tickets.Catalog{
		Merchant: tickets.Merchant{ID: "demo", Names: en("Demo"), Zone: "Asia/Singapore", Currency: "SGD", ApproveAbove: 12000},
		Products: []tickets.Product{
			{ID: "sentosa", Names: en("Sentosa"), Refund: auto},
			{ID: "villa", Names: en("Villa"), Refund: policy},
			{ID: "park", Names: en("Park")},
			{ID: "strict", Names: en("Strict"), LatePolicy: "review", Refund: policy},
		},
		Pools: []tickets.Pool{{ID: "day", Capacity: capacity}, {ID: "villa", Capacity: 4}, {ID: "park", Capacity: 50}, {ID: "strict", Capacity: 5}},
		SKUs: []tickets.SKU{
			{ID: "pack", Product: "sentosa", Names: en("Family pack 2+1"), Price: 11900, Admits: 3, Pool: "day"},
			{ID: "adult", Product: "sentosa", Names: en("Adult"), Price: 5000, Admits: 1, Pool: "day", TicketMode: tickets.TicketPerUnit},
			{ID: "child", Product: "sentosa", Names: en("Child"), Price: 3000, Admits: 1, Pool: "day", MaxPerCustomer: 2},
			{ID: "night", Product: "villa", Names: en("Night"), Price: 40000, Admits: 2, Pool: "villa", Fulfilment: tickets.FulfilManual},
			{ID: "entry", Product: "park", Names: en("Entry"), Price: 0, Admits: 1, Pool: "park"},
			{ID: "strict", Product: "strict", Names: en("Entry"), Price: 1000, Admits: 1, Pool: "strict"},
		},
	}
}

// skus is what customers choose from, the usual ones more often.
var skus = []tickets.SKUID{"pack", "adult", "adult", "child", "night", "night", "entry", "strict"}

func productOf(id tickets.SKUID) tickets.ProductID {
	for _, s := range wares(1).SKUs {
		if s.ID == id {
			return s.Product
		}
	}
	return ""
}

// open begins the schedule: people come, passes run, for a while.
func (w *world) open() {
	people := 1 + w.dice.IntN(4)
	if w.busyShop() || w.aim == "applyLate" {
		people = 4
	}
	for i := range people {
		w.people = append(w.people, w.newCustomer(i+1))
		if w.aim == "applyLate" {
			w.people[i].left += 16
		}
	}
	w.staff = []tickets.Member{
		{ID: "mem_1", Merchant: "demo", Name: "Owner", Role: tickets.RoleOwner}, {ID: "mem_2", Merchant: "demo", Name: "Manager", Role: tickets.RoleManager},
	}
	for _, c := range w.people {
		if w.hits(BlockedChat) {
			w.chat.blocked[c.buyer.Chat] = true
		}
		w.k.after(w.dice.between(time.Second, time.Minute), c.act)
	}
	for _, p := range w.passes() {
		w.k.after(w.dice.between(time.Second, 20*time.Second), func() { w.tick(p) })
	}
	w.k.after(w.dice.between(time.Minute, 10*time.Minute), w.manage)
	w.acted, w.until = w.k.now, w.k.now
	switch {
	case w.plot == afterPlot:
		w.until = w.k.now.Add(11 * 24 * time.Hour)
	case w.banks || w.aim == "EndTickets" || w.dice.IntN(2) == 0:
		least := 24 * time.Hour
		if w.banks {
			least = 5 * 24 * time.Hour
		}
		w.until = w.k.now.Add(w.dice.between(least, 9*24*time.Hour))
	}
}

// pass is a job that the running shop repeats.
type pass struct {
	name   string
	atomic bool
	run    func(*process) (int, error)
}

func (w *world) passes() []pass {
	all := []pass{
		{"sweep", false, func(p *process) (int, error) { return p.desk.Sweep(noContext) }},
		{"chase", false, func(p *process) (int, error) { return p.desk.Chase(noContext) }},
		{"catch", false, func(p *process) (int, error) { return p.desk.Catch(noContext) }},
		{"repay", false, func(p *process) (int, error) { return p.desk.Repay(noContext) }},
		{"complete", false, func(p *process) (int, error) { return p.desk.Complete(noContext) }},
		{"dispatch", true, func(p *process) (int, error) { return p.dispatcher.Pass(p.ctx) }},
	}
	if w.closes {
		all = append(all, pass{"close", false, func(p *process) (int, error) { return p.desk.Close(noContext) }})
	}
	return all
}

// tick runs a pass and comes back later: soon while people are busy, seldom afterwards.
func (w *world) tick(p pass) {
	if w.resting {
		return
	}
	proc := w.proc
	w.k.spawn(p.name, p.atomic, func() {
		if _, err := p.run(proc); err != nil {
			w.expect(p.name, err)
		}
	})
	switch {
	case w.k.now.Sub(w.acted) < 20*time.Minute:
		w.k.after(w.dice.between(3*time.Second, 2*time.Minute), func() { w.tick(p) })
	case w.busy() || w.k.now.Before(w.until):
		w.k.after(w.dice.between(5*time.Minute, 8*time.Hour), func() { w.tick(p) })
	}
}

// busy reports whether somebody still means to do something.
func (w *world) busy() bool {
	for _, c := range w.people {
		if c.left > 0 {
			return true
		}
	}
	return false
}

// expect fails on what is neither a refusal that makes sense nor a fault that was made.
func (w *world) expect(what string, err error, kinds ...tickets.Kind) {
	k := tickets.KindOf(err)
	if err == nil || w.proc.store.dead || k == tickets.Unavailable || k == tickets.Unknown {
		return
	}
	for _, ok := range kinds {
		if k == ok {
			return
		}
	}
	w.fail("ERR", "%s: %v", what, err)
}

// manage is what the merchant does now and then.
func (w *world) manage() {
	if w.resting || !w.busy() && w.k.now.After(w.until) || w.spent() {
		return
	}
	n := 2 + w.dice.IntN(4)
	if w.aim != "" {
		n *= 4 // what is aimed at is mostly what staff do
	}
	if w.plot == afterPlot {
		n = 1
	}
	for range n {
		w.work()
	}
	if !w.k.deciding() && w.hits(Leap) {
		w.leap()
	}
	least, longest := 20*time.Minute, 10*time.Hour
	switch {
	case w.k.now.Sub(w.acted) < 20*time.Minute:
		least, longest = 10*time.Second, 5*time.Minute
	case w.plot == afterPlot:
		least, longest = 4*time.Hour, 30*time.Hour
	}
	w.k.after(w.dice.between(least, longest), w.manage)
}

// stray is money that comes without a page of ours: now and then just what an order costs.
func (w *world) stray() {
	m := tickets.Money{Amount: int64(1 + w.dice.IntN(9000)), Currency: "SGD"}
	if id, ok := w.truth.some(w.dice, func(o tickets.Order) bool { return o.Applied == 0 && o.Total().Amount > 0 }); ok && w.dice.IntN(2) == 0 {
		m = w.truth.orders[id].Total()
	}
	w.bank.take(nil, m, false)
}

// hint is a provider that tells once more that something of a charge went back.
func (w *world) hint() {
	for _, c := range slices.Backward(w.bank.charges) {
		if c.Session != nil && len(c.Refunds) > 0 && w.dice.IntN(2) == 0 {
			w.bank.hint(c)
			return
		}
	}
}

// spent reports whether a schedule that aims at a verb has crashed there as often as it may: staff rest from then on.
func (w *world) spent() bool { return w.crashes == 0 && w.aim != "" }

// aimedWork does what leads to the verb that the schedule aims at, mostly; it is false when it did nothing.
func (w *world) aimedWork() bool {
	if w.closes && w.dice.IntN(12) == 0 || slices.Contains(closings, w.aim) && w.dice.IntN(4) == 0 {
		w.k.spawn("closing", false, w.closeSome)
		return true
	}
	if w.aim == "" || w.dice.IntN(2) == 0 {
		return false
	}
	switch {
	case slices.Contains(services, w.aim):
		w.k.spawn("service", false, w.serve)
	case slices.Contains(choices, w.aim):
		w.chooseSome()
	case slices.Contains(looks, w.aim):
		w.k.spawn("hint", false, w.hint)
	case w.aim == "Admit":
		w.k.spawn("gate", false, w.admitSome)
	case w.aim == "Issue" || w.aim == "FailIssue":
		w.k.spawn("issue", false, w.issueSome)
	default:
		return false
	}
	return true
}

// work is one thing that staff, or somebody outside, does.
func (w *world) work() {
	if w.aimedWork() {
		return
	}
	switch w.dice.IntN(17) {
	case 16:
		w.k.spawn("service", false, w.serve)
	case 0:
		w.k.spawn("capacity", false, w.newCapacity)
	case 1, 2, 3:
		w.k.spawn("issue", false, w.issueSome)
	case 4:
		if w.hits(ForgedNotice) {
			w.mail.forge()
		}
		if w.hits(StrayMoney) {
			w.stray()
			w.cover.count("stray money")
		}
	case 5:
		w.k.spawn("key", false, func() {
			w.press("key again", func() { w.expect("rotate key", w.proc.desk.RotateKey(noContext)) })
		})
	case 6, 7, 8:
		w.k.spawn("gate", false, w.admitSome)
	default:
		w.k.spawn("staff", false, w.decide)
	}
}

// leap lets hours or days pass at once: timers that were due meanwhile come late.
func (w *world) leap() {
	d := w.dice.between(10*time.Minute, 60*time.Hour)
	w.k.now = w.k.now.Add(d)
	w.cover.count("leaps")
	w.k.trace.add(w.k.now, "kernel", "time passes: "+d.Truncate(time.Second).String())
}

func (w *world) newCapacity() {
	if !w.hits(NewCapacity) {
		return
	}
	most := 12
	if w.banks {
		most = 4
	}
	cat := wares(w.dice.IntN(most))
	cat.SKUs[1].Price += int64(w.dice.IntN(3) - 1)
	if w.closes && w.dice.IntN(3) > 0 { // the closed dates stay closed
		w.expect("read catalog", w.proc.store.inner.View(noContext, func(r tickets.Reader) error {
			old, err := r.Catalog()
			for i := range cat.Products {
				cat.Products[i].Calendar = old.Products[i].Calendar
			}
			return err
		}))
	}
	w.press("capacity again", func() {
		_, low, err := w.proc.desk.Apply(noContext, cat)
		w.expect("apply", err)
		if len(low) > 0 {
			w.cover.count("capacity below what is sold")
		}
	})
}

// issueSome issues an order that waits for a person.
func (w *world) issueSome() {
	id, ok := w.truth.some(w.dice, func(o tickets.Order) bool { return o.Manual() && o.Paid() && o.Stage != tickets.StageFulfilled })
	if ok && w.plot == partsPlot {
		if w.dice.IntN(8) == 0 {
			_, err := w.proc.desk.FailIssue(noContext, id, w.by(1), "the supplier is full")
			w.expect("fail issue", err, tickets.Conflict)
		}
		return
	}
	if !ok || w.banks && w.aim != "Issue" && w.aim != "FailIssue" && w.dice.IntN(4) > 0 {
		return
	}
	if w.aim != "Issue" && w.dice.IntN(2) == 0 || w.aim == "FailIssue" && w.dice.IntN(4) > 0 {
		w.press("issue failed again", func() {
			_, err := w.proc.desk.FailIssue(noContext, id, w.by(1), "the supplier is full")
			w.expect("fail issue", err, tickets.Conflict)
		})
		return
	}
	w.press("issued again", func() {
		_, err := w.proc.desk.Issue(noContext, id, checkout.StaffOf(w.staff[0], "bot"))
		w.expect("issue", err, tickets.Conflict)
	})
}

// admitSome scans a ticket at a gate, sometimes at two gates at once.
func (w *world) admitSome() {
	k, ok := w.truth.someTicket(w.dice)
	if !ok {
		return
	}
	a := checkout.Admitting{Scan: k.Text, Count: w.dice.IntN(3), By: tickets.Actor{Kind: tickets.ActorMember, ID: "mem_1"}, Gate: "north"}
	if w.dice.IntN(2) == 0 {
		a.Key = fmt.Sprintf("k%d", w.dice.IntN(3))
	}
	scan := func() {
		_, _, err := w.proc.desk.Admit(noContext, a)
		w.expect("admit", err, tickets.WrongDate, tickets.Admitted, tickets.Limit, tickets.Revoked, tickets.Conflict, tickets.Withheld)
	}
	if w.hits(DoubleTap) {
		w.k.spawn("other gate", false, scan)
	}
	w.press("gate again", scan)
}
