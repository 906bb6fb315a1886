package checkout

import (
	"context"
	"errors"
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
	Title    string             // what is bought, in the customer's language
	Lang     string
}

// createLease is how long a payment may stay CREATED before a pass takes it for lost on the way.
const createLease = 15 * time.Second

// minSession is the least time a new payment session must have before the cap ends everything.
const minSession = 30 * time.Second

// Pay begins a payment and returns it with the page's URL. Pressing again returns the same page; choosing another
// method closes the page before. It refuses with Conflict (nothing to pay), Expired (hold over, or the cap of the
// first hold reached), NotFound, Declined (the provider's final no; another method may work) and Unavailable (the
// provider did not answer: a pass finds out and the live message follows).
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
	var fresh bool
	err = d.update(ctx, func(t *turn) (err error) {
		o, pay, fresh, err = t.beginPayment(p, gw, method)
		return err
	})
	if err != nil {
		return o, pay, fmt.Errorf("begin payment: %w", err)
	}
	if !fresh && pay.State == tickets.PaymentOpen {
		return o, pay, nil
	}
	d.closeMarked(ctx, o.ID)
	return d.openPage(ctx, gw, o, pay, p.Title, p.Lang)
}

func methodOf(gw Gateway, id string) (Method, error) {
	for _, m := range gw.Methods() {
		if m.ID == id {
			return m, nil
		}
	}
	return Method{}, tickets.Refuse(tickets.NotFound, "gateway %s has no method %q", gw.Name(), id)
}

// beginPayment finds the live payment of this method or records a new one; others are set CLOSING.
func (t *turn) beginPayment(p Paying, gw Gateway, m Method) (o tickets.Order, pay tickets.Payment, fresh bool, err error) {
	if o, err = t.Order(p.Order); err != nil {
		return o, pay, false, err
	}
	if p.Customer != "" && o.Buyer.Customer != p.Customer {
		return o, pay, false, tickets.Refuse(tickets.NotFound, "order %s is another customer's", o.ID)
	}
	if p.Actor.Kind == "" {
		p.Actor = tickets.Actor{Kind: tickets.ActorCustomer, ID: string(o.Buyer.Customer), Name: o.Buyer.Name}
	}
	total, row, err := t.payable(o)
	if err != nil {
		return o, pay, false, err
	}
	if !m.Takes(total.Currency) {
		return o, pay, false, tickets.Refuse(tickets.Invalid, "%s does not take %s", m.ID, total.Currency)
	}
	old, err := t.Payments(o.ID)
	if err != nil {
		return o, pay, false, err
	}
	for _, x := range old {
		same := x.Gateway == gw.Name() && x.Method == m.ID && x.Gen == o.Gen && t.now.Before(x.Expiry)
		switch {
		case same && (x.State == tickets.PaymentOpen || x.State == tickets.PaymentCreated || x.State == tickets.PaymentUnknown):
			return o, x, false, nil
		case x.State == tickets.PaymentAsync:
			return o, x, false, tickets.Refuse(tickets.Conflict, "payment %s is being settled", x.ID).With("reason", "async")
		}
	}
	hold, err := t.Hold(o.Hold)
	if err != nil {
		return o, pay, false, err
	}
	if hold.State != tickets.HoldActive || !t.now.Before(hold.Expiry) {
		return o, pay, false, tickets.Refuse(tickets.Expired, "hold %s is over", hold.ID)
	}
	until, err := t.extend(&o, &hold)
	if err != nil {
		return o, pay, false, err
	}
	for _, x := range old {
		if x.Live() && x.State != tickets.PaymentClosing {
			if err := t.startClosing(x); err != nil {
				return o, pay, false, err
			}
		}
	}
	before, err := o.Move(row, t.now)
	if err != nil {
		return o, pay, false, err
	}
	o.Attempts++
	fee := t.d.fee(gw.Name(), m.ID).Of(total)
	pay = tickets.Payment{
		ID: tickets.SessionID(t.ids.id(tickets.PrefixSession)), Merchant: o.Merchant, Order: o.ID, Gen: o.Gen, N: o.Attempts,
		Gateway: gw.Name(), Method: m.ID, Protocol: m.Protocol, State: tickets.PaymentCreated, Fee: fee,
		Total: tickets.Money{Amount: total.Amount + fee.Amount, Currency: total.Currency},
		Key:   fmt.Sprintf("%s:%d:%d", o.ID, o.Gen, o.Attempts), At: t.now, Changed: t.now, Expiry: until,
		Due: t.now.Add(createLease), Test: gw.Test(),
	}
	o.Session, o.Method = pay.ID, m.ID
	fact := o.Record(tickets.CheckoutRequested, t.now, p.Actor, p.Source, row, before, map[string]any{"paymentMethod": m.ID})
	if err := t.CreatePayment(pay); err != nil {
		return o, pay, false, err
	}
	if err := t.PutOrder(o); err != nil {
		return o, pay, false, err
	}
	return o, pay, true, t.tell(o, fact)
}

