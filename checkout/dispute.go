package checkout

import (
	"errors"

	"boxoffice/tickets"
)

// This file records what banks say about charges. A dispute blocks the tickets of its order that nobody used, and
// nothing but its own end unblocks them; refunds are locked meanwhile. A dispute about money that never paid for the
// order, such as a duplicate, locks that charge only. The state and the money move apart: a bank may take the money and
// decide later.
//
//	bank says           tickets                          order's row
//	warning             stay good; a person decides      T43
//	opened              blocked                          T40
//	evidence received   blocked                          T40n
//	funds taken, given  –                                T40n
//	won, reversed       valid again                      T42
//	lost                end, places return               T41; T41r when no money of the order is left
//	reversed after lost new tickets, if there are places T42; T42r for an order that had ended; T42s without places
//
// What is told of a charge that is not known yet waits: its notice is judged again until the money was found, or nobody
// expects it any more.

// dispute records a report about a dispute and returns the outcome for its notice.
func (t *turn) dispute(gateway string, r Report, source string) (string, tickets.OrderID, error) {
	d, fresh, err := t.disputeOf(gateway, r)
	if err != nil || d.ID == "" {
		return outcomeIgnored, d.Order, err
	}
	if r.Raw != nil {
		d.Raw = r.Raw
	}
	if r.Reason != "" {
		d.Reason = r.Reason
	}
	if !r.Deadline.IsZero() {
		d.Deadline = r.Deadline
	}
	o, err := t.orderOr(d.Order, d.Merchant)
	if err != nil {
		return "", "", err
	}
	by := tickets.Actor{Kind: tickets.ActorGateway, ID: gateway}
	s := &disputing{turn: t, o: o, d: d, by: by, source: source}
	r.DisputeState = reversal(d, r)
	was := d.State
	moved, err := s.moves(r, fresh)
	if errors.Is(err, tickets.Conflict) {
		return outcomeIgnored, d.Order, s.ignored(r)
	}
	if err == nil && moved {
		err = s.stands(was)
	}
	if err != nil {
		return "", "", err
	}
	if r.Funds != "" {
		taken, err := s.funds(r.Funds, tickets.Milli(r.At))
		if err != nil {
			return "", "", err
		}
		moved = moved || taken
	}
	if !moved {
		return outcomeIgnored, d.Order, t.PutDispute(s.d)
	}
	return outcomeApplied, d.Order, t.PutDispute(s.d)
}

// disputeOf finds the dispute that a report is about, or makes a fresh one; of play money there is none: ID "".
func (t *turn) disputeOf(gateway string, r Report) (d tickets.Dispute, fresh bool, err error) {
	d, err = t.DisputeByRemote(gateway, r.Dispute)
	if !errors.Is(err, tickets.NotFound) {
		return d, false, err
	}
	if r.DisputeState == "" { // funds moved before the dispute was told: it is told in a notice of its own
		return d, false, notYet("dispute %s at %s is not known", r.Dispute, gateway)
	}
	c, err := t.chargeOf(gateway, r)
	if err != nil {
		return d, false, err
	}
	if c.Disposition == tickets.TestMode {
		return tickets.Dispute{Order: c.Order}, false, nil
	}
	d = tickets.Dispute{
		ID: tickets.DisputeID(t.ids.id(tickets.PrefixDispute)), Merchant: c.Merchant, Order: c.Order, Gateway: gateway, Remote: r.Dispute,
		Charge: c.Charge, Amount: r.Amount, At: t.now,
	}
	if d.Amount.Amount == 0 || d.Amount.Currency == "" {
		d.Amount = c.Amount
	}
	return d, true, nil
}

// moves takes the dispute to the state that a report tells of, unless it is known or old. It refuses with Conflict what
// cannot follow.
func (s *disputing) moves(r Report, fresh bool) (bool, error) {
	at, was := tickets.Milli(r.At), s.d.State
	if r.DisputeState == was && s.d.Told.Before(at) {
		s.d.Told = at // said once more: what is told of before is old
	}
	if r.DisputeState == "" || r.DisputeState == was || s.d.Stale(r.DisputeState, at) {
		return false, nil
	}
	told := s.d.Told
	if !r.At.IsZero() {
		s.d.Told = at
	}
	var err error
	if fresh {
		if s.d.State, s.d.Changed = r.DisputeState, s.now; !s.d.Live() {
			s.d.Ended = s.d.Changed
		}
		err = s.CreateDispute(s.d)
	} else {
		err = s.d.Move(r.DisputeState, s.now)
	}
	if err != nil {
		s.d.Told = told
		return false, err
	}
	return true, nil
}

// reversal is the state that a report tells of: what is lost and given back, or won after the money was taken, is
// reversed. What is taken once more after that is argued about again, unless the bank says that it is lost.
func reversal(d tickets.Dispute, r Report) tickets.DisputeState {
	back := r.Funds == FundsReinstated || d.Reinstated
	taken := r.Funds == FundsWithdrawn || d.Withdrawn
	at := tickets.Milli(r.At)
	over := d.State == tickets.DisputeWon || d.State == tickets.DisputeReversed
	switch {
	case r.Funds == FundsWithdrawn && d.TakenAgain(at):
		if over && r.DisputeState != tickets.DisputeLost && r.DisputeState != tickets.DisputeEvidenceSent {
			return tickets.DisputeOpen
		}
		return r.DisputeState
	case r.DisputeState == tickets.DisputeLost && over && d.Withdrawn && d.Reinstated && at.After(d.Moved):
		return r.DisputeState // said after the money was back: it will be taken again
	case r.DisputeState == "" && d.State == tickets.DisputeLost && back && d.Withdrawn,
		r.DisputeState == tickets.DisputeLost && back && taken,
		r.DisputeState == tickets.DisputeWon && taken:
		return tickets.DisputeReversed
	default:
		return r.DisputeState
	}
}

