package text

import (
	"boxoffice/tickets"
)

// Error returns the sentence that tells a person about err, as plain text, by
// the tickets.Kind in it; an error without a kind gets the general sentence,
// and its own text never shows. Where a Refusal carries a number or a reason
// that a sentence exists for, that sentence is taken:
//
//	common.error.sold_out_left    SoldOut with "left" above zero; Count is the number
//	common.error.limit_max        Limit with "max"; Count is the number
//	common.error.limit_left       Limit with "left" (places of a ticket); Count is the number
//	common.error.closed_past      Closed with "reason": "past"
func (p *Printer) Error(err error) string {
	kind := tickets.KindOf(err)
	key := "common.error." + string(kind)
	if r := tickets.RefusalOf(err); r != nil {
		if s, ok := p.refusal(key, r.Args); ok {
			return s
		}
	}
	if kind == "" || !p.Has(key) {
		return p.T("common.error.internal")
	}
	return p.T(key)
}

func (p *Printer) refusal(key string, args map[string]any) (string, bool) {
	for _, name := range []string{"left", "max"} {
		if n, ok := args[name].(int); ok && n > 0 && p.Has(key+"_"+name) {
			return p.T(key+"_"+name, "Count", n), true
		}
	}
	if reason, ok := args["reason"].(string); ok && p.Has(key+"_"+reason) {
		return p.T(key + "_" + reason), true
	}
	return "", false
}
