package bot

import (
	"context"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// This file is how staff say which tickets a refund was for that somebody made at the provider.

// endable lists the tickets of an order that a refund may end: good ones that nobody went in by and that nothing blocks.
func endable(all []tickets.Ticket) []tickets.Ticket {
	var out []tickets.Ticket
	for _, k := range all {
		if k.Good() && k.Admitted == 0 && k.Withheld() == "" {
			out = append(out, k)
		}
	}
	return out
}

// ended lists the tickets of a set; where they are not offered one by one it is all of them.
func ended(all []tickets.Ticket, set uint64) []tickets.TicketCode {
	var codes []tickets.TicketCode
	for _, k := range all {
		if set&bit(k) != 0 || !pickable(all) {
			codes = append(codes, k.Code)
		}
	}
	return codes
}

// whichPanel is the case of a found refund with its tickets to choose from. A single one is chosen already.
func (v voice) whichPanel(s subject, set uint64) Message {
	m := v.caseMessage(s.caseView)
	all := endable(s.tickets)
	if !s.Open() || len(all) == 0 {
		return m
	}
	id := string(s.ID)
	m.Keyboard = nil
	switch set &= setOf(all); {
	case len(all) == 1 || !pickable(all):
		set = setOf(all)
	default:
		m.HTML += "\n\n" + v.HTML("case.which")
		m.Keyboard = v.picks(all, set, func(to uint64) string { return staffMove{deed: deedWhich, id: id, detail: packSet(to)}.data() })
	}
	if set != 0 {
		m.Keyboard = append(m.Keyboard, []Button{{
			Text:  v.T("case.deed.end", "Count", len(ended(all, set))),
			Data:  staffMove{deed: deedEnd, id: id, detail: packSet(set)}.data(),
			Style: StyleDanger,
		}})
	}
	return Message{HTML: m.HTML, Keyboard: append(m.Keyboard, []Button{{Text: v.T("bot.button.back"), Data: staffMove{deed: deedOpen, id: id}.data()}})}
}

// picks has a button for each ticket; none of them may be chosen.
func (v voice) picks(all []tickets.Ticket, set uint64, data func(uint64) string) Keyboard {
	var k Keyboard
	for _, x := range all {
		mark := "☐ "
		if set&bit(x) != 0 {
			mark = "☑ "
		}
		k = append(k, []Button{{Text: clip(mark+v.ticketName(x), 64), Data: data(set ^ bit(x))}})
	}
	return k
}

// endLine names the tickets of a set.
func (v voice) endLine(m staffMove, s subject) string {
	set, _ := unpackSet(m.detail)
	names := v.ticketNames(s.caseView, ended(endable(s.tickets), set))
	return "\n" + v.HTML("case.tickets", "Tickets", clip(v.List(names...), 300))
}

// endTickets ends the tickets of a set.
func (t *talk) endTickets(ctx context.Context, m staffMove, s subject, by checkout.Staff) (string, error) {
	set, _ := unpackSet(m.detail)
	codes := ended(endable(s.tickets), set)
	_, err := t.Desk.EndTickets(ctx, s.refund.ID, codes, by)
	return t.T("case.done.end", "Count", len(codes)), err
}
