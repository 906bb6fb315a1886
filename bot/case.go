package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// caseView is a case with all that its message shows.
type caseView struct {
	tickets.Case
	order   tickets.Order // of no order: zero
	refund  tickets.Refund
	no      string           // why it cannot be tried again; see checkout.Obstacle
	wish    []tickets.Refund // the refund and those asked with it
	tickets []tickets.Ticket // of the order
	dispute tickets.Dispute
	capture tickets.Capture
}

// viewCase reads a case. It fails with NotFound.
func (b *Bot) viewCase(ctx context.Context, id tickets.CaseID) (c caseView, err error) {
	err = b.Store.View(ctx, func(r tickets.Reader) error {
		c = caseView{}
		if c.Case, err = r.Case(id); err != nil {
			return err
		}
		return c.read(r)
	})
	return c, err
}

// read reads what the case is about.
func (c *caseView) read(r tickets.Reader) (err error) {
	if c.Order != "" {
		if c.order, err = r.Order(c.Order); err != nil {
			return err
		}
		if c.tickets, err = r.Tickets(c.Order); err != nil {
			return err
		}
	}
	switch c.Kind {
	case tickets.CaseRefund, tickets.CaseRefundFailed, tickets.CaseRefundByHand, tickets.CaseRefundFound:
		if c.refund, err = r.Refund(tickets.RefundID(c.Subject)); err != nil {
			return err
		}
		if c.Kind == tickets.CaseRefundFailed && c.Open() {
			if c.no, err = checkout.Obstacle(r, c.refund); err != nil {
				return err
			}
		}
		all, err := r.Refunds(c.Order)
		c.wish = wishOf(all, c.refund)
		return err
	case tickets.CaseWarning, tickets.CaseDispute:
		if c.dispute, err = r.Dispute(tickets.DisputeID(c.Subject)); err != nil {
			return err
		}
		c.capture, err = r.Capture(c.dispute.Gateway, c.dispute.Charge)
		return err
	case tickets.CaseUnmatched, tickets.CaseWrongCurrency, tickets.CaseLate:
		c.capture, err = checkout.CaseMoney(r, c.Case)
		return err
	default:
		return nil
	}
}

// toldCase finds the case that a delivery is about: the one it names, or the open one about what it names. It refuses with
// Pointless when there is none any more.
func toldCase(r tickets.Reader, d tickets.Delivery) (tickets.Case, error) {
	if id := tickets.CaseID(d.Args["case"]); id != "" {
		return r.Case(id)
	}
	kind, subject := caseOf(d)
	c, err := r.OpenCase(kind, subject)
	if errors.Is(err, tickets.NotFound) {
		err = tickets.Refuse(tickets.Pointless, "nobody has to decide about %s %s any more", kind, subject)
	}
	return c, err
}

// noteCase remembers the message that shows a case in the merchant's group. A case that was decided while it was sent is
// drawn anew.
func (b *Bot) noteCase(ctx context.Context, d tickets.Delivery, chat int64, message int) error {
	var c tickets.Case
	err := b.Store.Update(ctx, func(tx tickets.Tx) (err error) {
		if c, err = toldCase(tx, d); err != nil {
			return err
		}
		c.Chat, c.Message = chat, message
		return tx.PutCase(c)
	})
	if err != nil || c.Open() && c.Owner == "" {
		return err
	}
	_, err = b.redrawCase(ctx, tickets.Delivery{ID: d.ID, Args: map[string]string{"case": string(c.ID)}})
	return err
}

// redrawCase shows a case as it is now in the message that the merchant's group has of it.
func (b *Bot) redrawCase(ctx context.Context, d tickets.Delivery) (tickets.Receipt, error) {
	var v voice
	c, err := b.viewCase(ctx, tickets.CaseID(d.Args["case"]))
	if err == nil {
		err = b.Store.View(ctx, func(r tickets.Reader) (err error) { v, err = b.voiceIn(r, ""); return err })
	}
	if err != nil {
		return tickets.Receipt{}, fmt.Errorf("delivery %s: %w", d.ID, err)
	}
	if c.Message == 0 {
		return tickets.Receipt{}, tickets.Refuse(tickets.Pointless, "case %s is shown nowhere", c.ID)
	}
	r, err := b.Sender.Notices().Edit(ctx, c.Chat, c.Message, v.caseMessage(c))
	if errors.Is(err, ErrGone) {
		err = tickets.Refuse(tickets.Pointless, "the message of case %s is gone", c.ID)
	}
	return r, err
}

