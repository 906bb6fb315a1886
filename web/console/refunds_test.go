package console_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

func TestRefundsAreListedByStateWithTheirOrdersAndCases(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, c := w.asked(500)
	b := w.as(tickets.RoleManager)
	_, body := b.get("/console/refunds")
	wants(t, body, o.Code, "S$5.00", "Waits for approval", "/console/cases/"+string(c.ID))
	_, body = b.get("/console/refunds?state=SUCCEEDED")
	lacks(t, body, o.Code)
	_, body = b.get("/console/refunds/" + c.Subject)
	wants(t, body, "Refund of S$5.00", "Asked for", "Waits for somebody", "rain all day", "Sue")
	if status, _ := b.get("/console/refunds/ref_000000000000000000000000"); status != http.StatusNotFound {
		t.Errorf("a refund that is not there: %d", status)
	}
	_, body = w.as(tickets.RoleReadOnly).get("/console/refunds")
	wants(t, body, o.Code)
	lacks(t, body, "/console/cases/")
}

func TestADisputeShowsItsDeadlineAndGivesTheEvidence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.bought()
	must(t, w.sandbox.Force(t.Context(), string(o.PaidBy), sandbox.Outcome{Act: sandbox.DisputeOpen}))
	w.settles()
	cs := w.openCases()
	if len(cs) != 1 || cs[0].Kind != tickets.CaseDispute {
		t.Fatalf("cases %+v", cs)
	}
	b := w.as(tickets.RoleSupport)
	_, body := b.get("/console/disputes")
	wants(t, body, o.Code, "/console/disputes/"+cs[0].Subject)
	_, body = b.get("/console/disputes/" + cs[0].Subject)
	wants(t, body, "The bank told of it", "Until then the bank takes evidence", "evidence")
	_, body = b.get("/console/cases/" + string(cs[0].ID))
	wants(t, body, "Download the evidence", "/console/disputes/"+cs[0].Subject+"/evidence")
	status, raw := b.get("/console/disputes/" + cs[0].Subject + "/evidence")
	z, err := zip.NewReader(bytes.NewReader([]byte(raw)), int64(len(raw)))
	if status != http.StatusOK || err != nil {
		t.Fatalf("%d, %v", status, err)
	}
	f, err := z.Open(o.Code + "/summary.txt")
	must(t, err)
	text, err := io.ReadAll(f)
	must(t, err)
	wants(t, string(text), o.Code, "Dispute")
	_, body = b.get("/console/disputes/" + cs[0].Subject)
	wants(t, body, "Evidence put together")
}

func TestABankThatArguesAboutASecondPaymentIsNoReasonToEndTickets(t *testing.T) {
	t.Parallel()
	for act, want := range map[sandbox.Act][2]string{
		sandbox.DisputeWarn: {"did not pay for the order: it goes back", "Refund the whole order"},
		sandbox.DisputeOpen: {"No ticket is blocked", "Unused tickets are blocked"},
	} {
		t.Run(string(act), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			o, _ := w.bought()
			must(t, w.sandbox.Force(t.Context(), string(o.PaidBy), sandbox.Outcome{Act: sandbox.Approve}))
			w.settles()
			var all []tickets.Capture
			must(t, w.store.View(t.Context(), func(r tickets.Reader) (err error) { all, err = r.Captures(o.ID); return err }))
			second := slices.IndexFunc(all, func(c tickets.Capture) bool { return c.Applied == 0 })
			must(t, w.sandbox.Force(t.Context(), string(o.PaidBy), sandbox.Outcome{Act: act, Of: all[second].Charge}))
			w.settles()
			cs := w.openCases()
			if len(cs) != 1 {
				t.Fatalf("cases %+v", cs)
			}
			_, body := w.as(tickets.RoleManager).get("/console/cases/" + string(cs[0].ID))
			wants(t, body, want[0])
			lacks(t, body, want[1])
		})
	}
}

func TestARefundThatABankSentBackIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, ks := w.bought()
	must(t, w.sandbox.Force(t.Context(), string(o.PaidBy), sandbox.Outcome{Act: sandbox.RefundBounce, After: time.Hour}))
	owner := checkout.Staff{Actor: tickets.Actor{Kind: tickets.ActorMember, ID: "mem_1", Name: "Mei"}, Role: tickets.RoleOwner, Source: "console"}
	_, err := w.desk.AskRefund(t.Context(), checkout.RefundWish{Order: o.ID, By: owner, Tickets: []tickets.TicketCode{ks[0].Code}, Reason: "ill"})
	must(t, err)
	w.settles()
	w.pass(2 * time.Hour)
	w.settles()
	cs := w.openCases()
	if len(cs) != 1 || cs[0].Kind != tickets.CaseRefundFailed {
		t.Fatalf("cases %+v", cs)
	}
	_, body := w.as(tickets.RoleOwner).get("/console/cases/" + string(cs[0].ID))
	wants(t, body, "sent it back", "/settle")
	lacks(t, body, "/retry")
}