// payable says what is to be paid now: the total, or, of an underpaid order, what is missing.
func (t *turn) payable(o tickets.Order) (tickets.Money, tickets.TransitionID, error) {
	if o.Allows(tickets.TCheckout) {
		return o.Total(), tickets.TCheckout, nil
	}
	if o.Stage != tickets.StagePaymentReview || o.Ended() {
		return tickets.Money{}, "", tickets.Refuse(tickets.Conflict, "order %s is %s: nothing to pay", o.ID, o.Stage).With("stage", string(o.Stage))
	}
	caps, err := t.Captures(o.ID)
	if err != nil {
		return tickets.Money{}, "", err
	}
	got, _ := unapplied(caps, o.Total().Currency)
	missing := o.Total().Amount - got
	if missing <= 0 || !t.now.Before(o.ReviewUntil) {
		return tickets.Money{}, "", tickets.Refuse(tickets.Conflict, "order %s waits for a person", o.ID).With("stage", string(o.Stage))
	}
	return tickets.Money{Amount: missing, Currency: o.Total().Currency}, tickets.TReviewMoney, nil
}

// extend moves the hold to the end of a new session, and returns that end. It refuses with Expired when the cap
// leaves too little time.
func (t *turn) extend(o *tickets.Order, h *tickets.Hold) (time.Time, error) {
	until := tickets.Milli(t.now.Add(t.d.Timings.Payment))
	if o.Stage != tickets.StagePaymentReview { // the review's time is apart from the cap
		if limit := o.FirstHeld.Add(t.d.Timings.Cap); until.After(limit) {
			until = tickets.Milli(limit)
		}
		h.Extend(until, o.FirstHeld, t.d.Timings.Cap)
	} else {
		until = h.Expiry
	}
	if until.Sub(t.now) < min(minSession, t.d.Timings.Payment) {
		return until, tickets.Refuse(tickets.Expired, "order %s was held for long enough", o.ID).With("reason", "cap")
	}
	h.Due = h.Expiry.Add(t.d.Timings.Grace)
	return until, t.PutHold(*h)
}

// startClosing marks a payment to be closed at its gateway now.
func (t *turn) startClosing(p tickets.Payment) error {
	if err := p.Move(tickets.PaymentClosing, t.now); err != nil {
		return err
	}
	p.CloseSince, p.Due, p.Tries = t.now, t.now, 0
	return t.PutPayment(p)
}

// openPage asks the gateway outside any transaction and records what it said.
func (d *Desk) openPage(ctx context.Context, gw Gateway, o tickets.Order, p tickets.Payment, title, lang string) (tickets.Order, tickets.Payment, error) {
	if title == "" {
		title = o.ProductName.Pick(o.Buyer.Lang)
	}
	if lang == "" {
		lang = o.Buyer.Lang
	}
	s, callErr := gw.Open(ctx, Opening{
		Payment: p, Order: o, Title: title, Lang: lang, Return: d.PublicURL + "/o/" + o.StatusToken(),
	})
	save := context.WithoutCancel(ctx) // what the provider answered is recorded even when the customer has gone
	err := d.update(save, func(t *turn) (err error) {
		o, p, err = t.attach(o.ID, p.ID, s, callErr)
		return err
	})
	switch {
	case err != nil:
		return o, p, fmt.Errorf("record session: %w", err)
	case callErr != nil && final(callErr):
		return o, p, fmt.Errorf("open session: %w: %w", tickets.Declined, callErr)
	case callErr != nil:
		d.Log.Warn("payment page not opened yet", "order_id", o.ID, "session_id", p.ID, "gateway", gw.Name(), "error", callErr)
		return o, p, tickets.Refuse(tickets.Unavailable, "%s did not answer", gw.Name())
	}
	return o, p, nil
}

// final reports whether a gateway's error is its last word.
func final(err error) bool {
	return errors.Is(err, tickets.Declined) || errors.Is(err, tickets.Invalid)
}

// attach records the gateway's answer to Open: the page, a final no (T9), or that it is not known.
func (t *turn) attach(oid tickets.OrderID, pid tickets.SessionID, s Session, callErr error) (tickets.Order, tickets.Payment, error) {
	o, err := t.Order(oid)
	if err != nil {
		return o, tickets.Payment{}, err
	}
	p, err := t.Payment(pid)
	if err != nil {
		return o, p, err
	}
	switch {
	case callErr != nil && final(callErr):
		return t.refusedPayment(o, p, callErr.Error(), "open")
	case callErr != nil:
		p.Tries++
		p.Due, p.Error = t.now.Add(t.backoff(p.Tries)), callErr.Error()
		if p.State == tickets.PaymentCreated {
			if err := p.Move(tickets.PaymentUnknown, t.now); err != nil {
				return o, p, err
			}
		}
		return o, p, t.PutPayment(p)
	}
	known := p.Remote != ""
	p.Remote, p.URL, p.ClosableAt, p.Created, p.Error = s.Remote, s.URL, s.ClosableAt, s.Raw, ""
	if p.State == tickets.PaymentCreated || p.State == tickets.PaymentUnknown {
		if err := p.Move(tickets.PaymentOpen, t.now); err != nil {
			return o, p, err
		}
		p.Tries, p.Due = 0, t.now.Add(t.d.Timings.Lookup)
		if !o.Open() && o.Stage != tickets.StagePaymentReview { // the order ended while the gateway was asked
			if err := p.Move(tickets.PaymentClosing, t.now); err != nil {
				return o, p, err
			}
			p.CloseSince, p.Due = t.now, t.now
		}
	}
	if known {
		return o, p, t.PutPayment(p)
	}
	fact := o.Record(tickets.PaymentSessionCreated, t.now, tickets.Actor{Kind: tickets.ActorGateway, ID: p.Gateway}, "gateway", "", o.Stage,
		map[string]any{"sessionId": p.ID, "protocol": p.Protocol, "paymentMethod": p.Method, "expiryAt": Stamp(p.Expiry)})
	if err := t.PutPayment(p); err != nil {
		return o, p, err
	}
	if err := t.PutOrder(o); err != nil {
		return o, p, err
	}
	return o, p, t.tell(o, fact)
}

