package bot

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// clock is a moment that the reader's app shows in their own zone, and by itself keeps up to date: until 14:35, in 4
// minutes. Older apps show the shop's clock.
func (v voice) clock(at time.Time) text.Raw {
	at = at.In(v.loc)
	left := v.Duration(max(at.Sub(v.now).Round(time.Minute), time.Minute)) // for clients that do not count down
	return text.Raw(fmt.Sprintf(`<tg-time unix="%d" format="t">%s</tg-time> · <tg-time unix="%d" format="r">%s</tg-time>`,
		at.Unix(), at.Format("15:04"), at.Unix(), text.Escape(left)))
}

// orderHead says what was ordered.
func (v voice) orderHead(o tickets.Order) string {
	s := v.HTML("bot.product.title", "Product", clip(v.Pick(o.ProductName), 200)) + "\n" + v.HTML("bot.when", "When", v.SlotLong(o.Slot()))
	if p, err := v.cat.Product(o.Quote.Product); err == nil {
		if place := v.placeLine(p); place != "" {
			s += "\n" + place
		}
	}
	return s + "\n\n" + v.linesOf(o.Quote.Lines, o.Total().Currency) + "\n" + v.total(o.Total())
}

// orderMessage shows an order as it is: what it waits for, and what can be done.
func (v voice) orderMessage(o orderView, how drawing) Message {
	status, keyboard := v.orderState(o, how)
	if lines := v.moneyLines(o); lines != "" && !o.order.Open() {
		status += "\n\n" + lines
	}
	m := Message{
		HTML:     v.orderHead(o.order) + "\n" + v.HTML("bot.order.code", "Code", o.order.Code) + "\n\n" + status,
		Keyboard: keyboard,
	}
	if how.listed {
		id := packOrder(o.order.ID)
		if r, ok := o.taken(); ok {
			m.Keyboard = append(m.Keyboard, []Button{{Text: v.T("refund.take_back"), Data: about(actTakeBack, packRefund(r.ID))}})
		} else if o.askable() {
			m.Keyboard = append(m.Keyboard, []Button{{Text: v.T("refund.button"), Data: about(actRefund, id)}})
		} else if o.free() && o.order.Slot().Date >= v.thisDay() {
			m.Keyboard = append(m.Keyboard, []Button{{Text: v.T("bot.button.cancel_order"), Data: about(actGiveUp, id)}})
		}
		if o.order.Stage == tickets.StageFulfilled || o.order.Stage == tickets.StageCompleted {
			m.Keyboard = append(m.Keyboard, []Button{{Text: v.T("bot.button.tickets"), Data: about(actTickets, id), Style: StylePrimary}})
		}
		m.Keyboard = append(m.Keyboard, []Button{{Text: v.T("bot.button.orders"), Data: about(actOrders, "0")}})
	}
	if how.note != "" {
		m.HTML = v.HTML("bot.note", "Note", how.note) + "\n\n" + m.HTML
	}
	return m
}

func (v voice) orderState(o orderView, how drawing) (string, Keyboard) {
	id := packOrder(o.order.ID)
	if o.order.Asked() && o.order.Refunding == 0 && !o.order.Contested() {
		return v.closedState(o)
	}
	switch o.order.Stage {
	case tickets.StageHeld, tickets.StageAwaiting:
		return v.openState(o, how)
	case tickets.StageExpiring:
		return v.closingState(o), nil
	case tickets.StageExpired, tickets.StageCancelled:
		return v.endedState(o)
	case tickets.StagePaymentReview:
		return v.reviewState(o)
	case tickets.StageRefunded:
		if o.order.Total().Amount == 0 {
			return v.HTML("bot.order.cancelled"), nil
		}
		return v.HTML("refund.order.refunded"), nil
	case tickets.StageFulfilFailed:
		if o.order.Reason == checkout.ReasonReversed {
			return v.reversedState(o)
		}
		return v.HTML("refund.order.fulfil_failed"), nil
	case tickets.StageFulfilled, tickets.StageCompleted:
		if o.order.Contested() || o.order.Dispute == tickets.DisputeLost || len(o.tickets) > 0 && len(o.good()) == 0 {
			return v.HTML("refund.order.paid"), nil
		}
		if o.order.Total().Amount == 0 {
			return v.HTML("bot.order.fulfilled_free"), nil
		}
		return v.HTML("bot.order.fulfilled"), nil
	case tickets.StagePaid, tickets.StageFulfilling:
		return v.HTML("bot.order.manual"), nil
	default:
		return v.HTML("bot.status.held"), Keyboard{{{Text: v.T("bot.button.check"), Data: about(actCheck, id)}}}
	}
}