// caseNotice is the message of a delivery about a case.
func (b *Bot) caseNotice(ctx context.Context, v voice, d tickets.Delivery) (Message, error) {
	var id tickets.CaseID
	err := b.Store.View(ctx, func(r tickets.Reader) error {
		c, err := toldCase(r, d)
		id = c.ID
		return err
	})
	if err != nil {
		return Message{}, err
	}
	c, err := b.viewCase(ctx, id)
	if err != nil {
		return Message{}, fmt.Errorf("delivery %s: %w", d.ID, err)
	}
	if !c.Open() {
		return Message{}, tickets.Refuse(tickets.Pointless, "case %s is closed", id)
	}
	return v.caseMessage(c), nil
}

// caseOf says which case a fact opened that is not told by CASE_OPENED.
func caseOf(d tickets.Delivery) (tickets.CaseKind, string) {
	switch tickets.FactName(d.Args["fact"]) {
	case tickets.RefundRefused:
		return tickets.CaseRefundFailed, d.Args["refund"]
	case tickets.ChargebackWarned:
		return tickets.CaseWarning, d.Args["dispute"]
	case tickets.ChargebackOpened:
		return tickets.CaseDispute, d.Args["dispute"]
	case tickets.FulfillmentFailed:
		return tickets.CaseUnfulfilled, string(d.Order)
	default:
		return tickets.CaseRefund, d.Args["refund"]
	}
}

// caseMessage is a case for staff: what is to be decided, about what, and how it stands; and buttons while it is open.
func (v voice) caseMessage(c caseView) Message {
	args := text.Args{}
	if c.Amount.Currency != "" {
		args["Amount"] = v.Money(c.Amount)
	}
	kind := "case.kind." + string(c.Kind)
	switch {
	case c.reversed():
		kind += "_reversed"
	case c.Kind == tickets.CaseNotice && c.Why == checkout.WhyTwice:
		kind += "_twice"
	case c.unapplied():
		kind += "_other"
	case c.Kind == tickets.CaseNotice && c.Why == checkout.WhyNoGateway:
		kind += "_gateway"
	case c.Kind == tickets.CaseNotice && c.Why == checkout.WhyUnknown:
		kind += "_unknown"
	}
	lines := []string{v.HTML(kind, args)}
	if c.Kind == tickets.CaseRefundFailed && c.Open() {
		key := "case.refund_failed." + fateOf(c.refund, c.tickets)
		switch {
		case c.no != "":
			key = "case.refund_failed." + c.no
		case c.refund.CameBack:
			key = "case.refund_failed.came_back"
		}
		lines = append(lines, v.HTML(key))
	}
	lines = append(lines, v.caseDetails(c)...)
	if c.order.ID != "" {
		lines = append(lines, v.staffOrder(c.order))
	}
	if c.Open() {
		agreed := c.Agreed
		if c.Kind == tickets.CaseRefund {
			agreed = c.refund.Approvals
		}
		for _, a := range agreed {
			lines = append(lines, v.HTML("case.second", "Name", a.By.Name))
		}
		if c.Kind == tickets.CaseWarning && c.order.Refunding > 0 {
			lines = append(lines, v.HTML("case.sale.refunding", "Amount", v.Money(tickets.Money{Amount: c.order.Refunding, Currency: c.order.Total().Currency})))
		}
		if c.Name != "" {
			lines = append(lines, v.HTML("case.owner", "Name", c.Name))
		}
		return Message{HTML: strings.Join(lines, "\n"), Keyboard: v.caseButtons(c)}
	}
	lines = append(lines, v.closedLine(c))
	switch {
	case c.Note == "":
	case c.Kind == tickets.CaseRefund && c.refund.State == tickets.RefundCancelled:
		lines = append(lines, v.droppedLine(c.refund))
	default:
		lines = append(lines, v.HTML("case.note", "Note", clip(c.Note, 300)))
	}
	m := Message{HTML: strings.Join(lines, "\n")}
	if c.unpayable() {
		m.Keyboard = Keyboard{{{Text: v.deedName(deedUnpaid, c), Data: staffMove{deed: deedUnpaid, id: string(c.ID)}.data()}}}
	}
	return m
}

// closedLine says what was decided, by whom and when.
func (v voice) closedLine(c caseView) string {
	by := c.By.Name
	if by == "" {
		by = v.T("case.by." + v.byKind(c.By.Kind))
	}
	return v.HTML("case.closed", "Outcome", v.outcome(c.Outcome), "Name", by, "When", v.DateTime(c.Closed, v.loc))
}

func (v voice) byKind(k tickets.ActorKind) string {
	if v.Has("case.by." + string(k)) {
		return string(k)
	}
	return string(tickets.ActorSystem)
}