// refusedPayment records a provider's final no (T9): the hold gets time for another try.
func (t *turn) refusedPayment(o tickets.Order, p tickets.Payment, why, source string) (tickets.Order, tickets.Payment, error) {
	if p.State == tickets.PaymentFailed || p.State == tickets.PaymentCaptured {
		return o, p, nil
	}
	if p.State == tickets.PaymentClosed { // already closed: a refusal changes nothing
		return o, p, nil
	}
	if err := p.Move(tickets.PaymentFailed, t.now); err != nil {
		return o, p, err
	}
	p.Due, p.Error = time.Time{}, why
	if err := t.PutPayment(p); err != nil {
		return o, p, err
	}
	actor := tickets.Actor{Kind: tickets.ActorGateway, ID: p.Gateway}
	before := o.Stage
	row := tickets.TransitionID("")
	if o.Allows(tickets.TDecline) {
		row = tickets.TDecline
		if _, err := o.Move(row, t.now); err != nil {
			return o, p, err
		}
	}
	f := o.Record(tickets.PaymentRefused, t.now, actor, source, row, before, map[string]any{"sessionId": p.ID, "paymentMethod": p.Method})
	f.Result, f.ErrorCode, f.Error = "declined", string(tickets.Declined), why
	facts := []tickets.Fact{f}
	if o.Stage == tickets.StageAwaiting {
		h, err := t.Hold(o.Hold)
		if err != nil {
			return o, p, err
		}
		if h.Extend(t.now.Add(t.d.Timings.Decline), o.FirstHeld, t.d.Timings.Cap) {
			h.Due = h.Expiry.Add(t.d.Timings.Grace)
			if err := t.PutHold(h); err != nil {
				return o, p, err
			}
			facts = append(facts, o.Record(tickets.HoldExtended, t.now, tickets.Actor{Kind: tickets.ActorSystem}, source, "", o.Stage, lockData(o, h)))
		}
	}
	if err := t.PutOrder(o); err != nil {
		return o, p, err
	}
	if err := t.tell(o, facts...); err != nil {
		return o, p, err
	}
	return t.afterClose(o, p)
}

// backoff is the wait after the n-th try at a gateway.
func (t *turn) backoff(n int) time.Duration {
	l := t.d.Timings.CloseLadder
	return l[min(max(n-1, 0), len(l)-1)]
}

// GatewayFree names the payment of an order that costs nothing: it has an attempt and a capture of zero like any
// other, so that whatever is paid was captured.
const GatewayFree = "free"

// payFree completes an order whose total is zero.
func (d *Desk) payFree(ctx context.Context, p Paying) (tickets.Order, tickets.Payment, error) {
	var o tickets.Order
	var pay tickets.Payment
	err := d.update(ctx, func(t *turn) (err error) {
		if o, err = t.Order(p.Order); err != nil {
			return err
		}
		if o.Total().Amount != 0 {
			return tickets.Refuse(tickets.Invalid, "order %s costs %s", o.ID, o.Total())
		}
		if o.Paid() {
			pay, err = t.Payment(o.PaidBy)
			return err
		}
		if o, pay, _, err = t.beginPayment(p, freeGateway{}, Method{ID: GatewayFree, Protocol: "none"}); err != nil {
			return err
		}
		_, err = t.capture(GatewayFree, Report{Kind: ReportPaid, Reference: pay.ID, Charge: string(pay.ID), Amount: pay.Total}, p.Source, "")
		if err != nil {
			return err
		}
		if o, err = t.Order(p.Order); err != nil {
			return err
		}
		pay, err = t.Payment(pay.ID)
		return err
	})
	if err != nil {
		return o, pay, fmt.Errorf("complete free order: %w", err)
	}
	return o, pay, nil
}

// freeGateway is the name of no provider; only Name and Test are asked of it.
type freeGateway struct{ Gateway }

func (freeGateway) Name() string { return GatewayFree }
func (freeGateway) Test() bool   { return false }
