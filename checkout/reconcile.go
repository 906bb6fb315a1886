package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"boxoffice/tickets"
)

// This file asks gateways: it finds out about lost answers, closes pages, and looks for money whose notice never
// came. Each payment says in Due when it wants to be asked next.
//
// Where it can stop: a payment is leased by moving Due ahead before the call; after a stop it comes up again, and
// asking again is harmless.

const (
	chaseLease   = 30 * time.Second // a payment being asked about is not asked about by another pass
	chaseAtOnce  = 8                // calls at the same time
	giveUpClose  = time.Hour        // after the soft release; then a page counts as closed and is only looked at
	lookupsUntil = 72 * time.Hour   // how long ended payments are looked at, after they began or were last approved
	detailsLook  = 3 * time.Second  // after its money came a payment is asked about once for what the notice left out
	lookTries    = 20               // a look at one that failed is repeated so often before it waits for the next
)

// laterLooks are the waits between looks at a payment that is over; then, unless its money came, hourly until
// lookupsUntil.
var laterLooks = []time.Duration{2 * time.Minute, 8 * time.Minute, 50 * time.Minute}

// Chase asks about every payment that is due and returns how many it asked about.
func (d *Desk) Chase(ctx context.Context) (int, error) {
	var due []tickets.Payment
	now := d.now()
	err := d.Store.View(ctx, func(r tickets.Reader) (err error) { due, err = r.PaymentsDue(now, Batch); return err })
	if err != nil {
		return 0, fmt.Errorf("chase: %w", err)
	}
	return len(due), d.ask(ctx, due)
}

// ask asks about payments, a bounded number at a time.
func (d *Desk) ask(ctx context.Context, ps []tickets.Payment) error {
	return each(ctx, d.AtOnce, ps, func(p tickets.Payment) error {
		if err := d.chase(ctx, p.ID, false); err != nil {
			return fmt.Errorf("chase payment %s: %w", p.ID, err)
		}
		return nil
	})
}

