package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// typed is what a member typed for a deed, or a customer for a wish: what does not fit into its button. It is kept in their
// conversation.
type typed struct {
	Move      string `json:"move"` // the deed, unarmed, or the order and its tickets: of another one nothing counts
	Reference string `json:"reference,omitempty"`
	Reason    string `json:"reason,omitempty"`
	Amount    int64  `json:"amount,omitempty"`
	Origin    int    `json:"origin,omitempty"` // the message that the deed came from
}

// typedFor is what was typed for the deed of a button.
func (t *talk) typedFor(m staffMove) typed {
	return t.noted(m.bare().pack())
}

// noted is what was typed for what a name stands for.
func (t *talk) noted(name string) typed {
	var in typed
	if json.Unmarshal([]byte(t.extra(extraTyped)), &in) != nil || in.Move != name {
		return typed{Move: name}
	}
	return in
}

func (t *talk) setTyped(in typed) error {
	b, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("note what was typed: %w", err)
	}
	t.setExtra(extraTyped, string(b))
	return nil
}

// bare is the deed as its first button has it.
func (m staffMove) bare() staffMove { return staffMove{deed: m.deed, id: m.id, detail: m.detail} }

// staff handles a button about money, in the merchant's group or with staff in private. The role of who presses is asked
// each time.
func (t *talk) staff(ctx context.Context, arg string) error {
	m, ok := unpackStaff(arg)
	if !ok {
		return t.toast(ctx, t.T("bot.button.old"))
	}
	by, ok, err := t.allowed(ctx, duties[m.deed].act)
	if !ok {
		return err
	}
	s, err := t.subject(ctx, m)
	switch {
	case errors.Is(err, tickets.NotFound):
		return t.toast(ctx, t.T("bot.button.old"))
	case err != nil:
		return err
	case s.decided(m.deed): // by somebody else, or by this very press before a crash
		if err := t.toast(ctx, t.already(s)); err != nil {
			return err
		}
		return t.redrawSubject(ctx, m, t.pressed)
	case duties[m.deed].at:
		return t.doAtOnce(ctx, m, s, by)
	case m.who == t.who.ID && m.why == reasonAsk:
		return t.prompt(ctx, m, "reason", t.pressed)
	case m.armed(t.who.ID, t.now):
		return t.second(ctx, m, s, by)
	case m.who == t.who.ID:
		if err := t.toast(ctx, t.T("case.sure.late")); err != nil {
			return err
		}
		return t.redrawSubject(ctx, m, t.pressed)
	case duties[m.deed].typed != "" && t.typedFor(m).Reference == "":
		return t.prompt(ctx, m, duties[m.deed].typed, t.pressed)
	case m.deed == deedPaid && t.typedFor(m).Reference == "":
		return t.alert(ctx, t.T("case.paid.how_short"))
	}
	// At once: in a busy group the edit may take a while.
	if err := t.toast(ctx, t.T("case.sure.toast", "What", t.what(m, s))); err != nil {
		return err
	}
	return t.draw(ctx, t.armedMessage(m, s))
}

// subject is what a deed is about: a case and its order, or an order alone.
type subject struct {
	caseView
	sale []tickets.Ticket // tickets of an order without a case
	due  tickets.Money    // what is to pay for an order that waits

	whole, some tickets.Money // what goes back of the whole order, and of the deed's tickets; zero when nothing can
}

func (s subject) orderID() tickets.OrderID { return s.order.ID }

// decided reports whether the deed's case is closed.
func (s subject) decided(d deed) bool {
	if d == deedUnpaid {
		return !s.unpayable()
	}
	return !d.aboutOrder() && d != deedOpen && !s.Open()
}

