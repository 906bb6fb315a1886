package bot

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// own loads an order of the person's. Another's is answered with a toast, and ok is false.
func (t *talk) own(ctx context.Context, id tickets.OrderID) (v orderView, ok bool, err error) {
	v, err = t.viewOrder(ctx, id)
	if errors.Is(err, tickets.NotFound) || err == nil && (t.cust.ID == "" || v.order.Buyer.Customer != t.cust.ID) {
		return v, false, t.toast(ctx, t.T("bot.button.foreign"))
	}
	return v, err == nil, err
}

// direct handles a button that belongs to no flow.
func (t *talk) direct(ctx context.Context, m move) error {
	if m.act == actAsk { // with the reason that was typed
		return t.directAbout(ctx, m)
	}
	if err := t.unaskWhy(ctx); err != nil {
		return err
	}
	switch m.act {
	case actStart:
		return t.restartHere(ctx)
	case actLanguage:
		return t.speak(ctx, m.arg)
	case actOrders:
		return t.turnOrders(ctx, m.arg)
	case actTurn:
		return t.turnTicket(ctx, m.arg)
	case actAdmit:
		return t.admit(ctx, m.arg)
	case actIssue:
		return t.issue(ctx, m.arg)
	case actStaff:
		return t.staff(ctx, m.arg)
	case actCases:
		return t.turnCases(ctx, m.arg)
	case actErase:
		return t.pressErase(ctx, m.arg)
	}
	if err := t.unask(ctx); err != nil {
		return err
	}
	if m.act == actTakeBack {
		return t.takeBack(ctx, m.arg)
	}
	return t.directAbout(ctx, m)
}

// directAbout handles a button that names the order that it is about.
func (t *talk) directAbout(ctx context.Context, m move) error {
	id, rest, ok := unpackID(tickets.PrefixOrder, m.arg)
	if !ok {
		return t.toast(ctx, t.T("bot.button.old"))
	}
	v, ok, err := t.own(ctx, tickets.OrderID(id))
	if !ok {
		return err
	}
	if liveAt(t.extra(extraAsked), t.pressed) { // from now on it shows what was pressed
		t.setExtra(extraAsked, setLive(t.extra(extraAsked), v.order.ID, 0))
		if err := t.save(ctx); err != nil {
			return err
		}
	}
	switch m.act {
	case actTickets:
		return t.resend(ctx, v.order)
	case actWhere:
		p, err := t.cat.Product(v.order.Quote.Product)
		if err != nil {
			return t.toast(ctx, t.T("bot.product.gone"))
		}
		return t.sendPlace(ctx, p)
	case actCalendar:
		return t.sendCalendar(ctx, v.order)
	case actPay, actMethods, actCheck, actGiveUp, actAgain, actOrder:
		return t.actOnOrder(ctx, m.act, rest, v)
	case actRefund, actGive, actAsk, actLateDates, actMoveTo, actMove, actHurry, actHurryNow:
		return t.actOnMoney(ctx, m, rest, v)
	default:
		return t.toast(ctx, t.T("bot.button.old"))
	}
}

// actOnOrder does what a button of an order's message says, and makes that message the order's live one.
func (t *talk) actOnOrder(ctx context.Context, a act, rest string, v orderView) error {
	if o := v.order; !o.Paid() && (!o.Ended() || o.Stage == tickets.StagePaymentReview) {
		if err := t.adopt(ctx, o.ID); err != nil {
			return err
		}
	}
	how := drawing{listed: a == actOrder}
	switch a {
	case actPay:
		if err := t.pay(ctx, v, rest); err != nil {
			return err
		}
	case actMethods:
		how.choose = true
	case actCheck:
		if err := t.checkPayment(ctx, v); err != nil {
			return err
		}
	case actGiveUp:
		if v.free() && rest == "" { // its tickets are out: asked once more
			return t.askGiveUp(ctx, v)
		}
		if err := t.toast(ctx, t.T("bot.order.cancelling")); err != nil {
			return err
		}
		if _, err := t.Desk.Cancel(ctx, checkout.Cancelling{Order: v.order.ID, Customer: t.cust.ID}); err != nil {
			if tickets.RefusalOf(err) == nil {
				return err
			}
			t.setExtra(extraNote, t.Error(err))
		}
	case actAgain:
		return t.again(ctx, v)
	}
	if err := t.answer(ctx, "", false); err != nil {
		return err
	}
	return t.showOrder(ctx, v.order.ID, how)
}

