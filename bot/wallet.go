package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-telegram/bot/models"

	"boxoffice/tickets"
	"boxoffice/tickets/qr"
	"boxoffice/tickets/text"
)

const (
	ordersShown = 6
	ordersMost  = 600 // pages of /orders reach so far back
	walletShown = 8   // orders with tickets that /tickets lists
)

// congratulation is Telegram's message effect 🎉.
const congratulation = "5046509860389126442"

// latest is the person's newest order. It fails with NotFound.
func (t *talk) latest(ctx context.Context) (o tickets.Order, err error) {
	list, err := t.orders(ctx, tickets.OrderQuery{Customer: t.cust.ID, Page: tickets.Page{Limit: 1}})
	if err == nil && len(list) == 0 {
		err = tickets.Refuse(tickets.NotFound, "no order")
	}
	if err != nil {
		return o, err
	}
	return list[0], nil
}

func (t *talk) orders(ctx context.Context, q tickets.OrderQuery) (list []tickets.Order, err error) {
	if t.cust.ID == "" {
		return nil, nil
	}
	err = t.Store.View(ctx, func(r tickets.Reader) (err error) { list, _, err = r.Orders(q); return err })
	return list, err
}

// sendOrders is /orders.
func (t *talk) sendOrders(ctx context.Context) error {
	m, err := t.ordersScreen(ctx, 0)
	if err != nil {
		return err
	}
	return t.say(ctx, m)
}

// turnOrders shows another page of the list in the same message.
func (t *talk) turnOrders(ctx context.Context, arg string) error {
	page, err := strconv.ParseInt(arg, 36, 16)
	if err != nil || page < 0 {
		page = 0
	}
	m, err := t.ordersScreen(ctx, int(page))
	if err != nil {
		return err
	}
	if err := t.answer(ctx, "", false); err != nil {
		return err
	}
	_, err = t.Sender.Edit(ctx, t.chat, t.pressed, m)
	return err
}

func (t *talk) ordersScreen(ctx context.Context, page int) (Message, error) {
	from := page * ordersShown
	list, err := t.orders(ctx, tickets.OrderQuery{Customer: t.cust.ID, Page: tickets.Page{Limit: min(from+ordersShown+1, ordersMost)}})
	if err != nil {
		return Message{}, err
	}
	if len(list) == 0 {
		return Message{HTML: t.HTML("bot.orders.none"), Keyboard: t.startAgain()}, nil
	}
	m := Message{HTML: t.HTML("bot.orders.title")}
	for _, o := range list[min(from, len(list)):min(from+ordersShown, len(list))] {
		label := t.T("bot.orders.line", "Day", t.Date(o.Slot().Date), "Product", clip(t.Pick(o.ProductName), 30), "Status", t.statusWord(o))
		m.Keyboard = append(m.Keyboard, []Button{{Text: label, Data: about(actOrder, packOrder(o.ID))}})
	}
	var nav []Button
	if page > 0 {
		nav = append(nav, Button{Text: t.T("bot.orders.newer"), Data: about(actOrders, strconv.FormatInt(int64(page-1), 36))})
	}
	if len(list) > from+ordersShown {
		nav = append(nav, Button{Text: t.T("bot.orders.older"), Data: about(actOrders, strconv.FormatInt(int64(page+1), 36))})
	}
	m.Keyboard = append(m.Keyboard, nav)
	return m, nil
}

// sendWallet is /tickets: the tickets of the only coming visit at once, else a list to choose from.
func (t *talk) sendWallet(ctx context.Context) error {
	list, err := t.orders(ctx, tickets.OrderQuery{Customer: t.cust.ID, Stage: tickets.StageFulfilled, Page: tickets.Page{Limit: 200}})
	if err != nil {
		return err
	}
	over, err := t.orders(ctx, tickets.OrderQuery{Customer: t.cust.ID, Stage: tickets.StageCompleted, Page: tickets.Page{Limit: walletShown}})
	if err != nil {
		return err
	}
	list = append(list, over...)
	coming := slices.DeleteFunc(slices.Clone(list), func(o tickets.Order) bool { return o.Slot().Date < t.thisDay() })
	slices.SortStableFunc(coming, func(a, b tickets.Order) int { return strings.Compare(a.Slot().String(), b.Slot().String()) })
	if len(coming) == 1 {
		return t.resend(ctx, coming[0])
	}
	if len(list) == 0 {
		return t.say(ctx, Message{HTML: t.HTML("bot.tickets.none"), Keyboard: t.startAgain()})
	}
	m := Message{HTML: t.HTML("bot.tickets.title")}
	if len(coming) == 0 {
		coming = list
		m.HTML = t.HTML("bot.tickets.past")
	}
	for _, o := range coming[:min(len(coming), walletShown)] {
		label := t.T("bot.tickets.line", "Day", t.Slot(o.Slot()), "Product", clip(t.Pick(o.ProductName), 30), "People", t.T("common.people", "Count", o.Places()))
		m.Keyboard = append(m.Keyboard, []Button{{Text: label, Data: about(actTickets, packOrder(o.ID))}})
	}
	return t.say(ctx, m)
}

