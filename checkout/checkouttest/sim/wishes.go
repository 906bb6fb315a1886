package sim

import (
	"fmt"
	"slices"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// allowed is Telegram asking the shop whether an invoice may be paid now; it waits ten seconds for the answer.
func (c *customer) allowed(s *session) bool {
	w := c.w
	if s.State != checkout.StandingOpen {
		return true // paid already: a second charge is the provider's own doing
	}
	payer := c.buyer.TelegramID
	if w.hits(DoubleTap) {
		payer++ // forwarded to a friend
	}
	w.questions++
	asked := w.k.now
	err := w.proc.desk.PreCheckout(noContext, checkout.PreCheckout{
		ID: fmt.Sprintf("pcq_%d", w.questions), Gateway: gatewayName, Session: s.Ref, Payer: payer, Amount: s.Total,
	})
	w.expect("pre-checkout", err, tickets.NotFound, tickets.Forbidden, tickets.Changed, tickets.Conflict, tickets.Expired, tickets.SoldOut)
	switch {
	case err != nil:
		w.cover.count("pre-checkouts refused")
		return false
	case payer != c.buyer.TelegramID:
		w.fail("T10", "a forwarded invoice may be paid")
		return false
	case w.k.now.Sub(asked) > 10*time.Second || w.hits(LatePreCheckout):
		w.cover.count("pre-checkouts answered late")
		return false
	}
	w.cover.count("pre-checkouts answered yes")
	return true
}

// wantsBack is a customer who paid and wants something else.
func (c *customer) wantsBack(id tickets.OrderID) (string, func()) {
	w, d := c.w, c.w.dice
	n := d.IntN(8)
	if o := w.truth.orders[id]; !o.Paid() || o.Asked() {
		n = 5 + d.IntN(2) // late money waits, or the date was closed
	}
	switch n {
	case 0, 1, 2, 3:
		key, some := fmt.Sprintf("want%d", c.left), n > 1
		return "asks the money back", func() { c.ask(id, key, some) }
	case 4:
		return "takes the wish back", func() {
			for _, r := range w.truth.refundsOf(id) {
				if r.Live() {
					_, err := w.proc.desk.TakeBackRefund(noContext, r.ID, c.buyer.Customer)
					w.expect("take back", err, tickets.Conflict)
					return
				}
			}
		}
	case 5:
		return "wants it at once", func() { c.hurry(id) }
	default:
		return "chooses another date", func() { c.move(id) }
	}
}

// hurry wants late money back at once, or gives an order up whose rest was not paid.
func (c *customer) hurry(id tickets.OrderID) {
	_, err := c.w.proc.desk.HurryRefund(noContext, id, c.buyer.Customer)
	c.w.expect("hurry", err, tickets.Conflict)
}

// move has an order's late money pay for another date.
func (c *customer) move(id tickets.OrderID) {
	w := c.w
	slots, err := w.proc.desk.LateDates(noContext, id, c.buyer.Customer)
	w.expect("late dates", err, tickets.Conflict, tickets.NotFound)
	if err == nil && len(slots) > 0 {
		_, err = w.proc.desk.MoveOrder(noContext, id, c.buyer.Customer, one(w.dice, slots))
		w.expect("move", err, tickets.Conflict, tickets.SoldOut, tickets.Changed, tickets.Closed, tickets.NotFound, tickets.Invalid)
	}
}

// choices are the verbs of customers whom the shop lets choose.
var choices = []string{"HurryRefund", "applyLate", "moveClosed", "moveReversed", "refundClosed"}

// chooseSome is a customer who chooses, also long after they bought.
func (w *world) chooseSome() {
	id, ok := w.truth.some(w.dice, func(o tickets.Order) bool {
		switch w.aim {
		case "moveReversed":
			return o.Stage == tickets.StageFulfilFailed && o.Reason == checkout.ReasonReversed
		case "moveClosed", "refundClosed":
			return o.Asked()
		default:
			return o.Stage == tickets.StagePaymentReview && o.Owed+o.Kept > 0
		}
	})
	if !ok {
		return
	}
	i := slices.IndexFunc(w.people, func(c *customer) bool { return c.buyer.Customer == w.truth.orders[id].Buyer.Customer })
	choose := w.people[i].move
	if w.aim == "HurryRefund" || w.aim == "refundClosed" {
		choose = w.people[i].hurry
	}
	w.k.spawn("customer chooses", false, func() { w.press("customer chooses again", func() { choose(id) }) })
}

// ask asks for the money of all, or of one of the tickets.
func (c *customer) ask(id tickets.OrderID, key string, some bool) {
	w := c.w
	wish := checkout.RefundWish{Order: id, Customer: c.buyer.Customer, Key: key, Reason: "rain"}
	if ks := w.truth.ticketsOf(id); some && len(ks) > 0 {
		wish.Tickets = []tickets.TicketCode{one(w.dice, ks).Code}
	}
	_, err := w.proc.desk.RefundOffer(noContext, id, c.buyer.Customer, wish.Tickets)
	w.expect("offer", err, tickets.Conflict, tickets.NotFound)
	if err != nil {
		return
	}
	_, err = w.proc.desk.AskRefund(noContext, wish)
	w.expect("ask refund", err, tickets.Conflict, tickets.NotFound, tickets.Limit)
	if err == nil {
		w.cover.count("refunds asked")
	}
}
