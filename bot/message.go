package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// Send renders a delivery and sends it; a Bot is notify's Sender. Its errors beside those of [Sender]: Pointless (what it
// was to say holds no more), Blocked (also: no merchant's group is linked yet), NotFound.
func (b *Bot) Send(ctx context.Context, d tickets.Delivery) (tickets.Receipt, error) {
	if d.To.Kind == tickets.ToMerchant {
		return b.tellMerchant(ctx, d)
	}
	v, err := b.viewOrder(ctx, d.Order)
	if err != nil {
		return tickets.Receipt{}, fmt.Errorf("delivery %s: %w", d.ID, err)
	}
	t, err := b.recall(ctx, d, v.order.Buyer)
	if err != nil {
		return tickets.Receipt{}, fmt.Errorf("delivery %s: %w", d.ID, err)
	}
	switch d.Kind {
	case tickets.SayLive:
		if err := t.closeAsked(ctx, v.order.ID); err != nil {
			return tickets.Receipt{}, err
		}
		return t.redrawLive(ctx, v.order)
	case tickets.SayTickets:
		return t.deliverTickets(ctx, v.order)
	case tickets.SayHoldReminder:
		return t.remind(ctx, v)
	default:
		m, err := t.tellCustomer(ctx, d, v)
		if err != nil {
			return tickets.Receipt{}, err
		}
		r, err := t.Sender.Send(ctx, t.chat, m)
		if err == nil && (d.Kind == tickets.SayUnderpaid || d.Kind == tickets.SayLateReview) && len(m.Keyboard) > 0 {
			if err := t.noteAsked(ctx, v.order.ID, r.Message); err != nil {
				t.Log.WarnContext(ctx, "question not noted, so its buttons stay", "order_id", v.order.ID, "error", err)
			}
		}
		return r, err
	}
}

// noteAsked remembers the message that asked what is to become of an order's money; 0 forgets it.
func (t *talk) noteAsked(ctx context.Context, id tickets.OrderID, message int) error {
	return t.Store.Update(ctx, func(tx tickets.Tx) error {
		conv, err := tx.Conversation(t.conv.Chat, t.conv.User)
		if err != nil {
			return err
		}
		was, _ := conv.Extra[extraAsked].(string)
		extra := maps.Clone(conv.Extra)
		if extra == nil {
			extra = map[string]any{}
		}
		extra[extraAsked] = setLive(was, id, message)
		conv.Extra = extra
		return tx.PutConversation(conv)
	})
}

// closeAsked takes the buttons off the message that asked about an order's money, once there is nothing to choose.
func (t *talk) closeAsked(ctx context.Context, id tickets.OrderID) error {
	message := liveOf(t.extra(extraAsked), id)
	if message == 0 {
		return nil
	}
	v, err := t.viewOrder(ctx, id)
	if err != nil {
		return err
	}
	if _, choice := t.reviewState(v); v.order.Stage == tickets.StagePaymentReview && len(choice) > 0 {
		return nil
	}
	if err := t.Sender.EditKeyboard(ctx, t.chat, message, nil); err != nil && !errors.Is(err, ErrGone) {
		return err
	}
	return t.noteAsked(ctx, id, 0)
}

// recall is a talk with a customer who did not say anything: its Sender keeps the pace of notices.
func (b *Bot) recall(ctx context.Context, d tickets.Delivery, buyer tickets.Buyer) (*talk, error) {
	quiet := *b
	quiet.Sender = b.Sender.Notices()
	t := &talk{Bot: &quiet, chat: d.To.Chat}
	err := b.Store.View(ctx, func(r tickets.Reader) (err error) {
		lang := buyer.Lang
		t.cust, err = r.CustomerByTelegram(buyer.TelegramID)
		switch {
		case err == nil && t.cust.Lang != "":
			lang = t.cust.Lang
		case err != nil && !errors.Is(err, tickets.NotFound):
			return err
		}
		if t.voice, err = b.voiceIn(r, lang); err != nil {
			return err
		}
		t.conv, err = r.Conversation(d.To.Chat, buyer.TelegramID)
		if errors.Is(err, tickets.NotFound) {
			return nil
		}
		return err
	})
	return t, err
}

