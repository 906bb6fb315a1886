package console

import (
	"boxoffice/checkout"
	"boxoffice/tickets"
)

// whyLine is checkout.Why in words.
type whyLine struct {
	checkout.Why
	What, Next, Self string
	Late             bool   // what happens by itself is due
	Advice, URL      string // the suggested act
}

func (v *visit) why(f checkout.OrderFile) whyLine {
	w := whyLine{Why: checkout.WhyOf(f, v.Now, v.k.Desk.Timings, v.Zone)}
	w.What = v.Words.T("console_order.why.waits." + string(w.Waits))
	w.Next = v.Words.T("console_order.why.who." + string(w.Who))
	if w.Then != "" && !w.At.IsZero() {
		w.Self = v.Words.T("console_order.why.then." + string(w.Then))
		w.Late = !w.At.After(v.Now)
	}
	w.URL = v.adviceURL(f, w.Why)
	if w.URL != "" {
		w.Advice = v.Words.T("console_order.why.do." + string(w.Do))
	}
	return w
}

// adviceURL is where the member does what is advised; "" where they may not.
func (v *visit) adviceURL(f checkout.OrderFile, w checkout.Why) string {
	may := func(a tickets.Act) bool { return v.Member.Role.May(a) }
	id := f.Order.ID
	switch {
	case w.Do == checkout.DoDecide && may(tickets.ActRefund):
		return orderURL(id, "refunds", w.About)
	case w.Do == checkout.DoCase && may(tickets.ActAsk):
		return "/console/cases/" + w.About
	case w.Do == checkout.DoEvidence && may(tickets.ActAsk):
		for _, c := range f.Cases {
			if c.Open() && c.Subject == w.About {
				return "/console/cases/" + string(c.ID)
			}
		}
	case w.Do == checkout.DoMarkPaid && may(tickets.ActMoney):
		return orderURL(id, "do", "paid")
	case w.Do == checkout.DoIssue && may(tickets.ActIssue):
		return orderURL(id, "do", "issue")
	case w.Do == checkout.DoResend && may(tickets.ActAsk) && v.k.Resend != nil:
		return orderURL(id, "do", "resend")
	}
	return ""
}

// orderAct is a thing that can be done with the order now.
type orderAct struct{ Name, URL, Text, Icon string }

// orderActs lists what the member may do with the order as it stands.
func (v *visit) orderActs(f checkout.OrderFile) []orderAct {
	o := f.Order
	var out []orderAct
	add := func(name, icon string, act tickets.Act, ok bool) {
		if ok && v.Member.Role.May(act) {
			out = append(out, orderAct{Name: name, URL: orderURL(o.ID, "do", name), Text: v.Words.T("console_order.act." + name), Icon: icon})
		}
	}
	left := o.Applied - o.Refunded - o.Refunding
	add("issue", "ticket", tickets.ActIssue, o.Manual() && (o.Stage == tickets.StagePaid || o.Stage == tickets.StageFulfilling) || o.Stage == tickets.StageFulfilFailed)
	add("refund", "money", tickets.ActAsk, o.Paid() && !o.Contested() && left > 0)
	add("move", "calendar", tickets.ActIssue, checkout.Movable(f) == nil)
	add("resend", "message", tickets.ActAsk, v.k.Resend != nil && len(again(f.Deliveries)) > 0)
	add("paid", "check", tickets.ActMoney, o.Applied == 0 && !o.Paid() && o.Stage != tickets.StageRefunded)
	add("cancel", "cross", tickets.ActAsk, o.Open())
	return out
}

// again lists the messages that "resend everything" sends: the newest of each kind that still says something to the
// customer, in the order in which they first went.
func again(all []tickets.Delivery) []tickets.Delivery {
	var out []tickets.Delivery
	at := map[string]int{}
	for _, d := range all {
		if d.To.Kind != tickets.ToCustomer || !mayResend(d) || fleeting[d.Kind] {
			continue
		}
		if i, ok := at[d.Kind]; ok {
			out[i] = d
			continue
		}
		at[d.Kind] = len(out)
		out = append(out, d)
	}
	return out
}

// fleeting are messages that mean nothing later.
var fleeting = map[string]bool{tickets.SayHoldReminder: true, tickets.SayPaymentFailed: true, tickets.SayRefundRejected: true}
