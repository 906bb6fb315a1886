//go:build mutant

package sim_test

// mutants are faults that people made in shops like this, planted here.
var mutants = []mutant{
	// Money that comes.
	{"a notice is judged again each time", inCheckout, "if _, err := t.Capture(gateway, r.Charge); err == nil {\n\t\treturn outcomeDuplicate, nil // T29\n\t} else if !errors.Is(err, tickets.NotFound) {", "if err := error(nil); err != nil {"},
	{"the amount is not compared", inCheckout, "case amount.Amount < total.Amount-t.d.Limits.AmountWithin || !asksAll(m.payment, o):", "case false:"},
	{"the currency is not compared", inCheckout, "case amount.Currency != total.Currency:", "case false:"},
	{"play money pays", inCheckout, "if c.Test != m.payment.Test {", "if false {"},
	{"money of a cancelled order pays it", inCheckout, "case o.Stage == tickets.StageExpiring && o.Reason == reasonCancel:", "case false:"},
	{"late money needs no places", inCheckout, "reason, err := t.reacquire(m)\n\tif err != nil {\n\t\treturn err\n\t}", "reason, err := \"\", error(nil)\n\tif err != nil {\n\t\treturn err\n\t}"},
	{"a duplicate is forgotten", inCheckout, "return t.owe(c, tickets.RefundDuplicate, 0)", "return nil"},
	{"an excess is forgotten", inCheckout, "return t.owe(*c, tickets.RefundExcess, 0)", "return nil"},
	{"late money is forgotten", inCheckout, "return t.owe(c, tickets.RefundLate, t.d.Timings.LateRefund)", "return nil"},
	{"money of no order is forgotten", inCheckout, `t.moneyCase(*c, tickets.CaseUnmatched, "no_order")`, "nil"},
	{"nothing is looked up", inCheckout, "due, err = r.PaymentsDue(now, Batch)", "due, err = r.PaymentsDue(now.Add(-1000*time.Hour), Batch)"},

	// Places.
	{"one place too many is held", inTickets, "if s.Left() < n {", "if s.Left()+1 < n {"},
	{"an ended hold keeps its places", inCheckout, "if err := s.Release(dr.Places); err != nil {\n\t\t\treturn err\n\t\t}\n\t\tif err := t.PutStock(s); err != nil {", "if err := s.Release(dr.Places); err != nil {\n\t\t\treturn err\n\t\t}\n\t\tif err := error(nil); err != nil {"},
	{"a hold ends twice", inCheckout, "h.State, h.Ended, h.Due = to, t.now, never", "h.Ended = t.now"},
	{"the sweep does not look again", inCheckout, "if !h.Live() || h.Due.IsZero() || h.Due.After(t.now) {", "if false {"},
	{"places are free before the page is closed", inCheckout, "if slices.ContainsFunc(ps, tickets.Payment.Live) {", "if slices.ContainsFunc(ps, func(tickets.Payment) bool { return false }) {"},
	{"a page that is still open counts as closed", inCheckout, "return t.later(p, \"still open\")", "return t.closed(o, p)"},
	{"holds last for ever", inTickets, "if limit := first.Add(cap); until.After(limit) {", "if limit := first.Add(cap); false && until.After(limit) {"},

	// Facts, messages, tickets.
	{"a message is not queued", inCheckout, "for _, dl := range t.d.Route(o, facts) {", "for _, dl := range t.d.Route(o, nil) {"},
	{"a fact is not written", inCheckout, "if err := t.Append(facts...); err != nil {", "if err := t.Append(facts[:len(facts)-1]...); err != nil {"},
	{"an admission is not counted", inCheckout, "err = errors.Join(t.CreateAdmission(adm), t.PutTicket(k))", "err = errors.Join(t.CreateAdmission(adm), nil)"},
	{"a blocked ticket lets people in", inTickets, "\tif len(t.Blocks) > 0 {\n\t\treturn 0,", "\tif false {\n\t\treturn 0,"},
	{"a 429 is taken for sent", inNotify, "case pause > 0:\n\t\tdl.State = tickets.DeliveryFailed", "case true:\n\t\tdl.State = tickets.DeliverySent"},
	{"visits are over too soon", inCheckout, "until = tickets.DateOf(now.Add(-d.Timings.Complete), loc) - 1", "until = tickets.DateOf(now.Add(-d.Timings.Complete), loc) + 2"},

	// Money that goes back.
	{"a lost answer counts as refused", inCheckout, "case callErr != nil && final(callErr):\n\t\t\tgone,", "case callErr != nil:\n\t\t\tgone,"},
	{"a refund under way counts as done", inCheckout, "case RefundIsPending:\n\t\tif err := r.Move(tickets.RefundPending, t.now); err != nil {\n\t\t\treturn err\n\t\t}", "case RefundIsPending:\n\t\treturn t.refunded(&r, by, source)"},
	{"a refund is sent again blindly", inCheckout, "\tif asked {\n\t\tst, err = refunder.LookupRefund", "\tif asked && false {\n\t\tst, err = refunder.LookupRefund"},
	{"refunds under way are not counted", inTickets, "|| r.Charge != c.Charge || !r.Counts() {", "|| r.Charge != c.Charge || r.State != RefundSucceeded {"},
	{"refunded tickets stay good", inCheckout, "*k = ks[0]\n\t\tk.Revoke(t.now)", "*k = ks[0]"},
	{"tickets are not blocked by a refund", inCheckout, "k.Block(string(r.ID), t.now); return nil", "return nil"},
	{"tickets are not blocked by a dispute", inCheckout, "k.Block(string(s.d.ID), s.now)", "_ = k"},
	{"what a bank argues about pays", inCheckout, "if contested || c.Disposition", "if contested && false || c.Disposition"},
	{"a page for the rest pays for all", inCheckout, "return p.Total.Amount-p.Fee.Amount >= o.Total().Amount", "return true"},
	{"part of owed money is forgotten", inCheckout, "return t.oweAs(c, ours[0], wait)", "_ = wait\n\treturn nil"},
	{"a dispute that was won blocks on", inCheckout, "s.unblock(&k, string(s.d.ID), s.o)", "_ = k"},
	{"money that pays goes back too", inCheckout, "if err := t.unowe(m.capture); err != nil {", "if err := error(nil); err != nil {"},
	{"a refund of a refused page is forgotten", inCheckout, "return t.owe(c, tickets.RefundUnderpaid, 0)", "return nil"},
	{"tickets of a closed date stay good", inCheckout, "k.Block(string(c.ID), t.now)", "_ = k"},
	{"who does not choose is forgotten", inCheckout, "if !settled && t.now.Before(o.AskedUntil) && !hurried {", "if !settled && !hurried {"},
	{"anybody pays a forwarded invoice", inCheckout, "case q.Payer != o.Buyer.TelegramID:", "case false:"},
}
