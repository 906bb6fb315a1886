package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"boxoffice/tickets"
)

// This file asks a gateway for a payment page and records what it said. Two may ask for the same payment at once (two
// presses, or a press and a pass): the key makes the gateway answer both with the same page, and the second answer
// changes nothing. A notice may overtake the answer: it then makes the session known (sessionSeen).

// openPage asks the gateway outside any transaction and records what it said; refusal is the gateway's error, err the
// store's. What it asks with is stored in the payment, so that every repetition asks the same.
func (d *Desk) openPage(ctx context.Context, gw Gateway, o tickets.Order, p tickets.Payment) (_ tickets.Order, _ tickets.Payment, refusal, err error) {
	s, refusal := gw.Open(ctx, Opening{
		Payment: p, Order: o, Title: p.Title, Lang: p.Lang, Return: d.PublicURL + "/o/" + o.StatusToken(),
	})
	if refusal != nil {
		d.Log.Warn("payment page not opened", "order_id", o.ID, "session_id", p.ID, "gateway", gw.Name(), "error", refusal)
	}
	save := context.WithoutCancel(ctx) // what the provider answered is recorded even when the customer has gone
	err = d.update(save, func(t *turn) (err error) {
		o, p, err = t.attach(p.ID, s, refusal)
		return err
	})
	return o, p, refusal, err
}

// pageRefusal is what the customer is told when no page can be shown; nil when one can, or is not needed any more.
func pageRefusal(o tickets.Order, p tickets.Payment, refusal error) error {
	switch {
	case p.State == tickets.PaymentOpen || p.State == tickets.PaymentAsync || p.State == tickets.PaymentCaptured:
		return nil
	case errors.Is(refusal, tickets.Invalid):
		return tickets.Refuse(tickets.Unavailable, "%s refuses our requests", p.Gateway).With("reason", "gateway")
	case refusal != nil && final(refusal):
		return fmt.Errorf("open session: %w: %w", tickets.Declined, refusal)
	case refusal != nil:
		return tickets.Refuse(tickets.Unavailable, "%s did not answer", p.Gateway)
	default:
		return tickets.Refuse(tickets.Conflict, "order %s is %s, its page is closed", o.ID, o.Stage).With("stage", string(o.Stage))
	}
}

// final reports whether a gateway's error is its last word.
func final(err error) bool {
	return errors.Is(err, tickets.Declined) || errors.Is(err, tickets.Invalid)
}

// attach records the gateway's answer to Open: the page, a final no (T9), or that it is not known.
func (t *turn) attach(id tickets.SessionID, s Session, callErr error) (tickets.Order, tickets.Payment, error) {
	p, err := t.Payment(id)
	if err != nil {
		return tickets.Order{}, p, err
	}
	o, err := t.Order(p.Order)
	if err != nil {
		return o, p, err
	}
	switch {
	case callErr != nil && p.Remote != "": // somebody else's call told more
		return o, p, nil
	case callErr != nil && final(callErr) && !p.Live(): // given up, and there is no page
		p.Due = never
		return o, p, t.PutPayment(p)
	case callErr != nil && final(callErr):
		return t.refusedPayment(o, p, tickets.KindOf(callErr), callErr.Error(), "open")
	case callErr != nil:
		return t.unanswered(o, p, callErr)
	}
	if err := t.sessionSeen(&o, &p, s.Remote); err != nil {
		return o, p, err
	}
	p.URL, p.ClosableAt, p.Created, p.Error = s.URL, s.ClosableAt, s.Raw, ""
	if p.State == tickets.PaymentCreated || p.State == tickets.PaymentUnknown {
		if err := p.Move(tickets.PaymentOpen, t.now); err != nil {
			return o, p, err
		}
		p.Tries, p.Due = 0, t.now.Add(t.d.Timings.Lookup)
	}
	if err := t.PutPayment(p); err != nil {
		return o, p, err
	}
	if p.State == tickets.PaymentFailed || p.State == tickets.PaymentClosed { // it is there, but nobody is to pay by it any more
		if err := t.startClosing(p); err != nil {
			return o, p, err
		}
		return t.reload(p.ID)
	}
	return o, p, nil
}

// unanswered notes that a payment's page may or may not exist.
func (t *turn) unanswered(o tickets.Order, p tickets.Payment, callErr error) (tickets.Order, tickets.Payment, error) {
	if p.State == tickets.PaymentCreated {
		if err := p.Move(tickets.PaymentUnknown, t.now); err != nil {
			return o, p, err
		}
	}
	if err := t.later(p, callErr.Error()); err != nil {
		return o, p, err
	}
	return t.reload(p.ID)
}

