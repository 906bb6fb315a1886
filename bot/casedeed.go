package bot

import (
	"slices"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// This file says what can be done about a case, as its buttons.

// deedsOf are the buttons of the kinds of cases, beside the one to take it.
var deedsOf = map[tickets.CaseKind][]deed{
	tickets.CaseRefund:        {deedApprove, deedReject},
	tickets.CaseRefundFailed:  {deedRetry, deedSettle},
	tickets.CaseRefundByHand:  {deedSettle},
	tickets.CaseRefundFound:   {deedWhich, deedLeave},
	tickets.CaseUnmatched:     {deedReturn, deedKeep},
	tickets.CaseWrongCurrency: {deedReturn, deedKeep},
	tickets.CaseLate:          {deedReturn, deedUse, deedKeep},
	tickets.CaseWarning:       {deedGive, deedLeave},
	tickets.CaseDispute:       {deedProof},
	tickets.CaseUnfulfilled:   {deedIssue, deedGive},
	tickets.CaseMarkPaid:      {deedPaidYes, deedPaidNo},
	tickets.CaseNotice:        {deedLeave},
}

// deeds are what can be done about a case as it stands: nothing about a warning whose money is on its way back, and
// tickets are chosen of those that there are.
func (c caseView) deeds() []deed {
	all := deedsOf[c.Kind]
	switch {
	case c.Kind == tickets.CaseWarning && c.order.Refunding > 0 && c.left().Amount == 0:
		return nil
	case c.Kind == tickets.CaseWarning && c.unapplied(): // the order's other money is not what the bank warns of
		return []deed{deedLeave}
	case c.Kind == tickets.CaseRefundFound && len(endable(c.tickets)) == 0:
		return all[1:]
	case c.reversed():
		return append(slices.Clone(all), deedLeave)
	case c.no != "":
		return []deed{deedLeave}
	case c.Kind == tickets.CaseRefundFailed && c.refund.CameBack: // its bank would send it back again
		return []deed{deedSettle}
	default:
		return all
	}
}

// unapplied reports whether a bank argues about money that did not pay for the order, such as a second payment.
func (c caseView) unapplied() bool {
	return (c.Kind == tickets.CaseWarning || c.Kind == tickets.CaseDispute) && c.capture.Applied == 0
}

// unpayable reports whether the case's refund was settled by hand: somebody may say that it was not paid.
func (c caseView) unpayable() bool {
	return c.Kind == tickets.CaseRefundByHand && !c.Open() && c.refund.State == tickets.RefundSucceeded && c.refund.Evidence != ""
}

// reversed reports whether the case is about money that a bank gave back and that has no places any more.
func (c caseView) reversed() bool {
	return c.Kind == tickets.CaseUnfulfilled && c.Why == checkout.ReasonReversed
}

func (v voice) caseButtons(c caseView) Keyboard {
	var row []Button
	for i, d := range c.deeds() {
		b := Button{Text: v.deedName(d, c), Data: staffMove{deed: d, id: string(c.ID)}.data()}
		switch {
		case duties[d].danger:
			b.Style = StyleDanger
		case i == 0:
			b.Style = StyleSuccess
		}
		row = append(row, b)
	}
	var k Keyboard
	switch {
	case len(row) > 2:
		k = Keyboard{row[:1], row[1:]}
	case len(row) > 0:
		k = Keyboard{row}
	}
	own := Button{Text: v.T("case.deed.own"), Data: staffMove{deed: deedOwn, id: string(c.ID)}.data()}
	return append(k, []Button{own})
}

// deedName is the label of a deed's button, in the words of the case's kind where it has its own.
func (v voice) deedName(d deed, c caseView) string {
	key := "case.deed." + duties[d].name
	if own := key + "_" + string(c.Kind); v.Has(own) {
		key = own
	}
	return v.T(key)
}
