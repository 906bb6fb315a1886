package bot

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"boxoffice/tickets"
)

// casesShown is how many cases a page of /cases has.
const casesShown = 8

// casesMost is how far back pages of /cases reach.
const casesMost = 800

// sendCases is /cases.
func (t *talk) sendCases(ctx context.Context) error {
	if _, ok, err := t.allowed(ctx, tickets.ActOrders); !ok {
		return err
	}
	m, err := t.casesScreen(ctx, 0)
	if err != nil {
		return err
	}
	return t.say(ctx, m)
}

// turnCases shows another page of /cases.
func (t *talk) turnCases(ctx context.Context, arg string) error {
	if _, ok, err := t.allowed(ctx, tickets.ActOrders); !ok {
		return err
	}
	page, err := strconv.ParseInt(arg, 36, 16)
	if err != nil || page < 0 {
		page = 0
	}
	m, err := t.casesScreen(ctx, int(page))
	if err != nil {
		return err
	}
	return t.draw(ctx, m)
}

// casesScreen lists what waits for a person, the oldest first, with its age and its owner.
func (t *talk) casesScreen(ctx context.Context, page int) (Message, error) {
	from := page * casesShown
	list, _, err := t.Desk.Cases(ctx, tickets.Page{Limit: min(from+casesShown+1, casesMost)})
	if err != nil {
		return Message{}, err
	}
	if len(list) == 0 {
		return Message{HTML: t.HTML("case.list.none")}, nil
	}
	lines := []string{t.HTML("case.list.title")}
	var m Message
	for i, c := range list[min(from, len(list)):min(from+casesShown, len(list))] {
		name := t.T("case.short." + string(c.Kind))
		if c.Amount.Currency != "" {
			name += " · " + t.Money(c.Amount)
		}
		owner := c.Name
		if owner == "" {
			owner = t.T("case.list.nobody")
		}
		lines = append(lines, t.HTML("case.list.line", "N", from+i+1, "Case", name, "Age", t.Duration(t.now.Sub(c.At)), "Owner", clip(owner, 60)))
		m.Keyboard = append(m.Keyboard, []Button{{
			Text: clip(strconv.Itoa(from+i+1)+" · "+name, 60), Data: staffMove{deed: deedOpen, id: string(c.ID)}.data(),
		}})
	}
	m.HTML = strings.Join(lines, "\n")
	var nav []Button
	if page > 0 {
		nav = append(nav, Button{Text: t.T("bot.orders.newer"), Data: about(actCases, strconv.FormatInt(int64(page-1), 36))})
	}
	if len(list) > from+casesShown {
		nav = append(nav, Button{Text: t.T("bot.orders.older"), Data: about(actCases, strconv.FormatInt(int64(page+1), 36))})
	}
	m.Keyboard = append(m.Keyboard, nav)
	return m, nil
}

// orderOf finds the order of a command's first word. Who may not is told so, and so is a code that is none.
func (t *talk) orderOf(ctx context.Context, act tickets.Act, command, arg string) (s subject, rest string, by tickets.Member, ok bool, err error) {
	by, ok, err = t.allowed(ctx, act)
	if !ok {
		return s, "", by, false, err
	}
	word, rest, _ := strings.Cut(arg, " ")
	code, isCode := codeTyped(word)
	if !isCode {
		return s, "", by, false, t.say(ctx, Message{HTML: t.HTML("case." + command + ".how")})
	}
	s.order, s.sale, err = t.saleOf(ctx, code)
	if errors.Is(err, tickets.NotFound) {
		return s, "", by, false, t.say(ctx, Message{HTML: t.HTML("bot.sale.unknown")})
	}
	return s, strings.TrimSpace(rest), by, err == nil, err
}

// refund is /refund CODE, /refund CODE AMOUNT and /refund CODE AMOUNT REASON.
func (t *talk) refund(ctx context.Context, arg string) error {
	s, rest, _, ok, err := t.orderOf(ctx, tickets.ActAsk, "refund", arg)
	if !ok {
		return err
	}
	switch {
	case s.order.Contested():
		return t.say(ctx, escaped(t.T("case.no.disputed")))
	case !s.order.Paid():
		return t.say(ctx, escaped(t.T("case.no.unpaid")))
	case s.order.Total().Amount == 0:
		return t.say(ctx, t.refundPanel(s, 0))
	case s.left().Amount == 0:
		return t.say(ctx, escaped(t.T("case.no.asked")))
	}
	if s.whole, err = t.staffOffer(ctx, s, nil); err != nil {
		return err
	}
	word, reason, _ := strings.Cut(rest, " ")
	n, isAmount := minorUnits(word, s.order.Total().Currency)
	if !isAmount || n <= 0 {
		return t.say(ctx, t.refundPanel(s, 0))
	}
	m := staffMove{deed: deedAmount, id: string(s.order.ID), detail: strconv.FormatInt(n, 36)}
	if err := t.setTyped(typed{Move: m.pack(), Reason: clip(strings.TrimSpace(reason), 500)}); err != nil {
		return err
	}
	if err := t.save(ctx); err != nil {
		return err
	}
	return t.say(ctx, t.armedMessage(m, s))
}