// caseDetails are the lines of one kind of case.
func (v voice) caseDetails(c caseView) []string {
	var lines []string
	add := func(key string, args ...any) { lines = append(lines, v.HTML(key, args...)) }
	switch c.Kind {
	case tickets.CaseRefund:
		lines = v.wishLines(c)
	case tickets.CaseRefundFailed, tickets.CaseRefundByHand:
		add("notify.merchant.amount", "Amount", v.Money(c.refund.Amount), "Gateway", c.refund.Gateway, "Charge", clip(c.refund.Charge, 120))
		if c.refund.Error != "" && c.Kind == tickets.CaseRefundFailed {
			add("case.said", "Words", clip(c.refund.Error, 200))
		}
	case tickets.CaseRefundFound:
		add("notify.merchant.amount", "Amount", v.Money(c.refund.Amount), "Gateway", c.refund.Gateway, "Charge", clip(c.refund.Charge, 120))
		if names := v.ticketNames(c, c.refund.Tickets); len(names) > 0 {
			add("case.tickets", "Tickets", clip(v.List(names...), 300))
		} else if c.Open() {
			add("case.unknown")
		}
	case tickets.CaseUnmatched, tickets.CaseWrongCurrency, tickets.CaseLate:
		add("notify.merchant.amount", "Amount", v.Money(c.capture.Amount), "Gateway", c.capture.Gateway, "Charge", clip(c.capture.Charge, 120))
		if c.capture.Reference != "" && c.order.ID == "" {
			add("case.reference", "Reference", clip(c.capture.Reference, 100))
		}
	case tickets.CaseWarning, tickets.CaseDispute:
		add("notify.merchant.amount", "Amount", v.Money(c.dispute.Amount), "Gateway", c.dispute.Gateway, "Charge", clip(c.dispute.Charge, 120))
		lines = append(lines, v.disputeLines(c.dispute)...)
	case tickets.CaseUnfulfilled:
		if !c.reversed() {
			add("case.said", "Words", clip(c.Why, 300))
		}
	case tickets.CaseMarkPaid:
		add("case.reference", "Reference", clip(c.Ref, 100))
		for _, a := range c.Agreed {
			add("case.why", "Words", clip(a.Reason, 300))
		}
	case tickets.CaseNotice:
		add("case.reference", "Reference", clip(c.Subject, 100))
	}
	return lines
}

// wishLines say how much, what for, why and by which policy somebody wants money back.
func (v voice) wishLines(c caseView) []string {
	r := c.refund
	var lines []string
	if r.Percent > 0 {
		price := tickets.Money{Amount: sumOf(c.wish).Amount + r.Kept, Currency: r.Amount.Currency}
		lines = append(lines, v.HTML("case.policy", "Percent", r.Percent, "Price", v.Money(price)))
	}
	switch names := v.ticketNames(c, r.Tickets); {
	case len(r.Tickets) == 0 && r.Percent == 0:
		lines = append(lines, v.HTML("case.no_ticket"))
	case len(names) > 0:
		lines = append(lines, v.HTML("case.tickets", "Tickets", clip(v.List(names...), 300)))
	}
	if r.By.Name != "" && r.By.Kind == tickets.ActorMember {
		lines = append(lines, v.HTML("case.asked_by", "Name", r.By.Name))
	}
	if r.Reason != "" {
		lines = append(lines, v.HTML("case.why", "Words", clip(v.reason(r.Reason), 300)))
	}
	return lines
}

func (v voice) ticketNames(c caseView, codes []tickets.TicketCode) []string {
	var out []string
	for _, k := range c.tickets {
		if slices.Contains(codes, k.Code) {
			out = append(out, v.ticketName(k))
		}
	}
	return out
}

// reason is why a customer asked: one of our words, or their own.
func (v voice) reason(s string) string {
	if key := "refund.why." + s; v.Has(key) {
		return v.T(key)
	}
	return s
}

// disputeLines say what a bank wants, and until when it can be answered.
func (v voice) disputeLines(d tickets.Dispute) []string {
	var lines []string
	if d.Reason != "" {
		lines = append(lines, v.HTML("case.bank_says", "Words", clip(strings.ReplaceAll(d.Reason, "_", " "), 100)))
	}
	if d.UsedPlaces > 0 {
		lines = append(lines, v.HTML("case.inside", "Count", d.UsedPlaces))
	}
	if !d.Deadline.IsZero() {
		lines = append(lines, v.HTML("case.deadline", "When", v.DateTime(d.Deadline, v.loc)))
	}
	if !d.Pack.IsZero() {
		lines = append(lines, v.HTML("case.packed", "When", v.DateTime(d.Pack, v.loc)))
	}
	return lines
}