// free reports whether the order cost nothing and its customer may still give it up: nobody went in, and its day is not over.
func (v orderView) free() bool {
	used := slices.ContainsFunc(v.tickets, func(k tickets.Ticket) bool { return k.Admitted > 0 })
	return v.order.Paid() && v.order.Total().Amount == 0 && v.order.Stage != tickets.StageCompleted && !used
}

// askGiveUp asks once more before a free order's tickets end.
func (t *talk) askGiveUp(ctx context.Context, v orderView) error {
	id := packOrder(v.order.ID)
	return t.draw(ctx, Message{
		HTML: t.HTML("bot.order.sure_give_up") + "\n" + t.orderHead(v.order),
		Keyboard: Keyboard{
			{{Text: t.T("bot.button.yes_give_up"), Data: about(actGiveUp, id+"1"), Style: StyleDanger}},
			{{Text: t.T("bot.button.back"), Data: about(actOrder, id)}},
		},
	})
}

// adopt makes the pressed message the one that shows the order from now on, here and in the conversation.
func (t *talk) adopt(ctx context.Context, id tickets.OrderID) error {
	before := liveOf(t.extra(extraLive), id)
	t.setExtra(extraLive, setLive(t.extra(extraLive), id, t.pressed))
	if t.conv.Order == id && t.conv.Step == stepOrder {
		t.conv.Message = t.pressed
		t.conv.Photo = t.query.Message.Message != nil && len(t.query.Message.Message.Photo) > 0
	}
	if err := t.save(ctx); err != nil {
		return err
	}
	if before == 0 || before == t.pressed {
		return nil
	}
	if err := t.Sender.EditKeyboard(ctx, t.chat, before, nil); err != nil && !errors.Is(err, ErrGone) {
		return err
	}
	return nil
}

// offerPayment opens the payment page at once where there is one way to pay, so that the customer's next press pays.
func (t *talk) offerPayment(ctx context.Context, o tickets.Order) error {
	offers := t.Desk.Offers(o.Total())
	if len(offers) != 1 || offers[0].Gateway == checkout.GatewayFree {
		return nil
	}
	return t.openPage(ctx, o, offers[0], 0)
}

// pay begins a payment by the method whose hash the button holds, in place of the attempt whose number may follow.
func (t *talk) pay(ctx context.Context, v orderView, arg string) error {
	for _, f := range v.offers {
		rest, ok := strings.CutPrefix(arg, methodHash(f))
		if !ok {
			continue
		}
		instead, err := strconv.ParseInt(rest, 36, 32)
		if err != nil {
			instead = 0
		}
		return t.openPage(ctx, v.order, f, int(instead))
	}
	return t.toast(ctx, t.T("bot.pay.method_gone"))
}

func methodHash(f checkout.Offer) string { return short(f.Gateway + "/" + f.Method.ID) }

// openPage answers the press and then opens the page, which may take a while; what came of it is seen in the order. instead
// is as in checkout.Paying.
func (t *talk) openPage(ctx context.Context, o tickets.Order, f checkout.Offer, instead int) error {
	if err := t.toast(ctx, ""); err != nil {
		return err
	}
	_, p, err := t.Desk.Pay(ctx, checkout.Paying{
		Order: o.ID, Gateway: f.Gateway, Method: f.Method.ID, Customer: t.cust.ID, Title: t.payTitle(o), Lang: string(t.Lang()), Instead: instead,
	})
	switch kind := tickets.KindOf(err); {
	case err == nil && instead != 0 && p.N == instead:
		t.setExtra(extraNote, t.T("bot.invoice.under_way"))
		return nil
	case err == nil:
		return nil
	case kind == tickets.Unavailable && tickets.RefusalOf(err) != nil:
		return nil // the order's message says that the page is coming, or cannot come
	case kind == tickets.Declined:
		t.setExtra(extraNote, t.T("bot.pay.refused"))
		return nil
	case kind == tickets.Expired, kind == tickets.Conflict, kind == tickets.NotFound, kind == tickets.Invalid:
		if r := tickets.RefusalOf(err); r != nil && r.Args["reason"] == "cap" {
			t.setExtra(extraNote, t.T("bot.pay.cap"))
		}
		return nil // the order's message shows how it stands
	default:
		return err
	}
}

// payTitle is what the payment page says is bought.
func (v voice) payTitle(o tickets.Order) string {
	return clip(v.Pick(o.ProductName)+" · "+v.Slot(o.Slot()), 120)
}

