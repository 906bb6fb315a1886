package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// A refund is chosen on one page (everything, some tickets, or an amount), shown on the next exactly as the desk would do
// it, and only then asked for.

// refundChoice is what somebody chose to give back.
type refundChoice struct {
	What     string // all, tickets, amount
	Tickets  []string
	Amount   string
	Override bool
	Reason   string
}

// The ways to choose.
const (
	refundAll    = "all"
	refundSome   = "tickets"
	refundAmount = "amount"
)

func refundChosen(form url.Values) refundChoice {
	c := refundChoice{
		What: form.Get("what"), Tickets: form["ticket"], Amount: strings.TrimSpace(form.Get("amount")), Override: form.Get("override") == "1",
		Reason: shortened(strings.TrimSpace(form.Get("reason")), 500),
	}
	switch {
	case c.What == refundSome, c.What == refundAmount:
	case len(c.Tickets) > 0: // who names a part does not mean the whole
		c.What = refundSome
	case c.Amount != "":
		c.What = refundAmount
	default:
		c.What = refundAll
	}
	return c
}

// wish is the choice as the desk takes it; wrong says what is wrong with which field.
func (c refundChoice) wish(v *visit, o tickets.Order) (w checkout.RefundWish, wrong map[string]string) {
	wrong = map[string]string{}
	w = checkout.RefundWish{Order: o.ID, By: v.staff(), Override: c.Override, Reason: c.Reason}
	switch c.What {
	case refundSome:
		for _, code := range c.Tickets {
			w.Tickets = append(w.Tickets, tickets.TicketCode(code))
		}
		if len(w.Tickets) == 0 {
			wrong["ticket"] = v.do("refund.pick")
		}
	case refundAmount:
		n, ok := minor(c.Amount, o.Total().Currency)
		if !ok || n <= 0 {
			wrong["amount"] = v.do("refund.wrong_amount")
		}
		w.Amount = n
	}
	if c.Reason == "" {
		wrong["reason"] = v.do("need_reason")
	}
	return w, wrong
}

// hidden carries the choice through the page that shows what it does.
func (c refundChoice) hidden() []hidden {
	out := []hidden{{"what", c.What}, {"reason", c.Reason}}
	if c.What == refundAmount {
		out = append(out, hidden{"amount", c.Amount})
	}
	if c.What == refundSome {
		for _, k := range c.Tickets {
			out = append(out, hidden{"ticket", k})
		}
	}
	if c.Override {
		out = append(out, hidden{"override", "1"})
	}
	return out
}

func (c refundChoice) query() string {
	q := url.Values{}
	for _, h := range c.hidden() {
		q.Add(h.Name, h.Value)
	}
	return q.Encode()
}

func orderRefundForm(v *visit) error {
	f, err := v.orderFile()
	if err != nil {
		return err
	}
	q := v.URL.Query()
	c := refundChosen(q)
	if q.Get("show") == "" {
		return v.act(http.StatusOK, v.refundPage(f, c, nil))
	}
	w, wrong := c.wish(v, f.Order)
	if len(wrong) > 0 {
		return v.act(http.StatusUnprocessableEntity, v.refundPage(f, c, wrong))
	}
	rs, err := v.k.Desk.Dry().AskRefund(v.Context(), w)
	if err != nil {
		return v.back(v.refundPage(f, c, nil), err)
	}
	return v.act(http.StatusOK, v.refundSure(f, c, rs))
}

// refundPage asks what goes back.
func (v *visit) refundPage(f checkout.OrderFile, c refundChoice, wrong map[string]string) actPage {
	o := f.Order
	left := money(checkout.Refundable(f), o)
	p := actPage{
		orderHead: headOf(o), Title: v.do("refund.title", "Code", o.Code), Get: true, Action: orderURL(o.ID, "do", "refund"),
		Does:   []string{v.do("refund.left", "Left", v.Words.Money(left), "Applied", v.Words.Money(money(o.Applied, o)))},
		Hidden: []hidden{{"show", "1"}},
	}
	if len(wrong) > 0 {
		p.Wrong = v.Words.T("console_order.check")
	}
	if left.Amount <= 0 || !o.Paid() {
		p.Does, p.Wrong = nil, v.do("refund.nothing")
		return p
	}
	options := []option{{Value: refundAll, Text: v.do("refund.all", "Left", v.Words.Money(left)), On: c.What == refundAll}}
	good := slices.DeleteFunc(slices.Clone(f.Tickets), func(k tickets.Ticket) bool { return !k.Good() })
	if len(good) > 0 {
		options = append(options, option{Value: refundSome, Text: v.do("refund.some"), On: c.What == refundSome})
	}
	if o.Total().Currency != tickets.Stars {
		options = append(options, option{Value: refundAmount, Text: v.do("refund.amount"), On: c.What == refundAmount})
	}
	p.Fields = []field{{Name: "what", Label: v.do("refund.what"), Kind: fieldOne, Options: options}}
	if len(good) > 0 {
		p.Fields = append(p.Fields, v.refundTickets(o, good, c, wrong))
	}
	if o.Total().Currency != tickets.Stars {
		p.Fields = append(p.Fields, field{
			Name: "amount", Label: v.do("refund.much", "Currency", string(o.Total().Currency)), Kind: fieldAmount, Value: c.Amount, Wrong: wrong["amount"],
			Hint: v.do("refund.much_hint", "Left", v.Words.Money(left)), Optional: true,
		})
	}
	if slices.ContainsFunc(good, func(k tickets.Ticket) bool { return k.Admitted > 0 }) {
		p.Fields = append(p.Fields, field{Name: "override", Kind: fieldMany, Options: []option{{Value: "1", Text: v.do("refund.override"), On: c.Override}}})
	}
	p.Fields = append(p.Fields, v.reasonField(c.Reason, wrong["reason"]))
	p.Press = []press{{Text: v.do("refund.show"), Class: "primary"}}
	return p
}

