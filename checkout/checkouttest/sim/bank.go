package sim

import (
	"fmt"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// bank is the payment provider's own book: the truth about money. It survives every crash of the shop.
type bank struct {
	w        *world
	sessions []*session
	byKey    map[string]*session
	charges  []*charge
	refunds  []*payback
	refused  map[string]bool // keys that were told a final no
	down     time.Time       // no call gets through until then
	disputes int
}

// session is a payment page.
type session struct {
	Remote   string
	Ref      tickets.SessionID
	Order    tickets.OrderID
	Customer tickets.CustomerID
	Total    tickets.Money
	State    checkout.StandingState
	Stuck    bool // it cannot be closed
	Raced    bool // it was paid before its order's expiry could close it
	Invoice  bool // a message in the chat: who has it may try to pay it for ever
	At       time.Time
	Charges  []*charge
}

// charge is money that was taken.
type charge struct {
	ID       string
	Session  *session
	Amount   tickets.Money
	Test     bool
	At       time.Time
	Refunds  []*payback
	ByHand   bool // somebody gives it back by another way
	Disputes []*dispute
}

// payback is money that goes back.
type payback struct {
	ID      string
	Ours    tickets.RefundID // "" when somebody made it at the dashboard
	Charge  *charge
	Amount  int64
	State   checkout.RefundStandingState
	Done    bool      // it had succeeded, whatever became of it later
	Forgets time.Time // its key is known until then
}

// dispute is a bank that wants a charge back.
type dispute struct {
	ID     string
	Charge *charge
	State  tickets.DisputeState
	Taken  bool // the bank has the money
	Full   bool // the shop was sold out before the bank gave it back
}

// pageLife is how long the provider shows a page by itself; Stripe's least is 30 minutes.
const pageLife = 30 * time.Minute

func newBank(w *world) *bank {
	return &bank{w: w, byKey: map[string]*session{}, refused: map[string]bool{}}
}

// payable reports whether a customer can pay the session's page now.
func (s *session) payable(now time.Time) bool {
	return s.State == checkout.StandingOpen && (s.Invoice || now.Sub(s.At) < pageLife)
}

func (s *session) standing() checkout.Standing {
	st := checkout.Standing{State: s.State}
	for _, c := range s.Charges {
		st.Charges = append(st.Charges, c.report())
	}
	return st
}

// open makes a session, or finds the one of the key.
func (b *bank) open(o checkout.Opening) *session {
	if s := b.byKey[o.Payment.Key]; s != nil {
		return s
	}
	s := &session{
		Remote: fmt.Sprintf("cs_%d", len(b.sessions)+1), Ref: o.Payment.ID, Order: o.Order.ID, Customer: o.Order.Buyer.Customer,
		Total: o.Payment.Total, State: checkout.StandingOpen, At: b.w.k.now, Stuck: b.w.hits(StuckPage),
		Invoice: o.Payment.Protocol == "invoice",
	}
	b.byKey[o.Payment.Key] = s
	b.sessions = append(b.sessions, s)
	if !s.Invoice {
		b.w.k.after(pageLife, func() { b.outlive(s) })
	}
	return s
}

// outlive closes a page whose own time is over.
func (b *bank) outlive(s *session) {
	if s.State == checkout.StandingOpen {
		s.State = checkout.StandingClosed
		b.tell(s, checkout.ReportClosed, "")
	}
}

func (b *bank) find(remote string) *session {
	for _, s := range b.sessions {
		if s.Remote == remote {
			return s
		}
	}
	return nil
}

// take is money by a session, told by a notice.
func (b *bank) take(s *session, m tickets.Money, test bool) *charge {
	c := &charge{ID: fmt.Sprintf("ch_%d", len(b.charges)+1), Session: s, Amount: m, Test: test, At: b.w.k.now}
	b.charges = append(b.charges, c)
	if s != nil {
		s.Charges = append(s.Charges, c)
		s.State = checkout.StandingPaid
	}
	b.w.cover.count("charges")
	if s != nil && len(s.Charges) > 1 { // nobody asks for long about a session that was paid
		b.w.mail.insist(c.report())
	} else {
		b.w.mail.post(c.report())
	}
	b.trouble(c)
	return c
}

// again is one more charge of a session, whatever became of it, as providers make by mistake. Its notice is not lost: the
// shop does not ask about what is over for long.
func (b *bank) again(s *session, test bool, in tickets.Currency) {
	c := &charge{ID: fmt.Sprintf("ch_%d", len(b.charges)+1), Session: s, Amount: tickets.Money{Amount: s.Total.Amount, Currency: in}, Test: test, At: b.w.k.now}
	b.charges = append(b.charges, c)
	s.Charges = append(s.Charges, c)
	b.w.mail.insist(c.report())
	b.trouble(c)
}

func (c *charge) report() checkout.Report {
	r := checkout.Report{Kind: checkout.ReportPaid, Charge: c.ID, Amount: c.Amount, Test: c.Test, At: tickets.Milli(c.At)}
	if c.Session != nil {
		r.Remote, r.Reference = c.Session.Remote, c.Session.Ref
	}
	return r
}

// tell posts what became of a session.
func (b *bank) tell(s *session, kind checkout.ReportKind, why string) {
	b.w.mail.post(checkout.Report{Kind: kind, Remote: s.Remote, Reference: s.Ref, At: tickets.Milli(b.w.k.now), Reason: why})
}

// later is a customer who did their part of a method that settles later.
func (b *bank) later(s *session) {
	s.State = checkout.StandingAsync
	b.tell(s, checkout.ReportAsync, "")
	b.w.k.after(b.w.dice.between(time.Minute, 2*time.Hour), func() { b.settle(s) })
}

// settle ends a method that settles later.
func (b *bank) settle(s *session) {
	if s.State != checkout.StandingAsync {
		return
	}
	if b.w.hits(FailsAtBank) {
		s.State = checkout.StandingFailed
		b.tell(s, checkout.ReportFailed, "insufficient funds")
		return
	}
	b.take(s, s.Total, false)
}

// decline is a card that was refused for good.
func (b *bank) decline(s *session) {
	s.State = checkout.StandingFailed
	b.tell(s, checkout.ReportFailed, "declined")
}

// close ends a session's page, unless it cannot be or was paid.
func (b *bank) close(s *session) {
	if s.State == checkout.StandingOpen && !s.Stuck {
		s.State = checkout.StandingClosed
	}
}

// chargeOf finds a charge.
func (b *bank) chargeOf(id string) *charge {
	for _, c := range b.charges {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// gone is how much of the charge went back or is on its way.
func (c *charge) gone() int64 {
	var sum int64
	for _, p := range c.Refunds {
		if p.State != checkout.RefundIsFailed {
			sum += p.Amount
		}
	}
	return sum
}
