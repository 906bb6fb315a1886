package console

import (
	"net/http"
	"strings"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// refundAsked finds the refund that the address names, of the order that it names, and the money of all of its wish.
func (v *visit) refundAsked() (f checkout.OrderFile, r tickets.Refund, sum tickets.Money, err error) {
	if f, err = v.orderFile(); err != nil {
		return f, r, sum, err
	}
	for _, x := range f.Refunds {
		if string(x.ID) == v.PathValue("refund") {
			r = x
		}
	}
	if r.ID == "" {
		return f, r, sum, tickets.Refuse(tickets.NotFound, "order %s has no refund %s", f.Order.ID, v.PathValue("refund"))
	}
	for _, x := range f.Refunds {
		if x.ID == r.ID || x.Wish != "" && x.Wish == r.Wish {
			sum = tickets.Money{Amount: sum.Amount + x.Amount.Amount, Currency: x.Amount.Currency}
		}
	}
	return f, r, sum, nil
}

func orderDecideForm(v *visit) error {
	f, r, sum, err := v.refundAsked()
	if err != nil {
		return err
	}
	return v.act(http.StatusOK, v.decidePage(f, r, sum))
}

func (v *visit) decidePage(f checkout.OrderFile, r tickets.Refund, sum tickets.Money) actPage {
	o := f.Order
	at := func(a tickets.Approval) string { return v.Words.DateTime(a.At, v.Zone) }
	p := actPage{orderHead: headOf(o), Title: v.do("decide.title", "Amount", v.Words.Money(sum), "Code", o.Code)}
	p.Does = append(p.Does, v.do("decide.asked", "Name", v.actorName(r.By), "At", v.Words.DateTime(r.At, v.Zone)))
	if r.Reason != "" {
		p.Does = append(p.Does, v.do("decide.words", "Words", r.Reason))
	}
	for _, a := range r.Approvals {
		p.Does = append(p.Does, v.do("decide.first", "Name", v.actorName(a.By), "At", at(a)))
	}
	if r.State != tickets.RefundRequested || r.Auto {
		p.Wrong = v.Words.T("console_order.no.state")
		return p
	}
	if len(r.Approvals) == 0 && v.Cat.Merchant.TakesTwo(checkout.Together(sum, r.Wish, f.Refunds)) {
		p.Does = append(p.Does, v.do("decide.second", "Limit", v.limit()))
	} else {
		p.Does = append(p.Does, v.do("decide.sends"))
	}
	p.Does = append(p.Does, v.do("decide.no"))
	if len(r.Tickets) > 0 {
		p.Does = append(p.Does, v.do("refund.ends", "Count", len(r.Tickets)))
	}
	for _, k := range r.Tickets {
		p.Ends = append(p.Ends, string(k))
	}
	p.Fields = []field{v.reasonField("", "")}
	p.Press = []press{
		{Text: v.do("decide.approve"), Class: "primary", Name: "verdict", Value: "approve"},
		{Text: v.do("decide.reject"), Class: "danger", Name: "verdict", Value: "reject"},
	}
	return p
}

// actorName is what people call somebody who did a thing.
func (v *visit) actorName(a tickets.Actor) string {
	if a.Name != "" {
		return a.Name
	}
	return v.k.word(v.Words, "actor", string(a.Kind))
}

func orderDecide(v *visit) error {
	f, r, sum, err := v.refundAsked()
	if err != nil {
		return err
	}
	reason := strings.TrimSpace(v.PostFormValue("reason"))
	if reason == "" {
		p := v.decidePage(f, r, sum)
		for i := range p.Fields {
			p.Fields[i].Wrong = v.do("need_reason")
		}
		return v.act(http.StatusUnprocessableEntity, p)
	}
	if v.PostFormValue("verdict") == "reject" {
		_, err := v.k.Desk.RejectRefund(v.Context(), r.ID, v.staff(), reason)
		return v.acted(f.Order, "refund_reject", string(r.ID), reason, err, "good", "do.decide.rejected")
	}
	now, err := v.k.Desk.ApproveRefund(v.Context(), r.ID, v.staff(), reason)
	if now.State == tickets.RefundRequested {
		return v.acted(f.Order, "refund_approve", string(r.ID), reason, err, "warn", "do.decide.waits")
	}
	return v.acted(f.Order, "refund_approve", string(r.ID), reason, err, "good", "do.decide.approved")
}

// Marking paid.

func orderPaidForm(v *visit) error {
	f, err := v.orderFile()
	if err != nil {
		return err
	}
	return v.act(http.StatusOK, v.paidPage(f, "", "", "", nil))
}

func (v *visit) paidPage(f checkout.OrderFile, reference, amount, reason string, wrong map[string]string) actPage {
	o := f.Order
	due := v.Words.Money(o.Total())
	in := []any{"Places", v.places(o.Places()), "Slot", v.Words.Slot(o.Slot())}
	p := actPage{orderHead: headOf(o), Title: v.do("paid.title", "Code", o.Code), Does: []string{v.do("paid.money", "Amount", due)}}
	if o.Applied > 0 || o.Paid() || o.Stage == tickets.StageRefunded {
		p.Does, p.Wrong = nil, v.Words.T("console_order.no.paid")
		return p
	}
	if f.Hold.Live() {
		p.Does = append(p.Does, v.do("paid.in_time", in...))
	} else {
		p.Does = append(p.Does, v.do("paid.late", in...))
	}
	if o.Manual() {
		p.Does = append(p.Does, v.do("paid.manual"))
		p.Reads = v.readBy(o, func(w *text.Printer) string { return w.T("notify.customer.manual", aboutOrder(w, o)) })
	} else {
		p.Does = append(p.Does, v.do("paid.tickets"))
	}
	p.Does = append(p.Does, v.do("paid.less", "Due", due))
	if v.Cat.Merchant.TakesTwo(o.Total()) {
		p.Does = append(p.Does, v.do("refund.second", "Limit", v.limit()))
	}
	p.Fields = []field{
		{Name: "reference", Label: v.do("paid.reference"), Kind: fieldText, Value: reference, Hint: v.do("paid.reference_hint"), Wrong: wrong["reference"], Max: 100},
		{Name: "amount", Label: v.do("paid.amount", "Currency", string(o.Total().Currency)), Kind: fieldAmount, Value: amount, Wrong: wrong["amount"]},
		v.reasonField(reason, wrong["reason"]),
	}
	if amount == "" && wrong == nil {
		p.Fields[1].Value = o.Total().Decimal()
	}
	p.Press = []press{{Text: v.do("paid.go"), Class: "primary"}}
	return p
}

func orderPaid(v *visit) error {
	f, err := v.orderFile()
	if err != nil {
		return err
	}
	reference, amount, reason := strings.TrimSpace(v.PostFormValue("reference")), strings.TrimSpace(v.PostFormValue("amount")), strings.TrimSpace(v.PostFormValue("reason"))
	wrong := map[string]string{}
	n, ok := minor(amount, f.Order.Total().Currency)
	if !ok || n <= 0 && f.Order.Total().Amount > 0 {
		wrong["amount"] = v.do("refund.wrong_amount")
	}
	if reference == "" || len([]rune(reference)) > 100 {
		wrong["reference"] = v.do("paid.need_reference")
	}
	if reason == "" {
		wrong["reason"] = v.do("need_reason")
	}
	if len(wrong) > 0 {
		p := v.paidPage(f, reference, amount, reason, wrong)
		p.Wrong = v.Words.T("console_order.check")
		return v.act(http.StatusUnprocessableEntity, p)
	}
	o, second, err := v.k.Desk.MarkPaid(v.Context(), checkout.MarkingPaid{Order: f.Order.ID, By: v.staff(), Amount: n, Reference: reference, Reason: reason})
	if err != nil {
		if _, refused := v.refusedAct(f.Order, err); !refused {
			return err
		}
		if err := v.audit("order_paid", string(f.Order.ID), auditRefused, reason); err != nil {
			return err
		}
		return v.back(v.paidPage(f, reference, amount, reason, map[string]string{}), err)
	}
	flash, key := "good", "do.paid.done"
	switch {
	case second:
		flash, key = "warn", "do.decide.waits"
	case !o.Paid():
		flash, key = "warn", "do.paid.review"
	}
	return v.acted(f.Order, "order_paid", string(f.Order.ID), reason+" · "+reference, nil, flash, key)
}