func (t *talk) subject(ctx context.Context, m staffMove) (s subject, err error) {
	if !m.deed.aboutOrder() {
		s.caseView, err = t.viewCase(ctx, tickets.CaseID(m.id))
		s.sale = s.tickets
		if err == nil && m.deed == deedGive {
			s.whole, err = t.staffOffer(ctx, s, nil)
		}
		return s, err
	}
	err = t.Store.View(ctx, func(r tickets.Reader) error {
		if s.order, err = r.Order(tickets.OrderID(m.id)); err != nil {
			return err
		}
		s.sale, err = r.Tickets(s.order.ID)
		return err
	})
	if err == nil && m.deed == deedPaid {
		s.due = s.order.Total()
		if rest, notDue := t.Desk.ToPay(ctx, s.order.ID); notDue == nil {
			s.due = rest
		}
	}
	if err == nil && s.order.Paid() {
		s.whole, err = t.staffOffer(ctx, s, nil)
	}
	if set, _ := unpackSet(m.detail); err == nil && m.deed == deedSome {
		codes, ok := chosen(endable(s.sale), set)
		if s.some = (tickets.Money{Currency: s.order.Total().Currency}); ok {
			s.some, err = t.staffOffer(ctx, s, codes)
		}
	}
	return s, err
}

// staffOffer is what goes back of some of the subject's tickets, or of its whole order; zero when nothing can.
func (t *talk) staffOffer(ctx context.Context, s subject, codes []tickets.TicketCode) (tickets.Money, error) {
	back, err := t.Desk.StaffOffer(ctx, s.orderID(), codes)
	if tickets.KindOf(err) == tickets.Conflict || tickets.KindOf(err) == tickets.NotFound {
		return tickets.Money{Currency: s.order.Total().Currency}, nil
	}
	return back, err
}

// already says who decided before.
func (t *talk) already(s subject) string {
	name := s.By.Name
	if name == "" {
		name = t.T("case.by." + t.byKind(s.By.Kind))
	}
	return t.T("case.already", "Outcome", t.outcome(s.Outcome), "Name", clip(name, 60))
}

// left is the applied money of an order that could still go back.
func (s caseView) left() tickets.Money {
	return tickets.Money{Amount: max(s.order.Applied-s.order.Refunded-s.order.Refunding, 0), Currency: s.order.Total().Currency}
}

// amount is the money that the deed moves.
func (t *talk) amount(m staffMove, s subject) tickets.Money {
	switch m.deed {
	case deedWhole, deedGive:
		return s.whole
	case deedSome:
		return s.some
	case deedAmount:
		n, _ := strconv.ParseInt(m.detail, 36, 64)
		return tickets.Money{Amount: n, Currency: s.order.Total().Currency}
	case deedPaid:
		if n := t.typedFor(m).Amount; n > 0 {
			return tickets.Money{Amount: n, Currency: s.order.Total().Currency}
		}
		return s.due
	default:
		return s.Amount
	}
}

// what names the deed with its money: "Approve S$80.00".
func (t *talk) what(m staffMove, s subject) string {
	key := "case.do." + duties[m.deed].name
	if m.deed == deedWhole && s.order.Total().Amount == 0 {
		return t.T("case.do.give_up")
	}
	switch m.deed {
	case deedReject, deedLeave, deedCannot, deedPaidNo:
		return t.T(key)
	case deedEnd:
		set, _ := unpackSet(m.detail)
		return t.T(key, "Count", len(ended(endable(s.tickets), set)))
	default:
		return t.T(key, "Amount", t.Money(t.amount(m, s)))
	}
}

// armedMessage asks for the second press.
func (t *talk) armedMessage(m staffMove, s subject) Message {
	out := t.baseOf(m, s)
	sure := func(why byte) string {
		armed := m.bare()
		armed.who, armed.at, armed.why = t.who.ID, t.now.Unix(), why
		return armed.data()
	}
	what, in := t.what(m, s), t.typedFor(m)
	if m.deed == deedEnd {
		out.HTML += t.endLine(m, s)
	}
	out.HTML += "\n\n" + t.HTML("case.sure.text", "What", what, "Name", clip(t.name(), 60))
	if in.Reference != "" {
		out.HTML += "\n" + t.HTML("case.reference", "Reference", clip(in.Reference, 100))
	}
	out.Keyboard = nil
	switch {
	case duties[m.deed].plain:
		out.Keyboard = append(out.Keyboard, []Button{{Text: clip(t.T("case.sure.button", "What", what), 64), Data: sure(reasonNone), Style: StyleDanger}})
	case in.Reason != "":
		out.HTML += "\n" + t.HTML("case.why", "Words", clip(in.Reason, 300))
		out.Keyboard = append(out.Keyboard, []Button{{Text: clip(t.T("case.sure.button", "What", what), 64), Data: sure(reasonTyped), Style: StyleDanger}})
	default:
		for i, r := range duties[m.deed].reasons {
			label := t.T("case.sure.button_why", "What", what, "Why", t.T("case.reason."+r))
			out.Keyboard = append(out.Keyboard, []Button{{Text: clip(label, 64), Data: sure('0' + byte(i)), Style: StyleDanger}})
		}
		out.Keyboard = append(out.Keyboard, []Button{{Text: t.T("case.sure.own"), Data: sure(reasonAsk)}})
	}
	if m.deed != deedPaid && m.deed != deedCannot {
		out.Keyboard = append(out.Keyboard, []Button{{Text: t.T("bot.button.back"), Data: t.backOf(m)}})
	}
	return out
}

