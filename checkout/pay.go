package checkout

import (
	"context"
	"fmt"
	"time"

	"boxoffice/tickets"
)

// Paying is a customer's wish to pay (T8).
type Paying struct {
	Order    tickets.OrderID
	Gateway  string
	Method   string
	Customer tickets.CustomerID // "" skips the owner check (members, programs)
	Actor    tickets.Actor      // zero is the customer
	Source   string             // door; "" is bot
	Title    string             // what is bought, in the customer's language; "" is the product's name
	Lang     string             // of the page; "" is the buyer's
	Instead  int                // the attempt (Payment.N) whose page the customer has lost: another begins; 0 is none
}

// createLease is how long a payment may stay CREATED before a pass takes it for lost on the way.
const createLease = 15 * time.Second

// minSession is the least time a new payment session must have before the cap ends everything.
const minSession = 30 * time.Second

// Pay begins a payment and returns it with the page's URL. Pressing again returns the same page, as does naming it lost
// while its money may be under way; choosing another method closes the page before. An order that waits in review for the rest of its money gets a page for what is
// missing (T24p). It refuses with Conflict (nothing to pay, or the order ended meanwhile), Expired (hold over, or the
// cap of the first hold reached), NotFound, Declined (the provider's final no; another method may work) and
// Unavailable (the provider did not answer: a pass finds out and the live message follows).
//
// Where it can stop: (1) before the first commit nothing happened; (2) after it the payment is CREATED and
// [Desk.Chase] asks the gateway with the same key; (3) after the gateway answered and before the second commit, the
// same; (4) after it all is stored.
func (d *Desk) Pay(ctx context.Context, p Paying) (tickets.Order, tickets.Payment, error) {
	if p.Source == "" {
		p.Source = "bot"
	}
	if p.Gateway == GatewayFree {
		return d.payFree(ctx, p)
	}
	gw, err := d.Gateway(p.Gateway)
	if err != nil {
		return tickets.Order{}, tickets.Payment{}, err
	}
	method, err := methodOf(gw, p.Method)
	if err != nil {
		return tickets.Order{}, tickets.Payment{}, err
	}
	var o tickets.Order
	var pay tickets.Payment
	err = d.update(ctx, func(t *turn) (err error) {
		o, pay, err = t.beginPayment(p, gw, method)
		return err
	})
	if err != nil {
		return o, pay, fmt.Errorf("begin payment: %w", err)
	}
	if pay.State == tickets.PaymentOpen {
		return o, pay, nil
	}
	d.closeMarked(ctx, o.ID)
	o, pay, refusal, err := d.openPage(ctx, gw, o, pay)
	if err != nil {
		return o, pay, fmt.Errorf("record session: %w", err)
	}
	return o, pay, pageRefusal(o, pay, refusal)
}

// ToPay says what of an order is to be paid now, without fees: the total, or in review what is missing. It fails with
// NotFound, and with Conflict when there is nothing to pay.
func (d *Desk) ToPay(ctx context.Context, id tickets.OrderID) (tickets.Money, error) {
	var due tickets.Money
	now := d.now()
	err := d.Store.View(ctx, func(r tickets.Reader) error {
		o, err := r.Order(id)
		if err != nil {
			return err
		}
		due, _, err = payable(r, o, now)
		return err
	})
	return due, err
}

func methodOf(gw Gateway, id string) (Method, error) {
	for _, m := range gw.Methods() {
		if m.ID == id {
			return m, nil
		}
	}
	return Method{}, tickets.Refuse(tickets.NotFound, "gateway %s has no method %q", gw.Name(), id)
}

// ofOrder loads an order for its customer; anybody else's does not exist for them. "" is anybody.
func (t *turn) ofOrder(id tickets.OrderID, c tickets.CustomerID) (tickets.Order, error) {
	o, err := t.Order(id)
	if err == nil && c != "" && o.Buyer.Customer != c {
		return tickets.Order{}, tickets.Refuse(tickets.NotFound, "order %s is another customer's", id)
	}
	return o, err
}