// ticketsOf lists an order's tickets of its present generation.
func (b *Bot) ticketsOf(ctx context.Context, o tickets.Order) (ks []tickets.Ticket, err error) {
	err = b.Store.View(ctx, func(r tickets.Reader) error {
		all, err := r.Tickets(o.ID)
		if err != nil {
			return err
		}
		ks = slices.DeleteFunc(all, func(k tickets.Ticket) bool { return k.Gen != o.Gen || k.State == tickets.TicketRevoked })
		if len(ks) == 0 || b.files.get(ks[0].Code) != "" {
			return nil
		}
		sent, err := r.Deliveries(o.ID)
		for _, d := range sent {
			if d.Kind == tickets.SayTickets && d.File != "" {
				b.files.put(ks[0].Code, d.File)
			}
		}
		return err
	})
	return ks, err
}

// resend sends an order's tickets once more.
func (t *talk) resend(ctx context.Context, o tickets.Order) error {
	ks, err := t.ticketsOf(ctx, o)
	if err != nil {
		return err
	}
	if len(ks) == 0 {
		return t.toastOrSay(ctx, t.T("bot.tickets.not_yet"))
	}
	if err := t.answer(ctx, "", false); err != nil {
		return err
	}
	_, err = t.sendTicket(ctx, t.Sender, t.voice, t.chat, ks, 0, "")
	return err
}

func (t *talk) toastOrSay(ctx context.Context, words string) error {
	if t.query != nil {
		return t.toast(ctx, words)
	}
	return t.say(ctx, Message{HTML: text.Escape(words)})
}

// sendTicket posts the i-th ticket, with buttons to leaf through the others.
func (b *Bot) sendTicket(ctx context.Context, s *Sender, v voice, chat int64, ks []tickets.Ticket, i int, effect string) (tickets.Receipt, error) {
	return b.withPicture(v, ks, i, func(m Message) (tickets.Receipt, error) {
		m.Effect = effect
		return s.Send(ctx, chat, m)
	})
}

// withPicture gives send a ticket's message, with the picture that Telegram has or, where it does not know it any more,
// with a new one.
func (b *Bot) withPicture(v voice, ks []tickets.Ticket, i int, send func(Message) (tickets.Receipt, error)) (tickets.Receipt, error) {
	code := ks[i].Code
	for _, file := range []string{b.files.get(code), ""} {
		m := v.ticketMessage(ks, i, b.PublicURL)
		m.Photo = &Photo{File: file}
		if file == "" {
			png, err := v.ticketPicture(ks[i], b.PublicURL)
			if err != nil {
				return tickets.Receipt{}, fmt.Errorf("draw ticket %s: %w", code, err)
			}
			m.Photo = &Photo{Name: string(code) + ".png", Data: png}
		}
		r, err := send(m)
		if err == nil && r.File != "" {
			b.files.put(code, r.File)
		}
		if err == nil || file == "" || !errors.Is(err, tickets.Invalid) {
			return r, err
		}
		b.files.put(code, "")
	}
	return tickets.Receipt{}, nil // not reached: the last round returns
}

// turnTicket shows another of an order's tickets in the same message.
func (t *talk) turnTicket(ctx context.Context, arg string) error {
	code, _, ok := unpackID(tickets.PrefixTicket, arg)
	if !ok {
		return t.toast(ctx, t.T("bot.button.old"))
	}
	var k tickets.Ticket
	err := t.Store.View(ctx, func(r tickets.Reader) (err error) { k, err = r.Ticket(tickets.TicketCode(code)); return err })
	if err != nil && !errors.Is(err, tickets.NotFound) {
		return err
	}
	v, ok, err := t.own(ctx, k.Order)
	if !ok {
		return err
	}
	ks, err := t.ticketsOf(ctx, v.order)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(ks, func(x tickets.Ticket) bool { return x.Code == k.Code })
	if i < 0 {
		return t.toast(ctx, t.T("bot.button.old"))
	}
	if err := t.answer(ctx, "", false); err != nil {
		return err
	}
	_, err = t.withPicture(t.voice, ks, i, func(m Message) (tickets.Receipt, error) {
		return t.Sender.Edit(ctx, t.chat, t.pressed, m)
	})
	return err
}