// redrawLive draws the order's live message anew. Where it was deleted, a new one comes while it still matters.
func (t *talk) redrawLive(ctx context.Context, o tickets.Order) (tickets.Receipt, error) {
	message := liveOf(t.extra(extraLive), o.ID)
	if message == 0 {
		return tickets.Receipt{}, tickets.Refuse(tickets.Pointless, "no message shows order %s", o.ID)
	}
	gone, err := t.drawOrder(ctx, message, message == t.conv.Message && t.conv.Photo, o.ID, drawing{})
	if err != nil || !gone {
		return tickets.Receipt{Message: message}, err
	}
	v, err := t.viewOrder(ctx, o.ID)
	if err != nil {
		return tickets.Receipt{}, err
	}
	if v.order.Paid() || v.order.Stage == tickets.StageCancelled {
		return tickets.Receipt{}, tickets.Refuse(tickets.Pointless, "the message of order %s was deleted", o.ID)
	}
	r, err := t.Sender.Send(ctx, t.chat, t.orderMessage(v, drawing{}))
	if err != nil {
		return r, err
	}
	return r, t.relive(ctx, o.ID, message, r.Message)
}

// relive notes a new live message of an order.
func (t *talk) relive(ctx context.Context, id tickets.OrderID, old, message int) error {
	return t.Store.Update(ctx, func(tx tickets.Tx) error {
		conv, err := tx.Conversation(t.conv.Chat, t.conv.User)
		if err != nil {
			return err
		}
		was, _ := conv.Extra[extraLive].(string)
		extra := map[string]any{}
		for k, x := range conv.Extra {
			extra[k] = x
		}
		extra[extraLive] = setLive(was, id, message)
		conv.Extra = extra
		if conv.Message == old {
			conv.Message, conv.Photo = message, false
		}
		return tx.PutConversation(conv)
	})
}

func (t *talk) deliverTickets(ctx context.Context, o tickets.Order) (tickets.Receipt, error) {
	ks, err := t.ticketsOf(ctx, o)
	if err != nil {
		return tickets.Receipt{}, err
	}
	if len(ks) == 0 {
		return tickets.Receipt{}, tickets.Refuse(tickets.Pointless, "order %s has no valid tickets", o.ID)
	}
	r, err := t.sendTicket(ctx, t.Sender, t.voice, t.chat, ks, 0, congratulation)
	if !errors.Is(err, tickets.Invalid) {
		return r, err
	}
	// The platform does not take the picture. Whoever paid gets the tickets all the same: as words and addresses.
	t.Log.ErrorContext(ctx, "ticket picture refused, sent as text", "order_id", o.ID, "error", err)
	return t.Sender.Send(ctx, t.chat, t.ticketsAsText(ks))
}

// maxAddresses bounds the addresses in one message, which has room for no more.
const maxAddresses = 15

// ticketsAsText is the tickets without pictures: the first one's words, and each one's page.
func (t *talk) ticketsAsText(ks []tickets.Ticket) Message {
	m := t.ticketMessage(ks, 0, t.PublicURL)
	for i, k := range ks[:min(len(ks), maxAddresses)] {
		page := text.Escape(tickets.QRContent(t.PublicURL, k.Text))
		m.HTML += "\n<a href=\"" + page + "\">" + t.HTML("bot.button.page") + fmt.Sprintf(" %d/%d</a>", i+1, len(ks))
	}
	m.Keyboard = nil
	return m
}

// reminderBefore is how long before the end of a hold its customer is reminded.
const reminderBefore = 2 * time.Minute

