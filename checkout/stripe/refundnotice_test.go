package stripe

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// backEvent is an event and what it reports.
type backEvent struct {
	kind, object string
	want         []checkout.Report
}

// backAt is when the events happened.
var backAt = time.Unix(1760000000, 0).UTC()

// reporting is a report with a change.
func reporting(r checkout.Report, change func(*checkout.Report)) []checkout.Report {
	change(&r)
	return []checkout.Report{r}
}

func same(*checkout.Report) {}

// reads reads each event and compares.
func reads(t *testing.T, events map[string]backEvent) {
	t.Helper()
	for name, c := range events {
		body := fmt.Sprintf(`{"id":"evt_1","type":%q,"created":1760000000,"livemode":true,"data":{"object":{%s}}}`, c.kind, c.object)
		got, err := account(t, "whsec_x").Read([]byte(body))
		if err != nil || len(got) != len(c.want) {
			t.Errorf("%s: %+v, %v", name, got, err)
			continue
		}
		for i := range got {
			if strings.Contains(c.object, "ch_1") && !strings.Contains(string(got[i].Raw), `"ch_1"`) {
				t.Errorf("%s: the charge is not in %s", name, got[i].Raw)
			}
			got[i].Raw = nil
			if fmt.Sprintf("%+v", got[i]) != fmt.Sprintf("%+v", c.want[i]) {
				t.Errorf("%s:\n got %+v\nwant %+v", name, got[i], c.want[i])
			}
		}
	}
}

func TestEventsAboutRefundsAreRead(t *testing.T) {
	t.Parallel()
	const ours = "ref_19ca9450a00592a9fec43e4e"
	refund := `"id":"re_1","object":"refund","amount":5000,"currency":"sgd","charge":"ch_1","payment_intent":"pi_1","metadata":{"refund_id":"` + ours + `"},`
	back := checkout.Report{
		Kind: checkout.ReportRefund, Charge: "pi_1", Amount: tickets.Money{Amount: 5000, Currency: "SGD"}, At: backAt,
		Refund: "re_1", RefundID: ours, RefundState: tickets.RefundPending,
	}
	state := func(s tickets.RefundState, reason string) func(*checkout.Report) {
		return func(r *checkout.Report) { r.RefundState, r.Reason = s, reason }
	}
	reads(t, map[string]backEvent{
		"pending":         {"refund.created", refund + `"status":"pending"`, reporting(back, same)},
		"requires action": {"refund.created", refund + `"status":"requires_action"`, reporting(back, same)},
		"succeeded":       {"refund.updated", refund + `"status":"succeeded"`, reporting(back, state(tickets.RefundSucceeded, ""))},
		"older name":      {"charge.refund.updated", refund + `"status":"succeeded"`, reporting(back, state(tickets.RefundSucceeded, ""))},
		"failed": {"refund.failed", refund + `"status":"failed","failure_reason":"lost_or_stolen_card"`,
			reporting(back, state(tickets.RefundFailed, "lost_or_stolen_card"))},
		"canceled": {"refund.updated", refund + `"status":"canceled"`, reporting(back, state(tickets.RefundFailed, "canceled"))},
		"dashboard": {"refund.created", strings.Replace(refund, ours, "somebody's note", 1) + `"status":"pending"`,
			reporting(back, func(r *checkout.Report) { r.RefundID = "" })},
		"no metadata": {"refund.created", `"id":"re_1","amount":5000,"currency":"sgd","payment_intent":{"id":"pi_1"},"metadata":null,"status":"pending"`,
			reporting(back, func(r *checkout.Report) { r.RefundID = "" })},
		"charge only": {"refund.created", `"id":"re_1","amount":5000,"currency":"sgd","charge":"ch_1","payment_intent":null,"status":"pending"`,
			reporting(back, func(r *checkout.Report) { r.RefundID, r.Charge = "", "" })},
		"yen": {"refund.created", `"id":"re_1","amount":500,"currency":"jpy","payment_intent":"pi_1","status":"pending"`,
			reporting(back, func(r *checkout.Report) { r.RefundID, r.Amount = "", tickets.Money{Amount: 500, Currency: "JPY"} })},
		"a charge that lists": {"charge.refunded", `"id":"ch_1","payment_intent":"pi_1","refunds":{"data":[{` + refund + `"status":"pending"},` +
			`{"id":"re_1","amount":5000,"currency":"sgd","status":"succeeded"}]}`,
			append(reporting(back, same), reporting(back, func(r *checkout.Report) { r.RefundID, r.RefundState = "", tickets.RefundSucceeded })...)},
		"a charge that does not": {"charge.refunded", `"id":"ch_1","payment_intent":"pi_1","amount_refunded":5000`, reporting(back, func(r *checkout.Report) {
			*r = checkout.Report{Kind: checkout.ReportRefund, Charge: "pi_1", At: backAt} // something went back: what, is asked
		})},
	})
}