// refundPanel is an order with the ways to give its money back: everything, some tickets, an amount.
func (v voice) refundPanel(s subject, set uint64) Message {
	m := Message{HTML: v.saleCard(s.order, s.sale)}
	left := s.left()
	if s.order.Total().Amount == 0 && s.order.Paid() {
		m.Keyboard = Keyboard{{{Text: v.T("case.deed.give_up"), Data: staffMove{deed: deedWhole, id: string(s.order.ID)}.data(), Style: StyleDanger}}}
		return m
	}
	if left.Amount == 0 || !s.order.Paid() || s.order.Contested() {
		return m
	}
	id := string(s.order.ID)
	all := endable(s.sale)
	set &= setOf(all)
	if s.whole.Amount > 0 {
		m.Keyboard = append(m.Keyboard, []Button{{
			Text: v.T("case.deed.whole", "Amount", v.Money(s.whole)), Data: staffMove{deed: deedWhole, id: id}.data(), Style: StyleDanger,
		}})
	}
	if len(all) > 1 && pickable(all) {
		m.Keyboard = append(m.Keyboard, v.picks(all, set, func(to uint64) string {
			return staffMove{deed: deedPick, id: id, detail: packSet(to)}.data()
		})...)
	}
	if set != 0 {
		m.Keyboard = append(m.Keyboard, []Button{{
			Text: v.T("case.deed.some"), Data: staffMove{deed: deedSome, id: id, detail: packSet(set)}.data(), Style: StyleDanger,
		}})
	}
	m.Keyboard = append(m.Keyboard, []Button{{Text: v.T("case.deed.how_much"), Data: staffMove{deed: deedHowMuch, id: id}.data()}})
	return m
}

// paid is /paid CODE REFERENCE REASON, or with an amount after the code. It shows what it would do, and asks once more.
func (t *talk) paid(ctx context.Context, arg string) error {
	s, rest, _, ok, err := t.orderOf(ctx, tickets.ActMoney, "paid", arg)
	if !ok {
		return err
	}
	if s.order.Applied > 0 {
		return t.say(ctx, escaped(t.T("case.no.paid")))
	}
	m := staffMove{deed: deedPaid, id: string(s.order.ID)}
	if s, err = t.subject(ctx, m); err != nil {
		return err
	}
	words := strings.Fields(rest)
	in := typed{}
	if len(words) > 0 {
		if n, isAmount := amountTyped(words[0], s.due); isAmount {
			in.Amount, words = n, words[1:]
		}
	}
	if len(words) < 2 {
		return t.say(ctx, Message{HTML: t.HTML("case.paid.how")})
	}
	in.Move, in.Reference, in.Reason = m.pack(), clip(words[0], 100), clip(strings.Join(words[1:], " "), 500)
	if err := t.setTyped(in); err != nil {
		return err
	}
	if err := t.save(ctx); err != nil {
		return err
	}
	return t.say(ctx, t.armedMessage(m, s))
}

// amountTyped reads the amount before a reference: a number with a decimal point, or what is due; in a currency without
// decimals also less than that. Any other number is what a bank calls the payment.
func amountTyped(word string, due tickets.Money) (minor int64, ok bool) {
	minor, ok = minorUnits(word, due.Currency)
	whole := minor == due.Amount || due.Currency.Exponent() == 0 && minor < due.Amount
	return minor, ok && minor > 0 && (whole || strings.Contains(word, "."))
}

// paidMessage says what marking an order as paid would do.
func (t *talk) paidMessage(m staffMove, s subject) Message {
	key := "case.paid.open"
	if !s.order.Open() {
		key = "case.paid.ended"
	}
	over := t.amount(m, s)
	if over.Amount -= s.due.Amount; over.Amount < 0 {
		key = "case.paid.less"
	}
	out := Message{HTML: t.saleCard(s.order, s.sale) + "\n\n" + t.HTML(key)}
	if over.Amount > 0 {
		out.HTML += "\n" + t.HTML("case.paid.more", "Over", t.Money(over))
	}
	return out
}

// evidence is /evidence CODE.
func (t *talk) evidence(ctx context.Context, arg string) error {
	s, _, by, ok, err := t.orderOf(ctx, tickets.ActAsk, "evidence_command", arg)
	if !ok {
		return err
	}
	return t.sendEvidence(ctx, s.order, by)
}

// waitingLines are what /today says of decisions and of money on its way back.
func (t *talk) waitingLines(ctx context.Context) ([]string, error) {
	var n tickets.Counts
	err := t.Store.View(ctx, func(r tickets.Reader) (err error) { n, err = r.Counts(); return err })
	var lines []string
	if n.CasesOpen > 0 {
		lines = append(lines, t.HTML("case.today.cases", "Count", int(n.CasesOpen)))
	}
	if n.RefundsLive > 0 {
		lines = append(lines, t.HTML("case.today.refunds", "Count", int(n.RefundsLive)))
	}
	return lines, err
}
