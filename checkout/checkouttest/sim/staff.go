package sim

import (
	"fmt"
	"slices"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// by is one of the staff at work.
func (w *world) by(n int) checkout.Staff { return checkout.StaffOf(w.staff[n%len(w.staff)], "bot") }

// answers are the cases by which staff come to a verb that a schedule aims at.
var answers = map[string][]tickets.CaseKind{
	"CloseCase": {tickets.CaseWarning, tickets.CaseRefundFound, tickets.CaseNotice}, "anew": {tickets.CaseRefundFailed},
	"agree": {tickets.CaseRefund}, "MarkPaid": {tickets.CaseMarkPaid}, "EndTickets": {tickets.CaseRefundFound}, "SettleRefund": {tickets.CaseRefundFailed, tickets.CaseRefundByHand},
	"WriteOff":    {tickets.CaseUnmatched, tickets.CaseWrongCurrency, tickets.CaseLate},
	"MatchMoney":  {tickets.CaseUnmatched},
	"RefundMoney": {tickets.CaseUnmatched, tickets.CaseWrongCurrency, tickets.CaseLate},
}

// decide is a member who looks into what waits and does something about it.
func (w *world) decide() {
	desk, d := w.proc.desk, w.dice
	cases, _, err := desk.Cases(noContext, tickets.Page{Limit: 50})
	w.expect("cases", err)
	if w.aim == "applyLate" && d.IntN(2) == 0 {
		w.applyMoney()
		return
	}
	if len(cases) > 0 && d.IntN(5) > 0 {
		var kinds []tickets.CaseKind // the rarer ones as often as the usual ones
		for _, x := range cases {
			if !slices.Contains(kinds, x.Kind) {
				kinds = append(kinds, x.Kind)
			}
		}
		kind := one(d, kinds)
		if some := slices.DeleteFunc(kinds, func(k tickets.CaseKind) bool { return !slices.Contains(answers[w.aim], k) }); len(some) > 0 && d.IntN(3) > 0 {
			kind = one(d, some)
		}
		if w.banks && d.IntN(3) == 0 && slices.ContainsFunc(cases, func(x tickets.Case) bool { return x.Kind == tickets.CaseUnfulfilled }) {
			kind = tickets.CaseUnfulfilled
		}
		if i := slices.IndexFunc(cases, func(x tickets.Case) bool { return x.Why == checkout.ReasonReversed }); i >= 0 && w.plot == partsPlot && d.IntN(3) == 0 {
			_, err = desk.CloseCase(noContext, cases[i].ID, w.by(0), "it is kept")
			w.expect("case kept", err, tickets.Conflict)
			return
		}
		c := one(d, slices.DeleteFunc(cases, func(x tickets.Case) bool { return x.Kind != kind }))
		who, how := d.IntN(2), d.IntN(3)
		w.press("staff again", func() { w.decideCase(c, who, how) })
		return
	}
	switch d.IntN(4) {
	case 0:
		w.markPaid()
	case 1:
		w.operatorRefund()
	case 2:
		w.applyMoney()
	case 3:
		w.lateMoney()
	}
}

// press is somebody at a button: who hears no answer because the process dies presses it again, or lets it be.
func (w *world) press(name string, deed func()) {
	proc, heard := w.proc, false
	defer func() {
		if !heard && !w.resting && w.dice.IntN(5) > 0 {
			w.k.after(w.dice.between(time.Second, 2*time.Minute), func() {
				w.k.spawn(name, false, func() { w.press(name, deed) })
			})
		}
	}()
	deed()
	heard = !proc.store.dead
}

// applyMoney lets late money pay for its order, on its date or on another.
func (w *world) applyMoney() {
	id, ok := w.truth.some(w.dice, func(o tickets.Order) bool { return o.Stage == tickets.StagePaymentReview && o.Ended() })
	if !ok {
		return
	}
	if w.dice.IntN(2) == 0 {
		w.press("money applied again", func() {
			_, err := w.proc.desk.ApplyMoney(noContext, id, w.by(0), "called us")
			w.expect("apply money", err, tickets.Conflict, tickets.SoldOut, tickets.NotFound)
		})
		return
	}
	slots, err := w.proc.desk.LateDates(noContext, id, "")
	w.expect("late dates", err, tickets.Conflict, tickets.NotFound)
	if err != nil || len(slots) == 0 {
		return
	}
	to := one(w.dice, slots)
	w.press("money moved again", func() {
		_, err := w.proc.desk.MoveMoney(noContext, id, to, w.by(0), "called us")
		w.expect("move money", err, tickets.Conflict, tickets.SoldOut, tickets.Changed, tickets.Closed, tickets.NotFound, tickets.Invalid)
	})
}

// decideCase settles one case in one of its ways.
func (w *world) decideCase(c tickets.Case, who, how int) {
	desk, by := w.proc.desk, w.by(who)
	var err error
	switch c.Kind {
	case tickets.CaseRefund:
		if id := tickets.RefundID(c.Subject); how == 0 {
			_, err = desk.RejectRefund(noContext, id, by, "not in the policy")
		} else {
			_, err = desk.ApproveRefund(noContext, id, by, "fine")
		}
	case tickets.CaseRefundFailed, tickets.CaseRefundByHand:
		if id := tickets.RefundID(c.Subject); how > 0 {
			if _, err = desk.RetryRefund(noContext, id, by, "again"); lostPoint(err) {
				_, err = desk.CloseCase(noContext, c.ID, by, "it is not needed any more")
			}
		} else if w.bank.has(w.truth.refunds[id]) { // they look there before they pay by another way
			_, err = desk.SettleRefund(noContext, id, by, "transfer "+c.Subject, "paid by bank")
		}
	case tickets.CaseUnmatched, tickets.CaseWrongCurrency, tickets.CaseLate:
		w.decideMoney(c, by, how)
	case tickets.CaseWarning:
		if how == 0 {
			_, err = desk.AskRefund(noContext, checkout.RefundWish{Order: c.Order, By: by, Reason: "the bank warned", Key: "warned" + c.Subject})
		} else {
			_, err = desk.CloseCase(noContext, c.ID, by, "known customer")
		}
	case tickets.CaseDispute:
		if how == 0 {
			_, err = desk.CloseCase(noContext, c.ID, by, "answered by letter")
		}
	case tickets.CaseUnfulfilled:
		switch {
		case w.aim == "moveReversed" && c.Why == checkout.ReasonReversed: // its customer chooses
		case w.plot == partsPlot && c.Why != checkout.ReasonReversed && w.dice.IntN(4) > 0: // it waits for long
		case how == 0:
			_, err = desk.Issue(noContext, c.Order, checkout.StaffOf(w.staff[0], "bot"))
		case how == 1 && c.Why == checkout.ReasonReversed:
			_, err = desk.CloseCase(noContext, c.ID, by, "the day is over, it is kept")
		default:
			_, err = desk.AskRefund(noContext, checkout.RefundWish{Order: c.Order, By: by, Reason: "no tickets", Key: "failed" + c.Subject})
		}
	case tickets.CaseMarkPaid:
		if how > 0 {
			_, _, err = desk.MarkPaid(noContext, checkout.MarkingPaid{Order: c.Order, By: by, Amount: c.Amount.Amount, Reference: c.Ref, Reason: "seen too"})
		} else {
			_, err = desk.CloseCase(noContext, c.ID, by, "it never came")
		}
	case tickets.CaseRefundFound:
		if ks := w.truth.ticketsOf(c.Order); (how > 0 || w.aim == "EndTickets") && len(ks) > 0 {
			_, err = desk.EndTickets(noContext, tickets.RefundID(c.Subject), []tickets.TicketCode{one(w.dice, ks).Code}, by)
		} else {
			_, err = desk.CloseCase(noContext, c.ID, by, "goodwill")
		}
	default:
		_, err = desk.CloseCase(noContext, c.ID, by, "looked into it")
	}
	w.expect("case "+string(c.Kind), err, tickets.Conflict, tickets.Limit, tickets.NotFound, tickets.Expired)
}

// decideMoney settles money that waits for a person.
func (w *world) decideMoney(c tickets.Case, by checkout.Staff, how int) {
	if c.Kind == tickets.CaseUnmatched && (how == 2 || w.aim == "MatchMoney") {
		w.matchMoney(c, by)
		return
	}
	for _, m := range w.truth.captures {
		if string(m.ID) != c.Subject {
			continue
		}
		var err error
		if how == 0 {
			_, err = w.proc.desk.WriteOff(noContext, m.Gateway, m.Charge, by, "nobody asked for it")
		} else {
			_, err = w.proc.desk.RefundMoney(noContext, m.Gateway, m.Charge, by, "not ours")
		}
		w.expect("money", err, tickets.Conflict, tickets.NotFound)
		return
	}
}

// matchMoney says which order money of no order is for.
func (w *world) matchMoney(c tickets.Case, by checkout.Staff) {
	fits := func(o tickets.Order) bool { return o.Applied == 0 && o.Total().Amount > 0 }
	id, ok := w.truth.some(w.dice, func(o tickets.Order) bool { return fits(o) && o.Total() == c.Amount })
	if !ok {
		id, ok = w.truth.some(w.dice, fits)
	}
	if !ok {
		return
	}
	for _, m := range w.truth.captures {
		if string(m.ID) == c.Subject {
			_, _, err := w.proc.desk.MatchMoney(noContext, checkout.Matching{Gateway: m.Gateway, Charge: m.Charge, Order: id, By: by, Reason: "they called"})
			w.expect("match money", err, tickets.Conflict, tickets.NotFound, tickets.Expired)
			return
		}
	}
}

// lateMoney sends late money back before its time, or keeps it.
func (w *world) lateMoney() {
	for _, id := range w.truth.ids() {
		o := w.truth.orders[id]
		if o.Stage != tickets.StagePaymentReview || o.Owed == 0 {
			continue
		}
		for _, m := range w.truth.capturesOf(id) {
			if m.Rest() > 0 {
				w.decideMoney(tickets.Case{Subject: string(m.ID)}, w.by(w.dice.IntN(2)), w.dice.IntN(2))
				return
			}
		}
	}
}

// markPaid says that an order was paid by another way.
func (w *world) markPaid() {
	id, ok := w.truth.some(w.dice, func(o tickets.Order) bool { return !o.Paid() && o.Total().Amount > 0 })
	if !ok || w.aim == "EndTickets" { // there customers pay at the bank
		return
	}
	in := checkout.MarkingPaid{Order: id, By: w.by(w.dice.IntN(2)), Reference: "transfer " + string(id), Reason: "seen on the account"}
	if w.hits(OddAmount) {
		in.Amount = w.truth.orders[id].Total().Amount + one(w.dice, []int64{-1, 500})
	}
	w.press("marked paid again", func() {
		_, _, err := w.proc.desk.MarkPaid(noContext, in)
		w.expect("mark paid", err, tickets.Conflict, tickets.Expired)
		if err == nil {
			w.cover.count("marked paid")
		}
	})
}

// operatorRefund gives back what staff decide: a part, one ticket, or everything.
func (w *world) operatorRefund() {
	id, ok := w.truth.some(w.dice, func(o tickets.Order) bool { return o.Paid() && o.Applied > 0 })
	if !ok {
		return
	}
	w.questions++
	wish := checkout.RefundWish{Order: id, By: w.by(w.dice.IntN(2)), Reason: "goodwill", Key: fmt.Sprintf("op%d", w.questions), Override: w.dice.IntN(3) == 0}
	if ks := w.truth.ticketsOf(id); len(ks) > 0 && w.dice.IntN(2) == 0 {
		wish.Tickets = []tickets.TicketCode{one(w.dice, ks).Code}
	} else if w.dice.IntN(2) == 0 {
		wish.Amount = 1 + int64(w.dice.IntN(int(w.truth.orders[id].Applied)))
	}
	w.press("refund asked again", func() {
		_, err := w.proc.desk.AskRefund(noContext, wish)
		w.expect("refund", err, tickets.Conflict, tickets.Limit, tickets.NotFound)
	})
}

// lostPoint reports whether a failed refund was refused another try for ever.
func lostPoint(err error) bool {
	r := tickets.RefusalOf(err)
	return r != nil && (r.Args["reason"] == "used" || r.Args["reason"] == "asked")
}