// buyer is the customer of an order as an actor.
func buyer(o tickets.Order) tickets.Actor {
	return tickets.Actor{Kind: tickets.ActorCustomer, ID: string(o.Buyer.Customer), Name: o.Buyer.Name}
}

// beginPayment finds the live payment of this method or records a new one; others are set CLOSING.
func (t *turn) beginPayment(p Paying, gw Gateway, m Method) (o tickets.Order, pay tickets.Payment, err error) {
	if o, err = t.ofOrder(p.Order, p.Customer); err != nil {
		return o, pay, err
	}
	if p.Actor.Kind == "" {
		p.Actor = buyer(o)
	}
	due, row, err := payable(t, o, t.now)
	if err != nil {
		return o, pay, err
	}
	if !m.Takes(due.Currency) || (due.Amount == 0) != (gw.Name() == GatewayFree) {
		return o, pay, tickets.Refuse(tickets.Invalid, "%s does not take %s", m.ID, due)
	}
	old, err := t.Payments(o.ID)
	if err != nil {
		return o, pay, err
	}
	for _, x := range old {
		if x.State == tickets.PaymentAsync {
			return o, x, tickets.Refuse(tickets.Conflict, "payment %s is being settled", x.ID).With("reason", "async")
		}
		if x.Gateway == gw.Name() && x.Method == m.ID && x.Gen == o.Gen && x.Test == m.test(gw) && payableBy(x) && t.now.Before(x.Expiry) && !t.lost(x, p) {
			return o, x, nil
		}
	}
	until, err := t.extend(&o)
	if err != nil {
		return o, pay, err
	}
	if err := t.closeOthers(o, ""); err != nil {
		return o, pay, err
	}
	before, err := o.Move(row, t.now)
	if err != nil {
		return o, pay, err
	}
	pay = t.newPayment(&o, p, gw, m, due, until)
	fact := o.Record(tickets.CheckoutRequested, t.now, p.Actor, p.Source, row, before, map[string]any{"paymentMethod": m.ID})
	if err := t.CreatePayment(pay); err != nil {
		return o, pay, err
	}
	if err := t.PutOrder(o); err != nil {
		return o, pay, err
	}
	return o, pay, t.tell(o, fact)
}

// lost reports whether the customer wants another page in place of this one. One that a pre-checkout approved a moment
// ago stays: it may be paid before it is closed.
func (t *turn) lost(x tickets.Payment, p Paying) bool {
	return p.Instead != 0 && x.N == p.Instead && x.State == tickets.PaymentOpen && t.now.Sub(x.Approved) >= ApprovedFor
}

// collects reports whether a payment's money is still taken as it was asked for: by a method that its gateway has, and
// with keys for the same kind of money, play or real.
func (d *Desk) collects(p tickets.Payment) bool {
	gw, err := d.Gateway(p.Gateway)
	if err != nil {
		return false
	}
	m, err := methodOf(gw, p.Method)
	return err == nil && m.test(gw) == p.Test
}

// payableBy reports whether pressing Pay again leads to this payment.
func payableBy(p tickets.Payment) bool {
	return p.State == tickets.PaymentOpen || p.State == tickets.PaymentCreated || p.State == tickets.PaymentUnknown
}

// newPayment is the order's next attempt, not stored yet.
func (t *turn) newPayment(o *tickets.Order, p Paying, gw Gateway, m Method, due tickets.Money, until time.Time) tickets.Payment {
	o.Attempts++
	fee := t.d.fee(gw.Name(), m.ID).Of(due)
	pay := tickets.Payment{
		ID: tickets.SessionID(t.ids.id(tickets.PrefixSession)), Merchant: o.Merchant, Order: o.ID, Gen: o.Gen, N: o.Attempts,
		Gateway: gw.Name(), Method: m.ID, Protocol: m.Protocol, Title: p.Title, Lang: p.Lang, State: tickets.PaymentCreated, Fee: fee,
		Total: tickets.Money{Amount: due.Amount + fee.Amount, Currency: due.Currency},
		Key:   fmt.Sprintf("%s:%d:%d", o.ID, o.Gen, o.Attempts), At: t.now, Changed: t.now, Expiry: until,
		Due: t.now.Add(createLease), Test: m.test(gw),
	}
	if pay.Title == "" {
		pay.Title = o.ProductName.Pick(o.Buyer.Lang)
	}
	if pay.Lang == "" {
		pay.Lang = o.Buyer.Lang
	}
	o.Session, o.Method, o.Test = pay.ID, m.ID, pay.Test
	return pay
}

