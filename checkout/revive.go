package checkout

import (
	"slices"

	"boxoffice/tickets"
)

// revive gives new tickets for those that a dispute ended, when it was reversed, the date is ahead and there are places:
// a new generation with new texts, so that the old ones stay dead. It returns the order's row and the new
// tickets; without places the money stays with the merchant and the timeline says so.
func (s *disputing) revive() (tickets.TransitionID, []tickets.Ticket, error) {
	row := tickets.TDisputeWon
	if s.o.ID == "" || len(s.d.Tickets) == 0 || s.o.Refunded >= s.o.Applied {
		return row, nil, nil
	}
	cat, loc, err := s.catalog()
	if err != nil {
		return row, nil, err
	}
	if tickets.DateOf(s.now, loc) > s.o.Slot().Date {
		return row, nil, nil
	}
	refunds, err := s.Refunds(s.o.ID)
	if err != nil {
		return row, nil, err
	}
	var ended []tickets.Ticket
	var lines []tickets.Line
	for _, code := range s.d.Tickets {
		k, err := s.Ticket(code)
		if err != nil {
			return row, nil, err
		}
		if slices.ContainsFunc(refunds, func(r tickets.Refund) bool { return r.Counts() && slices.Contains(r.Tickets, code) }) {
			continue // its money went back
		}
		ended, lines = append(ended, k), append(lines, k.Lines...)
	}
	if len(ended) == 0 {
		return row, nil, nil
	}
	draws := tickets.Draws(lines)
	if err := s.holdStock(cat, s.o.Slot(), draws); err != nil {
		if k := tickets.KindOf(err); k == tickets.SoldOut || k == tickets.NotFound {
			return row, nil, nil
		}
		return row, nil, err
	}
	s.o.Gen++
	h := tickets.Hold{
		ID: tickets.HoldID(s.ids.id(tickets.PrefixHold)), Merchant: s.o.Merchant, Order: s.o.ID, Customer: s.o.Buyer.Customer, Gen: s.o.Gen,
		Slot: s.o.Slot(), Draws: draws, State: tickets.HoldActive, Reason: tickets.HoldReversed, At: s.now, Expiry: s.now,
	}
	s.o.Hold = h.ID
	if err := s.CreateHold(h); err != nil {
		return row, nil, err
	}
	if err := s.consume(&h); err != nil {
		return row, nil, err
	}
	if s.o.Stage == tickets.StageRefunded {
		row = tickets.TDisputeRevived
	}
	issued, err := s.reissue(ended)
	s.d.Tickets = nil
	return row, issued, err
}

// reissue makes a ticket of the order's present generation for each that ended.
func (s *disputing) reissue(ended []tickets.Ticket) ([]tickets.Ticket, error) {
	key, err := s.signingKey()
	if err != nil {
		return nil, err
	}
	out := slices.Clone(ended)
	for i := range out {
		k := &out[i]
		k.Code, k.Number = tickets.TicketCode(s.ids.id(tickets.PrefixTicket)), s.ids.number()
		k.Gen, k.Seq, k.Of, k.State, k.Kid = s.o.Gen, i+1, len(ended), tickets.TicketValid, key.Kid
		k.Blocks, k.Returned, k.Admitted, k.At, k.Changed = nil, false, 0, s.now, s.now
		if err := s.sign(k, key); err != nil {
			return nil, err
		}
		if err := s.CreateTicket(*k); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// issuedAnew is the fact of tickets made in place of those that a dispute had ended.
func (s *disputing) issuedAnew(ks []tickets.Ticket) tickets.Fact {
	codes := make([]tickets.TicketCode, len(ks))
	for i, k := range ks {
		codes[i] = k.Code
	}
	return s.o.Record(tickets.FulfillmentIssued, s.now, tickets.Actor{Kind: tickets.ActorSystem}, "dispute", "", s.o.Stage, map[string]any{
		"ticketCode": codes[0], "qrUrl": s.turn.d.QRURL(ks[0]), "ticketCodes": codes,
	})
}
