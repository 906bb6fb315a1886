package bot

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"boxoffice/tickets"
)

// orderCode is the form of an order's code: see tickets.OrderCode.
var orderCode = regexp.MustCompile(`^[A-Z]{1,8}\d{6}[A-Z]{1,3}\d{5}$`)

// codeTyped reads an order's code out of words that are nothing else.
func codeTyped(words string) (code string, ok bool) {
	code = strings.ToUpper(plainWords(words))
	return code, orderCode.MatchString(code)
}

// orderTyped shows the order of a typed code: to who bought it as theirs, to staff as a sale. It reports whether the
// words were answered.
func (t *talk) orderTyped(ctx context.Context, words string) (bool, error) {
	code, ok := codeTyped(words)
	if !ok {
		return false, nil
	}
	o, _, err := t.saleOf(ctx, code)
	if err == nil && o.Buyer.Customer == t.cust.ID {
		return true, t.sendOrder(ctx, o.ID)
	}
	if err != nil && !errors.Is(err, tickets.NotFound) {
		return false, err
	}
	return t.sale(ctx, code)
}

// sale shows staff the order of a code. To who may not see orders it says nothing, and reports so.
func (t *talk) sale(ctx context.Context, code string) (bool, error) {
	m, err := t.member(ctx)
	if errors.Is(err, tickets.NotFound) || err == nil && !m.Role.May(tickets.ActOrders) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	o, ks, err := t.saleOf(ctx, code)
	if errors.Is(err, tickets.NotFound) {
		return true, t.say(ctx, Message{HTML: t.HTML("bot.sale.unknown")})
	}
	if err != nil {
		return false, err
	}
	return true, t.say(ctx, Message{HTML: t.saleCard(o, ks)})
}

// saleOf finds an order by its code, with its tickets. It fails with NotFound.
func (b *Bot) saleOf(ctx context.Context, code string) (o tickets.Order, ks []tickets.Ticket, err error) {
	err = b.Store.View(ctx, func(r tickets.Reader) (err error) {
		if o, err = r.OrderByCode(code); err != nil {
			return err
		}
		ks, err = r.Tickets(o.ID)
		return err
	})
	return o, ks, err
}

// saleCard is an order for staff: what, when and who, how it stands, its money, and who is inside.
func (v voice) saleCard(o tickets.Order, ks []tickets.Ticket) string {
	money := func(amount int64) string { return v.Money(tickets.Money{Amount: amount, Currency: o.Total().Currency}) }
	lines := []string{v.staffOrder(o), v.HTML("bot.sale.status", "Total", v.Money(o.Total()), "Status", v.statusWord(o))}
	if o.Kept > 0 {
		lines = append(lines, v.HTML("bot.sale.kept", "Kept", money(o.Kept)))
	}
	if o.Owed > 0 {
		lines = append(lines, v.HTML("notify.merchant.owed", "Owed", money(o.Owed)))
	}
	for _, x := range []struct {
		key    string
		amount int64
	}{{"case.sale.refunded", o.Refunded}, {"case.sale.refunding", o.Refunding}, {"case.dispute_news.held", o.Withdrawn}} {
		if x.amount > 0 {
			lines = append(lines, v.HTML(x.key, "Amount", money(x.amount)))
		}
	}
	admitted, places := 0, 0
	for _, k := range ks {
		if k.Gen == o.Gen && k.State != tickets.TicketRevoked {
			admitted, places = admitted+k.Admitted, places+k.Places
		}
	}
	if places > 0 {
		lines = append(lines, v.HTML("bot.sale.admitted", "Admitted", admitted, "Places", places))
	}
	return strings.Join(lines, "\n")
}