// closingState is of an order whose page, or invoice, is being closed, by time or because the customer cancels.
func (v voice) closingState(o orderView) string {
	cancel, invoice := o.order.Reason == "cancel", o.newest.Protocol == "invoice"
	switch {
	case cancel && invoice:
		return v.HTML("bot.order.cancelling_invoice")
	case cancel:
		return v.HTML("bot.order.cancelling_page")
	case invoice:
		return v.HTML("bot.order.expiring_invoice")
	default:
		return v.HTML("bot.order.expiring")
	}
}

// openState is of an order that waits for its customer.
func (v voice) openState(o orderView, how drawing) (string, Keyboard) {
	id := packOrder(o.order.ID)
	cancel := []Button{{Text: v.T("bot.button.cancel_order"), Data: about(actGiveUp, id)}}
	held := v.HTML("bot.order.held", "Until", v.clock(o.hold.Expiry))
	check := Button{Text: v.T("bot.button.check"), Data: about(actCheck, id)}
	switch {
	case o.newest.State == tickets.PaymentAsync:
		return v.HTML("bot.pay.settling", "Method", v.methodName(o.newest.Method)), Keyboard{{check}}
	case o.order.Total().Amount == 0 && len(o.offers) > 0:
		free := Button{Text: v.T("bot.pay.free"), Data: about(actPay, id+methodHash(o.offers[0])), Style: StyleSuccess}
		return held + "\n" + v.HTML("bot.pay.nothing"), Keyboard{{free}, cancel}
	case o.newest.State == tickets.PaymentOpen && o.newest.URL != "" && !how.choose:
		return held + v.feeLine(o.newest), append(v.pageRows(o, check), cancel)
	case invoiced(o.newest) && o.newest.Gen != o.order.Gen && !how.choose:
		return held + v.feeLine(o.newest) + "\n" + v.HTML("bot.invoice.again"), append(append(v.resendRow(o, StyleSuccess), v.otherMethods(o, Keyboard{{check}})...), cancel)
	case invoiced(o.newest) && !how.choose:
		return held + v.feeLine(o.newest) + "\n" + v.HTML("bot.invoice.sent", "Total", v.Money(o.newest.Total)),
			append(append(v.otherMethods(o, Keyboard{{check}}), v.resendRow(o, "")...), cancel)
	case (o.newest.State == tickets.PaymentCreated || o.newest.State == tickets.PaymentUnknown) && !how.choose:
		return held + "\n" + v.HTML("bot.pay.opening"), append(v.otherMethods(o, Keyboard{{check}}), cancel)
	default:
		words := held + "\n" + v.HTML("bot.pay.choose")
		if o.newest.State == tickets.PaymentFailed {
			words = held + "\n" + v.HTML("bot.pay.failed", "Method", v.methodName(o.newest.Method))
			if o.newest.Refusal == tickets.Invalid {
				words = held + "\n" + v.HTML("bot.pay.down")
			}
		}
		if len(o.offers) == 0 {
			words = held + "\n" + v.HTML("bot.pay.none")
		}
		return words, append(v.methodRows(o), cancel)
	}
}

// resendRow is the way to a new invoice: the old one was taken away when its places were given back, or its customer
// deleted it.
func (v voice) resendRow(o orderView, style Style) Keyboard {
	for _, f := range o.offers {
		if f.Gateway == o.newest.Gateway && f.Method.ID == o.newest.Method {
			data := about(actPay, packOrder(o.order.ID)+methodHash(f)+strconv.FormatInt(int64(o.newest.N), 36))
			return Keyboard{{{Text: v.T("bot.invoice.resend"), Data: data, Style: style}}}
		}
	}
	return nil
}

// pageRows are the buttons while a payment page is open.
func (v voice) pageRows(o orderView, check Button) Keyboard {
	pay := Button{Text: v.T("bot.pay.button", "Total", v.Money(o.newest.Total), "Method", v.methodName(o.newest.Method)), URL: o.newest.URL, Style: StyleSuccess}
	return v.otherMethods(o, Keyboard{{pay}, {check}})
}

// otherMethods adds the way to the other ways to pay.
func (v voice) otherMethods(o orderView, k Keyboard) Keyboard {
	if len(o.offers) > 1 {
		last := len(k) - 1
		k[last] = append(k[last], Button{Text: v.T("bot.pay.another"), Data: about(actMethods, packOrder(o.order.ID))})
	}
	return k
}