// disputing is one report about a dispute on its way.
type disputing struct {
	*turn
	o      tickets.Order // ID "" for a charge of no order
	d      tickets.Dispute
	by     tickets.Actor
	source string
}

// key is what a fact about the dispute is known by.
func (s *disputing) key() string {
	if s.o.ID != "" {
		return string(s.d.ID)
	}
	return string(s.d.ID) + ":" + string(s.d.State) + ":" + Stamp(s.now)
}

// told records a fact about the dispute, by a row where the order's stage has it, and the facts that follow from it, and
// stores the order.
func (s *disputing) told(name tickets.FactName, row tickets.TransitionID, more ...func() (tickets.Fact, error)) error {
	data := map[string]any{"disputeId": s.d.ID, "chargeId": s.d.Charge, "gateway": s.d.Gateway, "state": s.d.State}
	putAmount(data, s.d.Amount)
	if s.d.Reason != "" {
		data["reason"] = s.d.Reason
	}
	if !s.d.Deadline.IsZero() {
		data["deadline"] = Stamp(s.d.Deadline)
	}
	f, err := s.factAbout(&s.o, s.key(), name, row, s.by, s.source, data)
	if err != nil {
		return err
	}
	facts := []tickets.Fact{f}
	if name == tickets.ChargebackReversed || name == tickets.ChargebackWon {
		s.o.WonAtRev = s.o.Rev
	}
	for _, next := range more {
		f, err := next()
		if err != nil {
			return err
		}
		facts = append(facts, f)
	}
	if s.o.ID != "" {
		if err := s.PutOrder(s.o); err != nil {
			return err
		}
	}
	return s.tell(s.o, facts...)
}

// ignored leaves a row on the timeline of what a bank said that cannot follow from what it said before.
func (s *disputing) ignored(r Report) error {
	if s.o.ID == "" {
		return nil
	}
	f := s.o.Record(tickets.EventIgnored, s.now, s.by, s.source, "", s.o.Stage, map[string]any{
		"disputeId": s.d.ID, "state": r.DisputeState, "is": s.d.State,
	})
	f.Result, f.ErrorCode = outcomeIgnored, string(tickets.Conflict)
	if err := s.PutOrder(s.o); err != nil {
		return err
	}
	return s.tell(s.o, f)
}

// stands does what a new state asks for.
func (s *disputing) stands(was tickets.DisputeState) error {
	if err := s.PutDispute(s.d); err != nil {
		return err
	}
	if err := s.overlay(&s.o); err != nil {
		return err
	}
	switch s.d.State {
	case tickets.DisputeWarning:
		if err := s.caseOf(tickets.CaseWarning); err != nil {
			return err
		}
		return s.told(tickets.ChargebackWarned, tickets.TWarning)
	case tickets.DisputeDropped:
		if was == tickets.DisputeOpen || was == tickets.DisputeEvidenceSent { // the money went back by itself: nothing to argue about
			return s.won(was)
		}
		if err := s.decided("dropped"); err != nil {
			return err
		}
		return s.told(tickets.ChargebackDropped, tickets.TWarning)
	case tickets.DisputeOpen, tickets.DisputeEvidenceSent:
		return s.contested(was)
	case tickets.DisputeLost:
		return s.lost()
	default:
		return s.won(was)
	}
}

// contested blocks the tickets that nobody used (T40).
func (s *disputing) contested(was tickets.DisputeState) error {
	contested := was == tickets.DisputeOpen || was == tickets.DisputeEvidenceSent
	name, row := tickets.ChargebackOpened, tickets.TDispute
	if contested {
		name, row = tickets.ChargebackAnswered, tickets.TDisputeNews
		if s.d.State == tickets.DisputeOpen {
			name = tickets.ChargebackOpened
		}
	}
	ks, err := s.tickets()
	if err != nil {
		return err
	}
	s.d.UsedPlaces = 0
	for _, k := range ks {
		s.d.UsedPlaces += k.Admitted
		if !k.Good() || k.Admitted >= k.Places {
			continue
		}
		k.Block(string(s.d.ID), s.now)
		if err := s.PutTicket(k); err != nil {
			return err
		}
	}
	if err := s.warningsOver(); err != nil {
		return err
	}
	if s.d.State == tickets.DisputeOpen {
		err = s.caseOf(tickets.CaseDispute)
	} else {
		err = s.closeCase(tickets.CaseDispute, string(s.d.ID), "evidence_sent", s.by, "")
	}
	if err != nil {
		return err
	}
	return s.told(name, row)
}

// tickets lists what the disputed charge paid for: none where it was not applied.
func (s *disputing) tickets() ([]tickets.Ticket, error) {
	if paid, err := s.paidFor(s.d); err != nil || !paid {
		return nil, err
	}
	return s.Tickets(s.o.ID)
}

// warningsOver closes what was asked about warnings of the charge: they are disputes of their own at some providers.
func (s *disputing) warningsOver() error {
	all, err := s.Disputes(s.d.Order)
	if err != nil {
		return err
	}
	for _, d := range all {
		if d.Gateway != s.d.Gateway || d.Charge != s.d.Charge {
			continue
		}
		if err := s.closeCase(tickets.CaseWarning, string(d.ID), "disputed", s.by, ""); err != nil {
			return err
		}
	}
	return nil
}

func (s *disputing) caseOf(kind tickets.CaseKind) error {
	_, err := s.openCase(tickets.Case{
		Merchant: s.d.Merchant, Kind: kind, Subject: string(s.d.ID), Order: s.d.Order, Amount: s.d.Amount, Why: s.d.Reason, Due: s.d.Deadline,
	})
	return err
}