func (v *visit) refundTickets(o tickets.Order, good []tickets.Ticket, c refundChoice, wrong map[string]string) field {
	f := field{Name: "ticket", Label: v.do("refund.tickets"), Kind: fieldMany, Wrong: wrong["ticket"]}
	for _, k := range good {
		note := v.Words.Money(money(k.Price(), o))
		if k.State != tickets.TicketValid {
			note += " · " + v.k.word(v.Words, "ticket", string(k.State))
		}
		f.Options = append(f.Options, option{
			Value: string(k.Code), Text: v.ticketType(k) + " …" + string(k.Code[max(0, len(k.Code)-6):]), Note: note,
			On: slices.Contains(c.Tickets, string(k.Code)), Off: k.State == tickets.TicketBlocked,
		})
	}
	return f
}

// refundSure says what the desk would do.
func (v *visit) refundSure(f checkout.OrderFile, c refundChoice, rs []tickets.Refund) actPage {
	o := f.Order
	var sum tickets.Money
	hand := ""
	p := actPage{orderHead: headOf(o), Action: orderURL(o.ID, "do", "refund"), Hidden: c.hidden(), Change: orderURL(o.ID, "do", "refund") + "?" + c.query()}
	for _, r := range rs {
		sum = tickets.Money{Amount: sum.Amount + r.Amount.Amount, Currency: r.Amount.Currency}
		if v.k.Desk.SendsBack(r.Gateway, r.Amount.Currency) {
			p.Does = append(p.Does, v.do("refund.goes", "Amount", v.Words.Money(r.Amount), "Gateway", r.Gateway, "Charge", r.Charge))
			continue
		}
		hand = "_hand"
		p.Does = append(p.Does, v.do("refund.hand", "Amount", v.Words.Money(r.Amount), "Gateway", r.Gateway))
	}
	p.Does = append(p.Does, v.refundMeans(f, rs[0], sum)...)
	for _, k := range rs[0].Tickets {
		p.Ends = append(p.Ends, string(k))
	}
	p.Title = v.do("refund.sure", "Amount", v.Words.Money(sum))
	p.Press = []press{{Text: v.do("refund.go", "Amount", v.Words.Money(sum)), Class: "danger"}}
	if rs[0].State != tickets.RefundApproved {
		p.Press = []press{{Text: v.do("refund.ask", "Amount", v.Words.Money(sum)), Class: "primary"}}
		return p // the customer hears of it when it is approved
	}
	p.Reads = v.readBy(o, func(w *text.Printer) string {
		args := aboutOrder(w, o)
		args["Amount"] = w.Money(sum)
		said := w.T("notify.customer.refund"+hand, args)
		if n := len(rs[0].Tickets); n > 0 {
			said += "\n" + w.T("notify.customer.refund_tickets", "Count", n)
		}
		return said
	})
	return p
}

// refundMeans says what becomes of the tickets, the rest of the money, and who has to agree.
func (v *visit) refundMeans(f checkout.OrderFile, r tickets.Refund, sum tickets.Money) []string {
	o := f.Order
	var out []string
	if stays := o.Applied - o.Refunded - o.Refunding - sum.Amount; stays > 0 {
		out = append(out, v.do("refund.stays", "Amount", v.Words.Money(money(stays, o))))
	}
	switch {
	case r.State == tickets.RefundApproved:
		out = append(out, v.do("refund.at_once"))
	case v.Member.Role.May(tickets.ActRefund):
		out = append(out, v.do("refund.second", "Limit", v.limit()))
	default:
		out = append(out, v.do("refund.manager"))
	}
	switch {
	case len(r.Tickets) > 0:
		out = append(out, v.do("refund.ends", "Count", len(r.Tickets)))
	case len(f.Tickets) == 0:
		out = append(out, v.do("refund.ends_order"))
	default:
		out = append(out, v.do("refund.none_ends"))
	}
	return out
}

// limit is the money above which two people must agree.
func (v *visit) limit() string {
	return v.Words.Money(tickets.Money{Amount: v.Cat.Merchant.ApproveAbove, Currency: v.Cat.Merchant.Currency})
}

func orderRefund(v *visit) error {
	f, err := v.orderFile()
	if err != nil {
		return err
	}
	if err := v.ParseForm(); err != nil {
		return tickets.Refuse(tickets.Invalid, "form: %v", err)
	}
	c := refundChosen(v.PostForm)
	w, wrong := c.wish(v, f.Order)
	if len(wrong) > 0 {
		return v.act(http.StatusUnprocessableEntity, v.refundPage(f, c, wrong))
	}
	w.Key = "console-" + v.formKey()
	rs, err := v.k.Desk.AskRefund(v.Context(), w)
	if err != nil {
		return v.acted(f.Order, "refund_ask", string(f.Order.ID), c.Reason, err, "", "")
	}
	var sum tickets.Money
	for _, r := range rs {
		sum = tickets.Money{Amount: sum.Amount + r.Amount.Amount, Currency: r.Amount.Currency}
	}
	if rs[0].State == tickets.RefundRequested {
		return v.acted(f.Order, "refund_ask", string(rs[0].ID), c.Reason, nil, "warn", "do.refund.asked")
	}
	return v.acted(f.Order, "refund_ask", string(rs[0].ID), c.Reason, nil, "good", "do.refund.done", "Amount", v.Words.Money(sum))
}
