package sim

import (
	"fmt"
	"slices"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// customer is somebody with a phone. What they know survives every crash: their chat.
type customer struct {
	w      *world
	n      int
	buyer  tickets.Buyer
	left   int // things they still mean to do
	placed []checkout.Placing
	orders []tickets.OrderID
}

func (w *world) newCustomer(n int) *customer {
	id := int64(6700000000 + n)
	return &customer{w: w, n: n, left: 4 + w.dice.IntN(14), buyer: tickets.Buyer{
		Customer: tickets.CustomerID(fmt.Sprintf("cus_%024x", n)), TelegramID: id, Name: "Visitor", Lang: "en", Chat: id,
	}}
}

// act begins one thing and comes back for the next.
func (c *customer) act() {
	if c.left == 0 || c.w.resting {
		return
	}
	c.left--
	c.w.acted = c.w.k.now
	name, fn := c.choose()
	c.w.k.spawn(fmt.Sprintf("customer %d %s", c.n, name), false, func() { c.w.press(fmt.Sprintf("customer %d %s anew", c.n, name), fn) })
	if c.w.hits(DoubleTap) {
		c.w.cover.count("double taps")
		c.w.k.spawn(fmt.Sprintf("customer %d %s again", c.n, name), false, fn)
	}
	pause := c.w.dice.between(500*time.Millisecond, 3*time.Minute)
	if c.w.hits(SlowCustomer) {
		pause = c.w.dice.between(4*time.Minute, 16*time.Minute)
	}
	if c.w.hits(Leap) { // they come back another day
		pause = c.w.dice.between(time.Hour, 30*time.Hour)
	}
	c.w.k.after(pause, c.act)
}

// choose says what the customer does next. What it needs of the dice it draws now, so that a second tap does the same.
func (c *customer) choose() (string, func()) {
	d := c.w.dice
	if len(c.orders) == 0 || d.IntN(6) == 0 {
		return "buys", c.buy()
	}
	if c.w.busyShop() && d.IntN(2) == 0 {
		buy := c.buy()
		return "buys and pays", func() { buy(); c.atBank() }
	}
	if name, fn := c.aimed(); fn != nil && d.IntN(3) > 0 {
		return name, fn
	}
	id := c.orders[max(0, len(c.orders)-1-d.IntN(2))]
	o := c.w.truth.orders[id]
	if o.Asked() && d.IntN(2) == 0 {
		return c.wantsBack(id)
	}
	review := o.Stage == tickets.StagePaymentReview
	if review && !o.Ended() && d.IntN(2) == 0 {
		if c.w.tooLate {
			return "looks at the rest", func() { c.pay(id, "card") }
		}
		return "pays the rest", func() { c.pay(id, "card"); c.atBank() }
	}
	if (o.Paid() || review && (o.Ended() || d.IntN(6) == 0)) && d.IntN(2) == 0 {
		return c.wantsBack(id)
	}
	switch d.IntN(14) {
	case 12:
		return "gets an invoice", func() { c.pay(id, "invoice") }
	case 0, 1, 2:
		return "pays", func() { c.pay(id, "card") }
	case 3:
		return "pays otherwise", func() { c.pay(id, "paynow") }
	case 4, 5, 6, 7:
		return "is at the bank", func() { c.atBank() }
	case 8:
		return "cancels", func() { c.cancel(id) }
	case 9:
		return "comes back", func() { c.w.expect("check", c.w.proc.desk.Check(noContext, id)) }
	case 10:
		return "holds again", func() { c.again(id) }
	default:
		return "confirms again", func() {
			if len(c.placed) > 0 {
				c.confirm(c.placed[len(c.placed)-1])
			}
		}
	}
}

// aimed is what the customer does where a schedule aims at a verb that few customers come to; nil when there is nothing to
// do it about.
func (c *customer) aimed() (string, func()) {
	newest := func(fits func(tickets.Order) bool) tickets.OrderID {
		for _, id := range slices.Backward(c.orders) {
			if fits(c.w.truth.orders[id]) {
				return id
			}
		}
		return ""
	}
	review := newest(func(o tickets.Order) bool { return o.Stage == tickets.StagePaymentReview && o.Owed+o.Kept > 0 })
	open := newest(tickets.Order.Open)
	switch {
	case c.w.aim == "HurryRefund" && review != "":
		return "wants it at once", func() { c.hurry(review) }
	case c.w.aim == "applyLate" && review != "":
		return "chooses another date", func() { c.move(review) }
	case c.w.aim == "applyLate" && len(c.orders) > 0 && c.w.truth.orders[c.orders[len(c.orders)-1]].Stage == tickets.StageExpired:
		return "pays too late", c.payTooLate
	case c.w.aim == "Cancel" && open != "":
		return "cancels", func() { c.cancel(open) }
	case c.w.aim == "PreCheckout" && open != "":
		return "pays an invoice", func() { c.pay(open, "invoice"); c.atBank() }
	}
	return "", nil
}

// payTooLate is money for places that somebody else has by now; some are free again later.
func (c *customer) payTooLate() {
	w := c.w
	w.restock(0)
	c.atBank()
	w.k.after(10*time.Minute, func() { w.k.spawn("places again", false, func() { w.restock(12) }) })
}

func (c *customer) cancel(id tickets.OrderID) {
	_, err := c.w.proc.desk.Cancel(noContext, checkout.Cancelling{Order: id, Customer: c.buyer.Customer})
	c.w.expect("cancel", err, tickets.Conflict)
}

// buy chooses something and confirms it.
func (c *customer) buy() func() {
	d := c.w.dice
	sku, method := one(d, skus), one(d, []string{"card", "card", "invoice"})
	switch {
	case c.w.aim == "payFree" && d.IntN(2) == 0:
		sku = "entry"
	case c.w.banks && d.IntN(2) == 0:
		sku = one(d, []tickets.SKUID{"night", "adult"})
	case c.w.aim == "Issue" || c.w.aim == "FailIssue":
		sku = "night"
	case c.w.aim == "EndTickets" || c.w.asks():
		sku = one(d, []tickets.SKUID{"adult", "adult", "pack", "child"})
	case c.w.aim == "applyLate" && d.IntN(2) == 0:
		sku = "strict"
	case c.w.busyShop():
		sku = one(d, []tickets.SKUID{"adult", "entry", "strict"})
	}
	choice := tickets.Choice{SKU: sku, Units: 1 + d.IntN(2)}
	slot := tickets.Slot{Date: firstVisit + tickets.Date(d.IntN(2)*d.IntN(4))}
	switch {
	case c.w.aim == "Admit" || c.w.aim == "UndoAdmission":
		slot.Date = firstVisit
	case c.w.asks() || c.w.aim == "moveReversed":
		slot.Date += tickets.Date(2 + d.IntN(15))
	}
	key := fmt.Sprintf("c%d-%d", c.n, c.left)
	return func() {
		q, err := c.w.proc.desk.Quote(noContext, productOf(sku), slot, []tickets.Choice{choice})
		c.w.expect("quote", err, tickets.Closed, tickets.Invalid, tickets.NotFound)
		if err != nil {
			return
		}
		p := checkout.Placing{Quote: q, Buyer: c.buyer, Confirm: key}
		c.placed = append(c.placed, p)
		c.confirm(p)
		if len(c.orders) > 0 && d.IntN(3) > 0 {
			c.pay(c.orders[len(c.orders)-1], method)
		}
	}
}

func (c *customer) confirm(p checkout.Placing) {
	o, err := c.w.proc.desk.Place(noContext, p)
	c.w.expect("place", err, tickets.SoldOut, tickets.Limit, tickets.Closed, tickets.Expired, tickets.Conflict, tickets.Changed)
	if err != nil {
		return
	}
	for _, id := range c.orders {
		if id == o.ID {
			return
		}
	}
	c.orders = append(c.orders, o.ID)
	c.w.cover.count("orders")
}

func (c *customer) pay(id tickets.OrderID, method string) {
	p := checkout.Paying{Order: id, Gateway: gatewayName, Method: method, Customer: c.buyer.Customer}
	if c.w.truth.orders[id].Total().Amount == 0 {
		p.Gateway, p.Method = checkout.GatewayFree, checkout.GatewayFree
	}
	_, _, err := c.w.proc.desk.Pay(noContext, p)
	c.w.expect("pay", err, tickets.Conflict, tickets.Expired, tickets.Declined, tickets.Invalid)
}

// again holds an ended order's places anew.
func (c *customer) again(id tickets.OrderID) {
	o := c.w.truth.orders[id]
	if !o.Ended() {
		return
	}
	q, err := c.w.proc.desk.AgainQuote(noContext, id)
	c.w.expect("quote again", err, tickets.Closed, tickets.NotFound)
	if err == nil {
		c.confirm(checkout.Placing{Quote: q, Buyer: c.buyer, Confirm: "again" + string(id), Replaces: id})
	}
}

// atBank does something on one of the customer's payment pages, without the shop.
func (c *customer) atBank() {
	w := c.w
	var mine []*session
	for _, s := range w.bank.sessions {
		if s.Customer == c.buyer.Customer {
			mine = append(mine, s)
		}
	}
	if len(mine) == 0 {
		return
	}
	back := w.dice.IntN(3)
	if w.plot == partsPlot {
		back = 0
	}
	s := mine[max(0, len(mine)-1-back)]
	if s.Invoice && !c.allowed(s) {
		return
	}
	if w.hits(PlayMoney) {
		w.bank.again(s, true, s.Total.Currency)
		w.cover.count("play money")
		return
	}
	if !s.payable(w.k.now) {
		switch {
		case w.hits(OtherCurrency):
			w.bank.again(s, false, "USD")
			w.cover.count("other currencies")
		case len(s.Charges) > 0 && w.hits(SecondCharge):
			w.bank.again(s, false, s.Total.Currency)
			w.cover.count("charged twice")
		}
		return
	}
	amount := s.Total
	switch {
	case w.hits(FailsAtBank):
		w.bank.decline(s)
		return
	case w.hits(SettlesLater):
		w.bank.later(s)
		return
	case w.hits(OddAmount):
		amount.Amount = w.odd(s)
		w.cover.count("odd amounts")
	case w.hits(OtherCurrency):
		amount.Currency = "USD"
		w.cover.count("other currencies")
	}
	w.bank.take(s, amount, false)
	if w.dice.IntN(2) == 0 { // the browser comes back
		w.expect("check", w.proc.desk.Check(noContext, s.Order))
	}
}