// remind says once that little time is left. A hold that was extended meanwhile is reminded of later.
func (t *talk) remind(ctx context.Context, v orderView) (tickets.Receipt, error) {
	left := v.hold.Expiry.Sub(t.now)
	switch {
	case !v.order.Open() || left <= 0 || v.newest.State == tickets.PaymentAsync:
		return tickets.Receipt{}, tickets.Refuse(tickets.Pointless, "order %s needs no reminder", v.order.ID)
	case left > reminderBefore+15*time.Second:
		return tickets.Receipt{}, &tickets.Wait{After: left - reminderBefore}
	}
	m := Message{
		HTML:    t.HTML("notify.customer.reminder", "Product", clip(t.Pick(v.order.ProductName), 200), "Until", t.clock(v.hold.Expiry)),
		ReplyTo: liveOf(t.extra(extraLive), v.order.ID),
	}
	if v.newest.State == tickets.PaymentOpen && v.newest.URL != "" {
		m.Keyboard = t.pageRows(orderView{order: v.order, newest: v.newest}, Button{Text: t.T("bot.button.check"), Data: about(actCheck, packOrder(v.order.ID))})[:1]
	} else {
		m.Keyboard = Keyboard{{{Text: t.T("bot.button.order"), Data: about(actOrder, packOrder(v.order.ID)), Style: StylePrimary}}}
	}
	return t.Sender.Send(ctx, t.chat, m)
}

// given writes an amount out of a delivery's arguments, in the currency they name.
func (v voice) given(d tickets.Delivery, name string) string {
	cur := tickets.Currency(d.Args["currency"])
	if !cur.Valid() {
		cur = v.cat.Merchant.Currency
	}
	minor, ok := minorUnits(d.Args[name], cur)
	if !ok {
		return strings.TrimSpace(d.Args[name] + " " + d.Args["currency"])
	}
	return v.Money(tickets.Money{Amount: minor, Currency: cur})
}

