package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"boxoffice/tickets"
)

// A provider that shows its invoice in the chat asks before it takes the money (T10). This is the last cheap moment to
// say no: whether the order waits for this payment, its places are there, the price is the one quoted, the payer is the
// buyer, and nobody paid before. A yes makes the hold wait for the money; where the places were given back already, a
// yes holds them anew (T10r) in the same transaction.
//
// Where it can stop: before the commit nothing was decided and the provider, or the customer, asks again; after it the
// same question finds its answer in the order's timeline.

// ApprovedFor is how long the money of an approved pre-checkout may be under way: its invoice is not closed sooner, and
// the hold lasts at least as long, within the cap of its first hold; one made anew for late money lasts so long whatever
// the cap says. Telegram ends a payment ten seconds after an unanswered question; banks ask theirs before it.
const ApprovedFor = 2 * time.Minute

// refusalsKept is how many refused pre-checkouts an order's timeline notes; more are refused without a trace.
const refusalsKept = 50

// PreCheckout is a provider's question whether an invoice may be paid now.
type PreCheckout struct {
	ID      string            // the question's own; the same question again gets the same answer
	Gateway string            // of the invoice's payment
	Session tickets.SessionID // the payment, as the invoice's payload names it
	Payer   int64             // Telegram's number of who is about to pay
	Amount  tickets.Money     // what they are about to pay
}

func (q PreCheckout) key() string { return "pcq:" + q.ID }

// PreCheckout answers: nil is yes, and durable. No is a Refusal whose arg "reason" says why in a word:
//
//	unknown           NotFound   there is no such payment
//	payer             Forbidden  the order is somebody else's: a forwarded invoice
//	amount            Changed    the invoice says something else than the payment
//	price             Changed    the quote is over and today's price is higher
//	paid              Conflict   the order is paid already
//	method            Conflict   another way to pay was chosen since, or this one failed
//	cancelled         Conflict   the order was cancelled
//	gone              Conflict   the shop does not take this payment any more: its way to pay went, or play money became real
//	review            Conflict   money for the order is looked at by a person
//	replaced          Conflict   the customer holds the places by another order
//	closing, over     Expired    the time is over, or the money went back; for closing, the places have not been given back yet
//	sold_out          SoldOut    the time was over and the places are gone
//
// Other errors mean that it could not be decided.
func (d *Desk) PreCheckout(ctx context.Context, q PreCheckout) error {
	var refusal *tickets.Refusal
	err := d.update(ctx, func(t *turn) (err error) {
		refusal, err = t.preCheckout(q)
		return err
	})
	if err != nil {
		return fmt.Errorf("pre-checkout of %s: %w", q.Session, err)
	}
	if refusal != nil {
		return refusal
	}
	return nil
}

// because is a refused pre-checkout.
func because(kind tickets.Kind, reason string) *tickets.Refusal {
	return tickets.Refuse(kind, "pre-checkout: %s", reason).With("reason", reason)
}

func (t *turn) preCheckout(q PreCheckout) (*tickets.Refusal, error) {
	o, p, err := t.reload(q.Session)
	if errors.Is(err, tickets.NotFound) || err == nil && p.Gateway != q.Gateway {
		return because(tickets.NotFound, "unknown"), nil
	}
	if err != nil {
		return nil, err
	}
	facts, err := t.Timeline(o.ID, 0, 0)
	if err != nil {
		return nil, err
	}
	refused := 0
	for _, f := range facts {
		if f.Key == q.key() {
			return answered(f), nil
		}
		if f.Name == tickets.PreCheckoutRefused {
			refused++
		}
	}
	no, err := t.mayPay(q, o, p)
	if no == nil && err == nil {
		no, err = t.approve(q, o, p)
	}
	if no == nil || err != nil || refused >= refusalsKept {
		return no, err
	}
	return no, t.refuse(q, o, p, no)
}

// answered is what the question was answered with before.
func answered(f tickets.Fact) *tickets.Refusal {
	if f.Name == tickets.PreCheckoutApproved {
		return nil
	}
	return because(tickets.Kind(f.ErrorCode), f.Result)
}

// mayPay says why the payer may not pay this invoice, whatever became of the order's places; nil when they may.
func (t *turn) mayPay(q PreCheckout, o tickets.Order, p tickets.Payment) (*tickets.Refusal, error) {
	caps, err := t.Captures(o.ID)
	if err != nil {
		return nil, err
	}
	spent := p.State == tickets.PaymentCaptured
	for _, c := range caps {
		spent = spent || c.Applied > 0
	}
	switch {
	case q.Payer != o.Buyer.TelegramID:
		return because(tickets.Forbidden, "payer"), nil
	case q.Amount != p.Total:
		return because(tickets.Changed, "amount"), nil
	case o.Paid():
		return because(tickets.Conflict, "paid"), nil
	case spent && o.Stage == tickets.StagePaymentReview:
		return because(tickets.Conflict, "review"), nil
	case spent && o.Stage == tickets.StageCancelled:
		return because(tickets.Conflict, "cancelled"), nil
	case spent: // and it went back
		return because(tickets.Expired, "over"), nil
	}
	return nil, nil
}