// backOf leads from an armed message to what it was before.
func (t *talk) backOf(m staffMove) string {
	switch {
	case m.deed.aboutOrder():
		return staffMove{deed: deedPick, id: m.id}.data()
	case m.deed == deedEnd:
		return staffMove{deed: deedWhich, id: m.id, detail: m.detail}.data()
	}
	return staffMove{deed: deedOpen, id: m.id}.data()
}

// baseOf is the message that the deed's button is under.
func (t *talk) baseOf(m staffMove, s subject) Message {
	switch {
	case m.deed == deedPaid:
		return t.paidMessage(m, s)
	case m.deed == deedCannot:
		return Message{HTML: t.HTML("notify.merchant.issue") + "\n" + t.staffOrder(s.order)}
	case m.deed.aboutOrder():
		set, _ := unpackSet(m.detail)
		if m.deed != deedPick && m.deed != deedSome {
			set = 0
		}
		return t.refundPanel(s, set)
	default:
		return t.caseMessage(s.caseView)
	}
}

// redrawSubject shows how the deed's case or order stands now, in a message.
func (t *talk) redrawSubject(ctx context.Context, m staffMove, message int) error {
	if message == 0 {
		return nil
	}
	s, err := t.subject(ctx, m)
	if err != nil {
		return err
	}
	show := t.baseOf(m, s)
	if m.deed == deedCannot {
		if show, err = t.issueMessage(ctx, t.voice, s.order); err != nil {
			return err
		}
	}
	_, err = t.Sender.Edit(ctx, t.chat, message, show)
	if errors.Is(err, ErrGone) {
		return t.say(ctx, show)
	}
	return err
}

// outcome is the word for what became of a case.
func (v voice) outcome(word string) string {
	key := "case.outcome." + strings.ToLower(strings.ReplaceAll(word, "-", "_"))
	if !v.Has(key) {
		key = "case.outcome.closed"
	}
	return v.T(key)
}

// staffNo words a refusal of the desk for staff.
func (t *talk) staffNo(err error, s subject) string {
	r := tickets.RefusalOf(err)
	reason, _ := r.Args["reason"].(string)
	left, some := r.Args["left"].(int64)
	switch {
	case reason == "state" && !s.Open() && s.ID != "":
		return t.already(s)
	case reason != "" && t.Has("case.no."+reason):
		return t.T("case.no." + reason)
	case some:
		return t.T("case.no.left", "Amount", t.Money(tickets.Money{Amount: left, Currency: s.left().Currency}))
	default:
		return t.Error(err)
	}
}

// prompt asks for words: a reason, a reference, an amount. They are to be a reply to it.
func (t *talk) prompt(ctx context.Context, m staffMove, what string, origin int) error {
	if err := t.toast(ctx, t.T("case.prompt.toast")); err != nil {
		return err
	}
	r, err := t.Sender.Send(ctx, t.chat, Message{
		HTML: t.HTML("case.prompt."+what, "Name", clip(t.name(), 60)), ReplyTo: origin,
	})
	if err != nil {
		return err
	}
	t.setExtra(extraAsk, fmt.Sprintf("Z %d %d %s %s", r.Message, origin, what, m.bare().pack()))
	return t.save(ctx)
}

func escaped(words string) Message { return Message{HTML: text.Escape(words)} }