func (v voice) feeLine(p tickets.Payment) string {
	if p.Fee.Amount == 0 {
		return ""
	}
	return "\n" + v.HTML("bot.pay.fee", "Fee", v.Money(p.Fee), "Total", v.Money(p.Total))
}

// methodRows has a button for each way to pay, with its price where it costs more.
func (v voice) methodRows(o orderView) Keyboard {
	var k Keyboard
	for i, f := range o.offers {
		if i == 12 {
			break
		}
		b := Button{Text: v.offerLabel(f), Data: about(actPay, packOrder(o.order.ID)+methodHash(f))}
		if i == 0 {
			b.Style = StylePrimary
		}
		k = append(k, []Button{b})
	}
	return k
}

func (v voice) offerLabel(f checkout.Offer) string {
	if f.Fee.Amount > 0 {
		return v.T("bot.pay.method_fee", "Method", v.methodName(f.Method.ID), "Total", v.Money(f.Total), "Fee", v.Money(f.Fee))
	}
	return v.T("bot.pay.method", "Method", v.methodName(f.Method.ID), "Total", v.Money(f.Total))
}

// endedState is of an order that ended unpaid.
func (v voice) endedState(o orderView) (string, Keyboard) {
	key := "bot.order.expired"
	switch {
	case o.order.Reason == "refunded":
		key = "refund.order.repaid"
	case o.order.ReplacedBy != "":
		return v.HTML("bot.order.replaced"), nil
	case o.order.Stage == tickets.StageCancelled:
		key = "bot.order.cancelled"
	case o.order.Attempts > 0:
		key = "bot.order.expired_paying"
	}
	k := Keyboard{{{Text: v.T("bot.button.again"), Data: about(actAgain, packOrder(o.order.ID)), Style: StylePrimary}},
		{{Text: v.T("bot.button.start"), Data: about(actStart, "")}}}
	if p, err := v.cat.Product(o.order.Quote.Product); err != nil || p.OnSale(o.order.Slot(), v.now, v.loc) != nil {
		k = k[1:]
	}
	return v.HTML(key), k
}

// reviewState is of an order whose money could not be applied by itself.
func (v voice) reviewState(o orderView) (string, Keyboard) {
	if !o.payable(v.now) || o.order.Reason != "underpaid" {
		return v.lateState(o)
	}
	back := []Button{{Text: v.T("refund.late.give_up"), Data: about(actHurry, packOrder(o.order.ID))}}
	words := v.HTML("bot.order.underpaid", "Got", v.Money(tickets.Money{Amount: o.got, Currency: o.order.Total().Currency}),
		"Missing", v.Money(o.due()), "Until", v.clock(o.order.ReviewUntil))
	check := Button{Text: v.T("bot.button.check"), Data: about(actCheck, packOrder(o.order.ID))}
	if o.newest.State == tickets.PaymentOpen && o.newest.URL != "" {
		return words, v.pageRows(o, check)
	}
	if invoiced(o.newest) {
		return words + "\n" + v.HTML("bot.invoice.sent", "Total", v.Money(o.newest.Total)), append(Keyboard{{check}}, v.resendRow(o, "")...)
	}
	if len(o.offers) == 1 {
		b := Button{Text: v.T("bot.pay.difference", "Total", v.Money(o.offers[0].Total)), Style: StylePrimary,
			Data: about(actPay, packOrder(o.order.ID)+methodHash(o.offers[0]))}
		return words, Keyboard{{b}, back}
	}
	return words, append(v.methodRows(o), back)
}

// statusWord says in a few words how an order stands, for lists.
func (v voice) statusWord(o tickets.Order) string {
	key := strings.ToLower(string(o.Stage))
	switch status, _ := o.Status(); {
	case o.Stage == tickets.StageExpiring && o.Reason == "cancel":
		key = "cancelling"
	case o.Paid() && status == tickets.StatusChargeback:
		key = "disputed"
	case status == tickets.StatusRefunding:
		key = "refunding"
	case o.Paid() && o.Refunded > 0:
		key = "part_refunded"
	}
	if !v.Has("bot.status." + key) {
		key = "held"
	}
	return v.T("bot.status." + key)
}

// buyerName is who bought, for staff.
func (v voice) buyerName(b tickets.Buyer) string {
	name := clip(b.Name, 80)
	switch {
	case b.Username != "" && name != "":
		return name + " @" + b.Username
	case b.Username != "":
		return "@" + b.Username
	case name == "":
		return v.T("bot.order.nobody")
	default:
		return name
	}
}