// approve makes the order wait for the money, or says why it cannot.
func (t *turn) approve(q PreCheckout, o tickets.Order, p tickets.Payment) (*tickets.Refusal, error) {
	switch o.Stage {
	case tickets.StageAwaiting:
		return t.approveAwaiting(q, o, p)
	case tickets.StageExpired:
		return t.approveExpired(q, o, p)
	case tickets.StagePaymentReview: // the rest of an underpaid order's money, while its places are kept
		if o.Ended() || !payableBy(p) || !t.now.Before(o.ReviewUntil) || !t.d.collects(p) {
			return because(tickets.Conflict, "review"), nil
		}
		h, err := t.Hold(o.Hold)
		if err != nil {
			return nil, err
		}
		return nil, t.approved(q, o, p, h, "", o.Stage)
	case tickets.StageExpiring:
		if o.Reason == reasonCancel {
			return because(tickets.Conflict, "cancelled"), nil
		}
		return because(tickets.Expired, "closing"), nil
	case tickets.StageCancelled:
		return because(tickets.Conflict, "cancelled"), nil
	default:
		return because(tickets.Expired, "over"), nil
	}
}

// approveAwaiting is T10. A payment whose page's answer was lost counts: the question proves that the invoice is there.
func (t *turn) approveAwaiting(q PreCheckout, o tickets.Order, p tickets.Payment) (*tickets.Refusal, error) {
	if !payableBy(p) {
		return because(tickets.Conflict, "method"), nil
	}
	if !t.d.collects(p) {
		return because(tickets.Conflict, "gone"), nil
	}
	h, err := t.Hold(o.Hold)
	if err != nil {
		return nil, err
	}
	if h.State != tickets.HoldActive {
		return because(tickets.Expired, "over"), nil
	}
	if !t.now.Before(o.Quote.Until) {
		cat, _, err := t.catalog()
		if err != nil {
			return nil, err
		}
		if t.dearer(cat, o) {
			return because(tickets.Changed, "price"), nil
		}
	}
	// Once a payment: pressing Pay over and over does not keep places. Within the cap; money that takes longer finds
	// the order EXPIRING with its places, as the gateway does not close what was just approved.
	if p.Approved.IsZero() && h.Extend(t.now.Add(ApprovedFor), o.FirstHeld, t.d.Timings.Cap) {
		h.Due = h.Expiry.Add(t.d.Timings.Grace)
		if err := t.PutHold(h); err != nil {
			return nil, err
		}
	}
	before, err := o.Move(tickets.TPreCheckout, t.now)
	if err != nil {
		return nil, err
	}
	return nil, t.approved(q, o, p, h, tickets.TPreCheckout, before)
}

// lateRefusals says which kinds the reasons of [turn.lateRefusal] are; the others mean that the time is over.
var lateRefusals = map[string]tickets.Kind{
	"sold_out": tickets.SoldOut, "price": tickets.Changed, "replaced": tickets.Conflict, "cancelled": tickets.Conflict,
}

// approveExpired is T10r: the places were given back, and the customer pays the old invoice all the same. They are held
// anew, as a new generation, if they are still there.
func (t *turn) approveExpired(q PreCheckout, o tickets.Order, p tickets.Payment) (*tickets.Refusal, error) {
	if p.State != tickets.PaymentClosed && p.State != tickets.PaymentClosing || !asksAll(p, o) {
		return because(tickets.Conflict, "method"), nil
	}
	if !p.Approved.IsZero() || !t.d.collects(p) { // once a payment: an open sheet does not keep places for ever
		return because(tickets.Expired, "over"), nil
	}
	h, reason, err := t.holdAgain(&o, t.now.Add(ApprovedFor))
	switch {
	case err != nil:
		return nil, err
	case reason != "" && lateRefusals[reason] == "":
		return because(tickets.Expired, "over"), nil
	case reason != "":
		return because(lateRefusals[reason], reason), nil
	}
	before, err := o.Move(tickets.TPreCheckoutNew, t.now)
	if err != nil {
		return nil, err
	}
	if err := p.Move(tickets.PaymentOpen, t.now); err != nil {
		return nil, err
	}
	p.Expiry, p.CloseSince, p.Tries, p.Error, p.Due = h.Expiry, never, 0, "", t.now.Add(t.d.Timings.Lookup)
	o.Reason, o.Late, o.Session, o.Method = "", false, p.ID, p.Method
	return nil, t.approved(q, o, p, h, tickets.TPreCheckoutNew, before)
}

// approved notes the yes.
func (t *turn) approved(
	q PreCheckout, o tickets.Order, p tickets.Payment, h tickets.Hold, row tickets.TransitionID, before tickets.Stage,
) error {
	o.Pending, p.Approved = q.ID, t.now
	data := lockData(o, h)
	data["sessionId"] = p.ID
	f := o.Record(tickets.PreCheckoutApproved, t.now, tickets.Actor{Kind: tickets.ActorGateway, ID: p.Gateway}, "pre_checkout", row, before, data)
	f.Key, f.Hidden = q.key(), true
	if err := t.PutPayment(p); err != nil {
		return err
	}
	if err := t.PutOrder(o); err != nil {
		return err
	}
	return t.tell(o, f)
}

// refuse notes the no, with its reason as the fact's result.
func (t *turn) refuse(q PreCheckout, o tickets.Order, p tickets.Payment, no *tickets.Refusal) error {
	f := o.Record(tickets.PreCheckoutRefused, t.now, tickets.Actor{Kind: tickets.ActorGateway, ID: p.Gateway}, "pre_checkout", "", o.Stage,
		map[string]any{"sessionId": p.ID})
	f.Key, f.Hidden, f.Result, f.ErrorCode = q.key(), true, fmt.Sprint(no.Args["reason"]), string(no.Kind)
	if err := t.PutOrder(o); err != nil {
		return err
	}
	return t.tell(o, f)
}