// payable says what is to be paid now and by which row: the total, or, of an underpaid order, what is missing.
func payable(r tickets.Reader, o tickets.Order, now time.Time) (tickets.Money, tickets.TransitionID, error) {
	if o.Allows(tickets.TCheckout) {
		return o.Total(), tickets.TCheckout, nil
	}
	if o.Stage != tickets.StagePaymentReview || o.Ended() {
		return tickets.Money{}, "", tickets.Refuse(tickets.Conflict, "order %s is %s: nothing to pay", o.ID, o.Stage).With("stage", string(o.Stage))
	}
	caps, err := r.Captures(o.ID)
	if err != nil {
		return tickets.Money{}, "", err
	}
	fees, err := feesOf(r, o.ID)
	if err != nil {
		return tickets.Money{}, "", err
	}
	missing := o.Total().Amount - net(underpaidOf(caps, o.Total().Currency), fees)
	if missing <= 0 || !now.Before(o.ReviewUntil) {
		return tickets.Money{}, "", tickets.Refuse(tickets.Conflict, "order %s waits for a person", o.ID).With("stage", string(o.Stage))
	}
	return tickets.Money{Amount: missing, Currency: o.Total().Currency}, tickets.TReviewCheckout, nil
}

// extend moves the order's hold to the end of a new session, and returns that end. It refuses with Expired when the
// hold is over or the cap leaves too little time. In review the hold has the review's time, apart from the cap.
func (t *turn) extend(o *tickets.Order) (time.Time, error) {
	h, err := t.Hold(o.Hold)
	if err != nil {
		return time.Time{}, err
	}
	if h.State != tickets.HoldActive || !t.now.Before(h.Expiry) {
		return time.Time{}, tickets.Refuse(tickets.Expired, "hold %s is over", h.ID)
	}
	until := tickets.Milli(t.now.Add(t.d.Timings.Payment))
	if o.Stage == tickets.StagePaymentReview {
		until = h.Expiry
	} else if limit := o.FirstHeld.Add(t.d.Timings.Cap); until.After(limit) {
		until = tickets.Milli(limit)
	}
	if o.Stage != tickets.StagePaymentReview && until.Sub(t.now) < min(minSession, t.d.Timings.Payment) {
		return until, tickets.Refuse(tickets.Expired, "order %s was held for long enough", o.ID).With("reason", "cap")
	}
	h.Extend(until, o.FirstHeld, t.d.Timings.Cap)
	h.Due = h.Expiry.Add(t.d.Timings.Grace)
	return until, t.PutHold(h)
}

// startClosing marks a payment to be closed at its gateway now.
func (t *turn) startClosing(p tickets.Payment) error {
	if err := p.Move(tickets.PaymentClosing, t.now); err != nil {
		return err
	}
	p.CloseSince, p.Due, p.Tries = t.now, t.now, 0
	return t.PutPayment(p)
}

// closeOthers marks the order's live payments but one to be closed.
func (t *turn) closeOthers(o tickets.Order, but tickets.SessionID) error {
	ps, err := t.Payments(o.ID)
	if err != nil {
		return err
	}
	for _, p := range ps {
		if p.ID != but && p.Live() && p.State != tickets.PaymentClosing {
			if err := t.startClosing(p); err != nil {
				return err
			}
		}
	}
	return nil
}