func TestEventsAboutDisputesAreRead(t *testing.T) {
	t.Parallel()
	dispute := `"id":"dp_1","object":"dispute","amount":11900,"currency":"sgd","charge":"ch_1","payment_intent":"pi_1","reason":"fraudulent",` +
		`"evidence_details":{"due_by":1760600000},`
	open := checkout.Report{
		Kind: checkout.ReportDispute, Charge: "pi_1", Amount: tickets.Money{Amount: 11900, Currency: "SGD"}, At: backAt, Reason: "fraudulent",
		Deadline: time.Unix(1760600000, 0).UTC(), Dispute: "dp_1", DisputeState: tickets.DisputeOpen,
	}
	warning := checkout.Report{
		Kind: checkout.ReportDispute, Charge: "pi_1", At: backAt, Reason: "misc", Dispute: "issfr_1", DisputeState: tickets.DisputeWarning,
	}
	disputed := func(s tickets.DisputeState) func(*checkout.Report) {
		return func(r *checkout.Report) { r.DisputeState = s }
	}
	funds := func(f checkout.Funds) func(*checkout.Report) {
		return func(r *checkout.Report) { r.Funds, r.DisputeState = f, "" }
	}
	reads(t, map[string]backEvent{
		"opened":          {"charge.dispute.created", dispute + `"status":"needs_response"`, reporting(open, same)},
		"evidence":        {"charge.dispute.updated", dispute + `"status":"under_review"`, reporting(open, disputed(tickets.DisputeEvidenceSent))},
		"won":             {"charge.dispute.closed", dispute + `"status":"won"`, reporting(open, disputed(tickets.DisputeWon))},
		"lost":            {"charge.dispute.closed", dispute + `"status":"lost"`, reporting(open, disputed(tickets.DisputeLost))},
		"inquiry":         {"charge.dispute.created", dispute + `"status":"warning_needs_response"`, reporting(open, disputed(tickets.DisputeWarning))},
		"inquiry, read":   {"charge.dispute.updated", dispute + `"status":"warning_under_review"`, reporting(open, disputed(tickets.DisputeWarning))},
		"inquiry, closed": {"charge.dispute.closed", dispute + `"status":"warning_closed"`, reporting(open, disputed(tickets.DisputeDropped))},
		"taken":           {"charge.dispute.funds_withdrawn", dispute + `"status":"needs_response"`, reporting(open, funds(checkout.FundsWithdrawn))},
		"given": {"charge.dispute.funds_reinstated", dispute + `"status":"a new one"`,
			reporting(open, funds(checkout.FundsReinstated))},
		"no deadline": {"charge.dispute.created", strings.Replace(dispute, "1760600000", "null", 1) + `"status":"needs_response"`,
			reporting(open, func(r *checkout.Report) { r.Deadline = time.Time{} })},
		"a far deadline": {"charge.dispute.created", strings.Replace(dispute, "1760600000", "999999999999", 1) + `"status":"needs_response"`,
			reporting(open, func(r *checkout.Report) { r.Deadline = time.Time{} })},

		"warned": {"radar.early_fraud_warning.created", `"id":"issfr_1","actionable":false,"fraud_type":"misc","payment_intent":"pi_1"`, reporting(warning, same)},
		"warned again": {"radar.early_fraud_warning.updated", `"id":"issfr_1","actionable":true,"fraud_type":"misc","payment_intent":"pi_1"`,
			reporting(warning, same)},
		"warning over": {"radar.early_fraud_warning.updated", `"id":"issfr_1","actionable":false,"fraud_type":"misc","payment_intent":"pi_1"`,
			reporting(warning, disputed(tickets.DisputeDropped))},
		"warning of a charge": {"radar.early_fraud_warning.created", `"id":"issfr_1","charge":"ch_1","fraud_type":"misc"`,
			reporting(warning, func(r *checkout.Report) { r.Charge = "" })},
	})
}

func TestEventsAboutMoneyGoingBackThatMakeNoSenseAreInvalid(t *testing.T) {
	t.Parallel()
	for kind, objects := range map[string][]string{
		"refund.created": {
			`null`, `{}`, `{"id":"re_1","status":"pending"}`, `{"id":"re_1","status":"dreamt","amount":1,"currency":"sgd"}`,
			`{"id":"re_1","status":"pending","amount":-1,"currency":"sgd"}`, `{"id":"re_1","status":"pending","amount":1,"currency":"dollars"}`,
			`{"id":"ch_1","object":"charge","status":"succeeded","amount":1,"currency":"sgd"}`, `{"id":"re_1","metadata":{"refund_id":7}}`,
		},
		"charge.refunded": {`[]`, `{"refunds":{"data":[{}]}}`, `{"refunds":{"data":[{"id":"re_1","status":"pending"}]}}`},
		"charge.dispute.created": {
			`null`, `{}`, `{"id":"dp_1","status":"needs_response"}`, `{"id":"dp_1","status":"dreamt","amount":1,"currency":"sgd"}`,
			`{"id":"dp_1","status":"won","amount":1}`, `{"id":"re_1","object":"refund","status":"won","amount":1,"currency":"sgd"}`,
		},
		"charge.dispute.funds_withdrawn":    {`{"id":"dp_1"}`, `{"amount":1,"currency":"sgd"}`},
		"radar.early_fraud_warning.created": {`null`, `{}`, `{"id":7}`, `{"id":"re_1","object":"refund"}`},
	} {
		for _, object := range objects {
			body := fmt.Sprintf(`{"id":"evt_1","type":%q,"data":{"object":%s}}`, kind, object)
			if got, err := account(t, "whsec_x").Read([]byte(body)); !errors.Is(err, tickets.Invalid) {
				t.Errorf("%s %s: %+v, %v", kind, object, got, err)
			}
		}
	}
}