// minorUnits reads a decimal in major units, as facts carry it: "119", "0.5".
func minorUnits(s string, cur tickets.Currency) (int64, bool) {
	whole, part, _ := strings.Cut(s, ".")
	e := cur.Exponent()
	if whole == "" || len(part) > e {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", e-len(part)), 10, 64)
	return n, err == nil
}

// tellMerchant sends what the merchant's group is to know.
func (b *Bot) tellMerchant(ctx context.Context, d tickets.Delivery) (tickets.Receipt, error) {
	chat, err := b.Desk.MerchantChat(ctx)
	if errors.Is(err, tickets.NotFound) {
		return tickets.Receipt{}, tickets.Refuse(tickets.Blocked, "no group is linked: boxoffice link")
	}
	if err != nil {
		return tickets.Receipt{}, err
	}
	if d.Kind == tickets.SayCaseLive {
		return b.redrawCase(ctx, d)
	}
	m, err := b.merchantMessage(ctx, d)
	if err != nil {
		return tickets.Receipt{}, err
	}
	r, err := b.Sender.Notices().Send(ctx, chat, m)
	if err == nil && (d.Kind == tickets.SayCase || d.Kind == tickets.SayRefundAsked) {
		if err := b.noteCase(ctx, d, chat, r.Message); err != nil {
			b.Log.WarnContext(ctx, "message of a case not noted, so it stays as it is", "delivery_id", d.ID, "error", err)
		}
	}
	return r, err
}

func (b *Bot) merchantMessage(ctx context.Context, d tickets.Delivery) (Message, error) {
	var v voice
	var o tickets.Order
	var refunds []tickets.Refund
	var issued []tickets.Ticket
	err := b.Store.View(ctx, func(r tickets.Reader) (err error) {
		if v, err = b.voiceIn(r, ""); err != nil || d.Order == "" {
			return err
		}
		if o, err = r.Order(d.Order); err != nil {
			return err
		}
		if refunds, err = r.Refunds(d.Order); err != nil {
			return err
		}
		issued, err = r.Tickets(d.Order)
		return err
	})
	if err != nil {
		return Message{}, fmt.Errorf("delivery %s: %w", d.ID, err)
	}
	switch d.Kind {
	case tickets.SayPaid:
		key := "notify.merchant.paid"
		if o.Gen > 1 { // its places were given back, and taken again for late money
			key = "notify.merchant.paid_late"
		}
		return Message{HTML: v.HTML(key, "Total", v.Money(o.Total())) + "\n" + v.staffOrder(o)}, nil
	case tickets.SayIssue:
		return b.issueMessage(ctx, v, o)
	case tickets.SayMoney:
		return Message{HTML: v.moneyNotice(d, o, refunds)}, nil
	case tickets.SayRefundAsked, tickets.SayCase:
		return b.caseNotice(ctx, v, d)
	case tickets.SayRefundNews:
		return b.refundNews(ctx, v, d, o)
	case tickets.SayDispute:
		paid, err := b.paidFor(ctx, d)
		return v.disputeNews(d, o, issued, paid), err
	case tickets.SayDeliveryFailing:
		s := v.HTML("notify.merchant.failing", "Kind", v.saidKind(d.Args["kind"]), "Error", clip(d.Args["error"], 300))
		if o.ID != "" {
			s += "\n" + v.staffOrder(o)
		}
		return Message{HTML: s}, nil
	default:
		return Message{}, tickets.Refuse(tickets.Invalid, "no words for a delivery of kind %q", d.Kind)
	}
}

// saidKind names a delivery for staff.
func (v voice) saidKind(kind string) string {
	if key := "notify.kind." + kind; v.Has(key) {
		return v.T(key)
	}
	return v.T("notify.kind.message")
}

// staffOrder is an order in a few lines, for staff.
func (v voice) staffOrder(o tickets.Order) string {
	return strings.Join([]string{
		v.HTML("notify.merchant.product", "Product", clip(v.Pick(o.ProductName), 150), "When", v.Slot(o.Slot())),
		v.linesOf(o.Quote.Lines, o.Total().Currency),
		v.HTML("notify.merchant.buyer", "Buyer", v.buyerName(o.Buyer), "Code", o.Code),
	}, "\n")
}

// moneyKey names the words of what money came: they differ for money that goes back at once, without its customer's
// choice, and for money that no gateway can give back.
func (v voice) moneyKey(d tickets.Delivery, refunds []tickets.Refund) string {
	key := "notify.money." + strings.ToLower(d.Args["fact"])
	if !v.Has(key) {
		return "notify.money.unknown"
	}
	gateway, cur := d.Args["gateway"], tickets.Currency(d.Args["currency"])
	for _, r := range refunds {
		if !r.Owed || !r.Counts() || d.Args["chargeId"] != "" && (r.Gateway != gateway || r.Charge != d.Args["chargeId"]) {
			continue
		}
		gateway, cur = r.Gateway, r.Amount.Currency
		if now := key + "_now"; (r.State != tickets.RefundRequested || !r.Due.After(v.now)) && v.Has(now) {
			key = now
		}
		break
	}
	if hand := key + v.hand(gateway, cur); gateway != "" && v.Has(hand) {
		return hand
	}
	return key
}

// moneyNotice says what money came that does not simply pay an order, and what to do about it.
func (v voice) moneyNotice(d tickets.Delivery, o tickets.Order, refunds []tickets.Refund) string {
	key := v.moneyKey(d, refunds)
	s := v.HTML(key)
	if amount := d.Args["amount"]; amount != "" {
		s += "\n" + v.HTML("notify.merchant.amount", "Amount", v.given(d, "amount"), "Gateway", d.Args["gateway"], "Charge", clip(d.Args["chargeId"], 120))
	}
	if d.Args["owed"] != "" {
		s += "\n" + v.HTML("notify.merchant.owed", "Owed", v.given(d, "owed"))
	}
	if r := d.Args["reason"]; r != "" && v.Has("notify.reason."+r) {
		s += "\n" + v.HTML("notify.reason."+r)
	}
	if o.ID != "" {
		s += "\n" + v.staffOrder(o)
	}
	return s
}