// each calls fn for all, atOnce of them at the same time, until the context ends. With 1 it calls them in order itself.
func each[T any](ctx context.Context, atOnce int, all []T, fn func(T) error) error {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	one := func(x T) {
		if err := fn(x); err != nil {
			mu.Lock()
			errs = append(errs, err)
			mu.Unlock()
		}
	}
	slots := make(chan struct{}, atOnce)
	for _, x := range all {
		if ctx.Err() != nil {
			break
		}
		if atOnce == 1 {
			one(x)
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			one(x)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// closeMarked closes the order's pages that are marked, so that a customer who waits sees it; what fails is left to
// Chase.
func (d *Desk) closeMarked(ctx context.Context, id tickets.OrderID) {
	var ps []tickets.Payment
	err := d.Store.View(ctx, func(r tickets.Reader) (err error) { ps, err = r.Payments(id); return err })
	if err == nil {
		ps = slices.DeleteFunc(ps, func(p tickets.Payment) bool { return p.State != tickets.PaymentClosing || p.Tries > 0 })
		err = d.ask(ctx, ps)
	}
	if err != nil {
		d.Log.Warn("close payment page", "order_id", id, "error", err)
	}
}

// Check asks the gateway about the order's newest payment now, as when a customer comes back from the page: what
// the browser says is never believed. It asks at most once every three seconds a payment.
func (d *Desk) Check(ctx context.Context, id tickets.OrderID) error {
	var p tickets.Payment
	err := d.Store.View(ctx, func(r tickets.Reader) error {
		o, err := r.Order(id)
		if err != nil || o.Session == "" {
			return err
		}
		p, err = r.Payment(o.Session)
		return err
	})
	if err != nil || p.ID == "" || !p.Live() || !d.asked.allow(p.ID, d.now(), 3*time.Second) {
		return err
	}
	return d.chase(ctx, p.ID, true)
}

// chase leases one payment, asks its gateway what its state calls for, and records the answer. Unless now is set, a
// payment that is not due any more, because another pass has it or it needs nothing, is left alone.
func (d *Desk) chase(ctx context.Context, id tickets.SessionID, now bool) error {
	var p tickets.Payment
	var o tickets.Order
	var taken bool
	err := d.update(ctx, func(t *turn) (err error) {
		taken = false
		if o, p, err = t.reload(id); err != nil {
			return err
		}
		if due := !p.Due.IsZero() && !p.Due.After(t.now); !due && !(now && p.Live()) {
			return nil
		}
		taken, p.Due = true, t.now.Add(chaseLease)
		return t.PutPayment(p)
	})
	if err != nil || !taken {
		return err
	}
	gw, err := d.Gateway(p.Gateway)
	if err != nil { // the gateway was taken out of the configuration
		d.Log.Error("payment of a gateway that is not configured", "session_id", id, "gateway", p.Gateway)
		return d.postpone(ctx, id, err)
	}
	// An Open whose answer was lost is repeated: the same key gives the same session. A page that was given up without
	// ever being known counts too.
	if p.Remote == "" && (p.Live() || p.State == tickets.PaymentClosed) {
		_, p, _, err = d.openPage(ctx, gw, o, p)
		if err != nil || p.Remote == "" || p.State != tickets.PaymentClosing {
			return err
		}
	}
	var st Standing
	closing := p.State == tickets.PaymentClosing
	if closing {
		st, err = gw.Close(ctx, p)
	} else {
		st, err = gw.Lookup(ctx, p)
	}
	if err != nil {
		d.Log.Warn("gateway did not answer", "session_id", id, "gateway", p.Gateway, "closing", closing, "error", err)
		return d.postpone(ctx, id, err)
	}
	if p.Returns {
		if err := d.lookAtAllRefunds(ctx, gw, p); err != nil {
			d.Log.Warn("gateway did not tell what went back", "session_id", id, "gateway", p.Gateway, "error", err)
			return d.postpone(ctx, id, err)
		}
		if err := d.looked(ctx, p); err != nil {
			return err
		}
	}
	return d.record(ctx, id, st)
}

// postpone sets a payment's next time after a failed try; a page that will not close is given up after long.
func (d *Desk) postpone(ctx context.Context, id tickets.SessionID, cause error) error {
	return d.update(context.WithoutCancel(ctx), func(t *turn) error {
		p, err := t.Payment(id)
		if err != nil {
			return err
		}
		return t.later(p, cause.Error())
	})
}

// later is one more try after a wait, for whatever state the payment is in (T16).
func (t *turn) later(p tickets.Payment, why string) error {
	p.Tries++
	p.Error = why
	p.Due = t.now.Add(t.backoff(p.Tries))
	switch p.State {
	case tickets.PaymentClosing:
		return t.closeLater(p, why)
	case tickets.PaymentOpen, tickets.PaymentAsync:
		p.Due = t.nextLook(p)
	case tickets.PaymentCreated, tickets.PaymentUnknown:
	default:
		if p.Tries > lookTries {
			p.Due = t.nextLook(p)
		}
	}
	return t.PutPayment(p)
}

// closeLater tries to close a page again, not before the gateway can and not while approved money may be under way;
// after long it counts as closed and is only looked at.
func (t *turn) closeLater(p tickets.Payment, why string) error {
	o, err := t.Order(p.Order)
	if err != nil {
		return err
	}
	for _, at := range []time.Time{p.ClosableAt, p.Approved.Add(ApprovedFor)} {
		if at.After(p.Due) {
			p.Due = at
		}
	}
	if o.Stage != tickets.StageExpiring && t.now.Sub(p.CloseSince) > t.d.Timings.SoftRelease+giveUpClose {
		if err := p.Move(tickets.PaymentClosed, t.now); err != nil {
			return err
		}
		p.Due = t.nextLook(p)
	}
	if err := t.PutPayment(p); err != nil || p.Tries != 1 || o.Stage != tickets.StageExpiring {
		return err
	}
	before, err := o.Move(tickets.TCloseRetry, t.now)
	if err != nil {
		return err
	}
	f := o.Record(tickets.CloseDelayed, t.now, tickets.Actor{Kind: tickets.ActorGateway, ID: p.Gateway}, "close", tickets.TCloseRetry, before,
		map[string]any{"sessionId": p.ID})
	f.Result, f.Error, f.Hidden = "retry", why, true
	if err := t.PutOrder(o); err != nil {
		return err
	}
	return t.tell(o, f)
}

// nextLook says when a payment that needs nothing is looked at next: open pages often; pages that are over less and
// less, since money may have come by them whose notice was lost, and captured ones, where only a second charge can
// be missing, not for long. What went back of one is asked about until its gateway says.
func (t *turn) nextLook(p tickets.Payment) time.Time {
	switch {
	case p.State == tickets.PaymentOpen || p.State == tickets.PaymentAsync:
		return t.now.Add(t.d.Timings.Lookup)
	case p.Returns && p.Tries <= lookTries: // told while it was asked
		return t.now.Add(t.backoff(p.Tries))
	case p.Returns:
		return t.now.Add(time.Hour)
	case p.State == tickets.PaymentFailed && p.Remote == "":
		return never // there never was a page
	case p.State == tickets.PaymentCaptured && p.Remote == "":
		return never // nobody to ask: GatewayFree
	case p.State != tickets.PaymentCaptured && t.now.Sub(p.At) > lookupsUntil && t.now.Sub(p.Approved) > lookupsUntil:
		return never
	}
	age := max(t.now.Sub(p.Changed), 0) // a clock may have been set back
	if p.State == tickets.PaymentCaptured && age < detailsLook {
		return t.now.Add(detailsLook - age)
	}
	var at time.Duration
	for _, w := range laterLooks {
		if at += w; age < at {
			return t.now.Add(at - age)
		}
	}
	if p.State == tickets.PaymentCaptured {
		return never
	}
	return t.now.Add(time.Hour)
}

// record stores a gateway's answer to Close or Lookup: its money first, then how the session stands.
func (d *Desk) record(ctx context.Context, id tickets.SessionID, st Standing) error {
	return d.update(context.WithoutCancel(ctx), func(t *turn) error {
		p, err := t.Payment(id)
		if err != nil {
			return err
		}
		for _, c := range st.Charges {
			if c.Remote == "" {
				c.Remote = p.Remote
			}
			if c.Reference == "" {
				c.Reference = p.ID
			}
			if _, err := t.capture(p.Gateway, c, "reconcile", ""); err != nil {
				return fmt.Errorf("charge %s: %w", c.Charge, err)
			}
			if err := t.details(id, c); err != nil {
				return err
			}
		}
		o, p, err := t.reload(id)
		if err != nil {
			return err
		}
		return t.stand(o, p, st)
	})
}

// details keeps what the provider tells of a charge when it is asked: more than its notice said, such as the card's
// brand and last digits.
func (t *turn) details(id tickets.SessionID, c Report) error {
	p, err := t.Payment(id)
	if err != nil || c.Raw == nil || p.Charge != c.Charge {
		return err
	}
	p.Notified = c.Raw
	return t.PutPayment(p)
}

// stand moves a payment to what the gateway says of it.
func (t *turn) stand(o tickets.Order, p tickets.Payment, st Standing) error {
	if p.State == tickets.PaymentFailed && st.State == StandingOpen {
		return t.startClosing(p) // it was thought refused, and is there all the same
	}
	if !p.Live() && st.State != StandingClosed && st.State != StandingAbsent {
		p.Tries, p.Due = 0, t.nextLook(p)
		return t.PutPayment(p)
	}
	switch st.State {
	case StandingClosed, StandingAbsent:
		return t.closed(o, p)
	case StandingFailed:
		_, _, err := t.refusedPayment(o, p, tickets.Declined, st.Reason, "reconcile")
		return err
	case StandingAsync:
		if p.State == tickets.PaymentOpen {
			return t.async(o, p, time.Time{}, "reconcile")
		}
		if p.State == tickets.PaymentClosing {
			return t.later(p, "settling: cannot be closed")
		}
	case StandingOpen:
		if p.State == tickets.PaymentClosing {
			return t.later(p, "still open")
		}
	case StandingPaid:
		if p.State == tickets.PaymentClosing { // paid, but its charge was told as play money or is still to come
			return t.later(p, "paid, charge not known")
		}
	}
	p.Tries, p.Error, p.Due = 0, "", t.nextLook(p)
	return t.PutPayment(p)
}

// closed records that no more money can come by the payment's page.
func (t *turn) closed(o tickets.Order, p tickets.Payment) error {
	if p.Live() {
		if err := p.Move(tickets.PaymentClosed, t.now); err != nil {
			return err
		}
	}
	p.Tries, p.Error, p.Due = 0, "", t.nextLook(p)
	if err := t.PutPayment(p); err != nil {
		return err
	}
	return t.afterClose(o)
}

// async records that the customer did their part and the money settles later (T11): the hold waits for it.
func (t *turn) async(o tickets.Order, p tickets.Payment, deadline time.Time, source string) error {
	if p.State != tickets.PaymentOpen && p.State != tickets.PaymentCreated && p.State != tickets.PaymentUnknown {
		return nil
	}
	if err := p.Move(tickets.PaymentAsync, t.now); err != nil {
		return err
	}
	if deadline.IsZero() {
		deadline = t.now.Add(t.d.Timings.Async)
	}
	p.Due = t.now.Add(t.d.Timings.Lookup)
	if err := t.PutPayment(p); err != nil {
		return err
	}
	if o.Stage != tickets.StageAwaiting {
		return nil
	}
	h, err := t.Hold(o.Hold)
	if err != nil {
		return err
	}
	if h.State == tickets.HoldActive && deadline.After(h.Expiry) {
		h.Expiry, h.Reason = tickets.Milli(deadline), tickets.HoldAsync // apart from the cap and from open holds
		h.Due = h.Expiry.Add(t.d.Timings.Grace)
		if err := t.PutHold(h); err != nil {
			return err
		}
	}
	before, err := o.Move(tickets.TAsync, t.now)
	if err != nil {
		return err
	}
	data := lockData(o, h)
	data["sessionId"] = p.ID
	f := o.Record(tickets.PaymentPending, t.now, tickets.Actor{Kind: tickets.ActorGateway, ID: p.Gateway}, source, tickets.TAsync, before, data)
	if err := t.PutOrder(o); err != nil {
		return err
	}
	return t.tell(o, f)
}
