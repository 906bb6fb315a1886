package catalogfile

import (
	"fmt"

	"boxoffice/tickets"
)

// The words of refund_policy.approval.
const (
	approvalAuto     = "auto"
	approvalMerchant = "merchant" // also when left out
)

// refunds reads what customers get back by asking.
func (p *filler) refunds(o *object, pr tickets.Product) tickets.RefundPolicy {
	policy := tickets.RefundPolicy{Auto: o.enum("approval", approvalAuto, approvalMerchant) == approvalAuto}
	if !o.need("brackets", "write what comes back: brackets: [{days: 7, percent: 100}], or take refund_policy out: then customers cannot ask") {
		return policy
	}
	if n := o.list("brackets"); n != nil && len(n) == 0 {
		o.wrong("brackets", "there is no bracket", "write one, such as {days: 7, percent: 100}, or take refund_policy out: then customers cannot ask")
	}
	first := map[int]string{}
	o.children("brackets", "bracket", func(v *object) {
		var b tickets.RefundBracket
		known, found := v.need("days", "write how many days before the visit it begins: days: 7; the day itself is 0"), len(p.found)
		if known {
			b.Days = int(v.integer("days", 0, maxDays))
			known = len(p.found) == found
		}
		if v.need("percent", "write how much of the price comes back: percent: 100") {
			b.Percent = int(v.integer("percent", 0, 100))
		}
		b.Fee = v.minor("fee", 0, p.out.CurrencyOf(pr))
		if at, twice := first[b.Days]; twice && known {
			v.wrong("days", fmt.Sprintf("%s is for %d days already", at, b.Days), "keep one of them, or write other days")
		}
		if known {
			first[b.Days] = v.path
		}
		policy.Brackets = append(policy.Brackets, b)
	})
	return policy
}

func (e *emitter) refunds(p tickets.RefundPolicy) {
	if len(p.Brackets) == 0 && !p.Auto {
		return
	}
	e.line("refund_policy:")
	e.depth++
	e.open("brackets", len(p.Brackets))
	for _, b := range p.Brackets {
		fee := ""
		if b.Fee != 0 {
			fee = fmt.Sprintf(", fee: %d", b.Fee)
		}
		e.entry(func() { e.line(fmt.Sprintf("{days: %d, percent: %d%s}", b.Days, b.Percent, fee)) })
	}
	e.shut()
	e.value("approval", map[bool]string{true: approvalAuto, false: approvalMerchant}[p.Auto])
	e.depth--
}

// refunds warns of brackets that a customer could only misunderstand.
func (w *warner) refunds(p tickets.Product) {
	gives := false
	for _, b := range p.Refund.Brackets {
		gives = gives || b.Percent > 0
		for _, later := range p.Refund.Brackets {
			if later.Days < b.Days && later.Percent > b.Percent {
				w.say("product %s gives back %d%% from %d days before the visit, but more, %d%%, later", p.ID, b.Percent, b.Days, later.Percent)
			}
		}
	}
	if len(p.Refund.Brackets) > 0 && !gives {
		w.say("product %s has a refund policy that gives nothing back", p.ID)
	}
}