// checkPayment asks the provider now.
func (t *talk) checkPayment(ctx context.Context, v orderView) error {
	asking, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := t.Desk.Check(asking, v.order.ID); err != nil && ctx.Err() == nil {
		t.Log.WarnContext(ctx, "payment not checked", "order_id", v.order.ID, "error", err)
	}
	w, err := t.viewOrder(ctx, v.order.ID)
	if err != nil {
		return err
	}
	switch {
	case w.order.Paid():
		return t.toast(ctx, t.T("bot.pay.arrived"))
	case w.newest.State == tickets.PaymentCreated || w.newest.State == tickets.PaymentUnknown:
		return t.toast(ctx, t.T("bot.pay.still_opening"))
	}
	return t.toast(ctx, t.T("bot.pay.not_yet"))
}

// cancelOrder is /cancel while the live message shows an order.
func (t *talk) cancelOrder(ctx context.Context) error {
	v, err := t.viewOrder(ctx, t.conv.Order)
	if err != nil {
		return err
	}
	if !v.order.Open() {
		return t.say(ctx, Message{HTML: t.HTML("bot.cancel.order", "Code", v.order.Code), Keyboard: t.startAgain()})
	}
	if _, err := t.Desk.Cancel(ctx, checkout.Cancelling{Order: v.order.ID, Customer: t.cust.ID}); err != nil && tickets.RefusalOf(err) == nil {
		return err
	}
	return t.repost(ctx)
}

// showOrder draws an order in the pressed message, which may be the live one or one of /orders.
func (t *talk) showOrder(ctx context.Context, id tickets.OrderID, how drawing) error {
	if how.note = t.extra(extraNote); how.note != "" {
		t.setExtra(extraNote, "")
		if err := t.save(ctx); err != nil {
			return err
		}
	}
	photo := t.query != nil && t.query.Message.Message != nil && len(t.query.Message.Message.Photo) > 0
	_, err := t.drawOrder(ctx, t.pressed, photo, id, how)
	return err
}

// drawing is how an order is drawn.
type drawing struct {
	choose bool   // the ways to pay, even while a page is open
	note   string // one sentence above
	listed bool   // one of /orders: with the way to its tickets and back
}

// drawOrder edits a message to show an order as it is, and once more while it changes meanwhile: the last to write has
// then seen the last change.
func (t *talk) drawOrder(ctx context.Context, message int, photo bool, id tickets.OrderID, how drawing) (gone bool, err error) {
	v, err := t.viewOrder(ctx, id)
	if err != nil {
		return false, err
	}
	for range 4 {
		if gone, err = t.redraw(ctx, message, photo, t.orderMessage(v, how)); gone || err != nil {
			return gone, err
		}
		w, err := t.viewOrder(ctx, id)
		if err != nil || !v.changed(w) {
			return false, err
		}
		v = w
	}
	return false, nil
}

// orderScreen renders the conversation's order.
func (t *talk) orderScreen(ctx context.Context, id tickets.OrderID) (Message, error) {
	v, err := t.viewOrder(ctx, id)
	if err != nil {
		return Message{}, err
	}
	return t.orderMessage(v, drawing{}), nil
}

// sendOrder posts an order of the person's, as a link from its status page does.
func (t *talk) sendOrder(ctx context.Context, id tickets.OrderID) error {
	v, err := t.viewOrder(ctx, id)
	if errors.Is(err, tickets.NotFound) || err == nil && v.order.Buyer.Customer != t.cust.ID {
		return t.puzzled(ctx, t.T("bot.orders.not_yours"))
	}
	if err != nil {
		return err
	}
	old := liveOf(t.extra(extraLive), id)
	r, err := t.Sender.Send(ctx, t.chat, t.orderMessage(v, drawing{}))
	if err != nil {
		return err
	}
	t.setExtra(extraLive, setLive(t.extra(extraLive), id, r.Message))
	if t.conv.Order == id && t.conv.Step == stepOrder {
		t.conv.Message, t.conv.Photo = r.Message, false
	}
	if err := t.save(ctx); err != nil {
		return err
	}
	return t.drop(ctx, old)
}

// methodName is a way to pay, in words.
func (v voice) methodName(id string) string {
	if key := "bot.method." + strings.ToLower(id); v.Has(key) {
		return v.T(key)
	}
	return id
}