// reload reads a payment and its order as they are now in the transaction.
func (t *turn) reload(id tickets.SessionID) (o tickets.Order, p tickets.Payment, err error) {
	if p, err = t.Payment(id); err != nil {
		return o, p, err
	}
	o, err = t.Order(p.Order)
	return o, p, err
}

// sessionSeen notes the gateway's name of a session when it is first known, by the answer to Open or by a notice
// that was faster, and tells PAYMENT_SESSION_CREATED. It stores both.
func (t *turn) sessionSeen(o *tickets.Order, p *tickets.Payment, remote string) error {
	if p.Remote != "" || remote == "" {
		return nil
	}
	later := p.State == tickets.PaymentUnknown || t.now.Sub(p.At) >= createLease
	p.Remote = remote
	if err := t.PutPayment(*p); err != nil {
		return err
	}
	f := o.Record(tickets.PaymentSessionCreated, t.now, tickets.Actor{Kind: tickets.ActorGateway, ID: p.Gateway}, "gateway", "", o.Stage,
		map[string]any{"sessionId": p.ID, "protocol": p.Protocol, "paymentMethod": p.Method, "expiryAt": Stamp(p.Expiry)})
	if later {
		f.Result = tickets.ResultLater
	}
	if err := t.PutOrder(*o); err != nil {
		return err
	}
	return t.tell(*o, f)
}

// refusedPayment records a provider's final no (T9), of kind Declined, or Invalid when it is our request that it refuses: the hold gets time for another try. A page that is being closed
// has nobody waiting for it: its refusal is as good as its closing.
func (t *turn) refusedPayment(o tickets.Order, p tickets.Payment, kind tickets.Kind, why, source string) (tickets.Order, tickets.Payment, error) {
	if !p.Live() {
		return o, p, nil
	}
	was := p.State
	if err := p.Move(tickets.PaymentFailed, t.now); err != nil {
		return o, p, err
	}
	p.Due, p.Error, p.Refusal = t.nextLook(p), why, kind
	if err := t.PutPayment(p); err != nil {
		return o, p, err
	}
	if was != tickets.PaymentClosing {
		if err := t.declined(&o, p, was, kind, source); err != nil {
			return o, p, err
		}
	}
	if err := t.afterClose(o); err != nil {
		return o, p, err
	}
	return t.reload(p.ID)
}

// declined tells of a refusal and gives the hold time for another try.
func (t *turn) declined(o *tickets.Order, p tickets.Payment, was tickets.PaymentState, kind tickets.Kind, source string) error {
	before := o.Stage
	row := tickets.TransitionID("")
	if o.Allows(tickets.TDecline) {
		row = tickets.TDecline
		if _, err := o.Move(row, t.now); err != nil {
			return err
		}
	}
	f := o.Record(tickets.PaymentRefused, t.now, tickets.Actor{Kind: tickets.ActorGateway, ID: p.Gateway}, source, row, before,
		map[string]any{"sessionId": p.ID, "paymentMethod": p.Method, "gateway": p.Gateway})
	f.Result, f.ErrorCode, f.Error = "declined", string(kind), p.Error
	facts := []tickets.Fact{f}
	if o.Stage == tickets.StageAwaiting {
		h, err := t.Hold(o.Hold)
		if err != nil {
			return err
		}
		if t.anotherTry(*o, &h, was) {
			facts = append(facts, o.Record(tickets.HoldExtended, t.now, tickets.Actor{Kind: tickets.ActorSystem}, source, "", o.Stage, lockData(*o, h)))
		}
		if err := t.PutHold(h); err != nil {
			return err
		}
	}
	if err := t.PutOrder(*o); err != nil {
		return err
	}
	return t.tell(*o, facts...)
}

// anotherTry gives a hold at least the time of another try, within the cap, and reports whether that is more than it
// had. The long time of a method that settles later ends with that method's failure.
func (t *turn) anotherTry(o tickets.Order, h *tickets.Hold, was tickets.PaymentState) bool {
	until := t.now.Add(t.d.Timings.Decline)
	longer := h.Extend(until, o.FirstHeld, t.d.Timings.Cap)
	if was == tickets.PaymentAsync && h.State == tickets.HoldActive {
		if limit := o.FirstHeld.Add(t.d.Timings.Cap); until.After(limit) {
			until = limit
		}
		if until.Before(t.now) {
			until = t.now
		}
		h.Expiry, h.Reason, longer = tickets.Milli(until), "", false
	}
	if h.State == tickets.HoldActive {
		h.Due = h.Expiry.Add(t.d.Timings.Grace)
	}
	return longer
}

// backoff is the wait after the n-th try at a gateway.
func (t *turn) backoff(n int) time.Duration {
	l := t.d.Timings.CloseLadder
	return l[min(max(n-1, 0), len(l)-1)]
}