// ticketMessage is a ticket's caption and buttons; the picture is added.
func (v voice) ticketMessage(ks []tickets.Ticket, i int, publicURL string) Message {
	k := ks[i]
	parts := []string{
		v.HTML("bot.ticket.title", "Product", clip(v.Pick(k.ProductName), 150)),
		v.HTML("bot.when", "When", v.SlotLong(k.Slot)),
	}
	if p, err := v.cat.Product(k.Product); err == nil {
		if place := v.placeLine(p); place != "" {
			parts = append(parts, place)
		}
	}
	parts = append(parts, v.HTML("bot.ticket.admits", "Type", v.ticketType(k, 200), "People", v.T("common.people", "Count", k.Places)))
	if why := k.Withheld(); why != "" {
		parts = append(parts, v.HTML("refund.ticket.now_"+why))
	}
	if k.Admitted > 0 {
		parts = append(parts, v.HTML("bot.ticket.used", "Used", k.Admitted, "Places", k.Places))
	}
	order := v.HTML("bot.ticket.order", "Code", k.OrderCode)
	if len(ks) > 1 {
		order = v.HTML("bot.ticket.order_part", "Code", k.OrderCode, "N", i+1, "Of", len(ks))
	}
	parts = append(parts, order, v.HTML("bot.ticket.code", "Code", string(k.Code)))
	caption := strings.Join(parts, "\n")
	if p, err := v.cat.Product(k.Product); err == nil {
		room := maxCaption - length(caption) - len("\n\n")
		if rules := v.Pick(p.Rules); rules != "" && room > 40 {
			caption += "\n\n" + text.Escape(clip(rules, min(room, 260)))
		}
	}
	return Message{HTML: caption, Keyboard: v.ticketButtons(ks, i, publicURL)}
}

// leafLabel is the data of the "2/3" between the arrows: a press of it means nothing.
const leafLabel = "="

// idle reports whether a button does nothing, and what its press is answered with.
func (b *Bot) idle(q *models.CallbackQuery) (words string, idle bool) {
	switch q.Data {
	case NoOp: // one that would be disabled, had the Bot API such
		return text.For(text.Match(q.From.LanguageCode)).WithLog(b.Log).T("bot.button.not_now"), true
	case leafLabel:
		return "", true
	default:
		return "", false
	}
}

func (v voice) ticketButtons(ks []tickets.Ticket, i int, publicURL string) Keyboard {
	var keyboard Keyboard
	if n := len(ks); n > 1 {
		keyboard = append(keyboard, []Button{
			{Text: "◀", Data: about(actTurn, packTicket(ks[(i+n-1)%n].Code))},
			{Text: fmt.Sprintf("%d/%d", i+1, n), Data: leafLabel},
			{Text: "▶", Data: about(actTurn, packTicket(ks[(i+1)%n].Code))},
		})
	}
	order := packOrder(ks[i].Order)
	row := []Button{{Text: v.T("bot.button.calendar"), Data: about(actCalendar, order)}}
	if p, err := v.cat.Product(ks[i].Product); err == nil && (p.Place.Lat != 0 || p.Place.Lon != 0) {
		row = append([]Button{{Text: v.T("bot.button.map"), Data: about(actWhere, order)}}, row...)
	}
	keyboard = append(keyboard, row)
	if strings.HasPrefix(publicURL, "https://") { // Telegram takes no other address
		keyboard = append(keyboard, []Button{{Text: v.T("bot.button.page"), URL: strings.TrimRight(publicURL, "/") + "/T/" + ks[i].Text}})
	}
	return keyboard
}

// ticketType is what a ticket is good for: "2 × Adult, 1 × Child".
func (v voice) ticketType(k tickets.Ticket, limit int) string {
	var parts []string
	for _, l := range k.Lines {
		parts = append(parts, counted(l.Units, v.Pick(l.Names)))
	}
	return clip(strings.Join(parts, v.T("common.list.comma")), limit)
}

// ticketPicture draws a ticket in the language it was bought in, so that the same picture serves everybody.
func (v voice) ticketPicture(k tickets.Ticket, publicURL string) ([]byte, error) {
	if k.Lang != "" {
		v.Printer = text.For(text.Lang(k.Lang))
	}
	card := qr.Card{
		Content: tickets.QRContent(publicURL, k.Text), Title: v.Pick(k.ProductName), Date: v.SlotLong(k.Slot), Type: v.ticketType(k, 200),
		OrderCode: k.OrderCode, Lang: string(v.Lang()),
	}
	if p, err := v.cat.Product(k.Product); err == nil {
		if place := v.Pick(p.Place.Names); place != "" {
			card.Lines = []string{place}
		}
	}
	if k.Of > 1 {
		card.Part = v.T("bot.ticket.part", "N", k.N(), "Of", k.Of)
	}
	return qr.Ticket(card)
}

// sendCalendar sends an order's visit as a file that every calendar opens.
func (t *talk) sendCalendar(ctx context.Context, o tickets.Order) error {
	if err := t.answer(ctx, "", false); err != nil {
		return err
	}
	entry := t.calendarEntry(o, t.PublicURL)
	_, err := t.Sender.SendDocument(ctx, t.chat, o.Code+".ics", entry, Message{HTML: t.HTML("bot.calendar.caption")})
	return err
}
