package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func TestMoneyOfNoOrderIsMatchedAfterALook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.placed()
	_, _ = w.bought()
	c := w.stray(o.Total().Amount)
	k := w.caseAbout(string(c.ID))
	page := "/console/cases/" + string(k.ID)
	if status, _ := w.as(tickets.RoleSupport).get(page + "/match"); status != http.StatusForbidden {
		t.Errorf("support: %d", status)
	}
	b := w.as(tickets.RoleManager)
	if _, body := b.get(page); !strings.Contains(body, page+"/match") {
		t.Error("the case does not offer it")
	}
	if _, body := b.get(page + "/match"); strings.Contains(body, `name="reason"`) {
		t.Error("asks why before an order is named")
	}
	if status, body := b.get(page + "/match?order=zzzz"); status != http.StatusOK || !strings.Contains(body, "No order has this code") {
		t.Errorf("no such order: %d", status)
	}
	_, body := b.get(page + "/match?order=" + strings.ToLower(o.Code[8:]))
	if !strings.Contains(body, "pay for order "+o.Code) || !strings.Contains(body, o.Buyer.Name) || w.orderNow(o).Paid() {
		t.Errorf("preview: %s", body)
	}
	if status, _ := b.post(page+"/match", url.Values{"order": {o.Code}}); status != http.StatusUnprocessableEntity || w.orderNow(o).Paid() {
		t.Errorf("without a reason: %d", status)
	}
	if _, body = b.post(page+"/match", url.Values{"order": {o.Code}, "reason": {"the payer wrote"}}); !strings.Contains(body, "the money is this order") {
		t.Errorf("match: %s", body)
	}
	if now := w.orderNow(o); now.Stage != tickets.StageFulfilled || now.Applied != c.Amount.Amount {
		t.Errorf("order %s, applied %d", now.Stage, now.Applied)
	}
	if now := w.caseAbout(string(c.ID)); now.Open() || now.By.ID != string(b.id) {
		t.Errorf("case %+v", now)
	}
	if _, body = b.post(page+"/match", url.Values{"order": {o.Code}, "reason": {"again"}}); !strings.Contains(body, "decided meanwhile") {
		t.Errorf("twice: %s", body)
	}
	w.logged(t, "case_match ok", 1)
}

func TestMoneyIsNotMatchedToAPaidOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.bought()
	c := w.stray(5000)
	page := "/console/cases/" + string(w.caseAbout(string(c.ID)).ID) + "/match"
	b := w.as(tickets.RoleOwner)
	if _, body := b.get(page + "?order=" + o.Code); !strings.Contains(body, "This order has its money already") || strings.Contains(body, `name="reason"`) {
		t.Error("a paid order is not refused")
	}
	if status, _ := b.post(page, url.Values{"order": {o.Code}, "reason": {"so"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("posted all the same: %d", status)
	}
}

func TestRefundThatWasSettledByHandIsTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.placed()
	by := checkout.Staff{Actor: tickets.Actor{Kind: tickets.ActorMember, ID: "mem_1", Name: "Max"}, Role: tickets.RoleOwner, Source: "test"}
	_, _, err := w.desk.MarkPaid(t.Context(), checkout.MarkingPaid{Order: o.ID, By: by, Reference: "till 7", Reason: "cash"})
	must(t, err)
	rs, err := w.desk.AskRefund(t.Context(), checkout.RefundWish{Order: o.ID, By: by, Reason: "rain"})
	must(t, err)
	w.settles()
	page := "/console/refunds/" + string(rs[0].ID)
	b := w.as(tickets.RoleManager)
	if _, body := b.get(page); strings.Contains(body, "/unsettle") {
		t.Error("one that waits to be paid can be taken back")
	}
	if _, body := b.get(page + "/unsettle"); !strings.Contains(body, "decided meanwhile") {
		t.Error("one that waits to be paid is not led back")
	}
	_, err = w.desk.SettleRefund(t.Context(), rs[0].ID, by, "receipt 9", "cash")
	must(t, err)
	closed := "/console/cases/" + string(w.caseAbout(string(rs[0].ID)).ID)
	for _, path := range []string{page, closed} {
		if _, body := b.get(path); !strings.Contains(body, page+"/unsettle") {
			t.Errorf("%s does not offer it", path)
		}
		if _, body := w.as(tickets.RoleSupport).get(path); strings.Contains(body, "/unsettle") {
			t.Errorf("%s offers it to support", path)
		}
	}
	if _, body := b.get(page + "/unsettle"); !strings.Contains(body, "receipt 9") || !strings.Contains(body, "waits to be paid by hand") {
		t.Errorf("preview: %s", body)
	}
	if status, _ := b.post(page+"/unsettle", url.Values{}); status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", status)
	}
	w.pass(time.Second) // lists are by id, and ids by their moment
	if _, body := b.post(page+"/unsettle", url.Values{"reason": {"nobody was there"}}); !strings.Contains(body, "Noted: it was not paid") {
		t.Errorf("unsettle: %s", body)
	}
	must(t, w.store.View(t.Context(), func(r tickets.Reader) error {
		all, err := r.Refunds(o.ID)
		if len(all) != 2 || all[0].State != tickets.RefundFailed || all[1].State != tickets.RefundSubmitted || all[1].Retries != all[0].ID {
			t.Errorf("refunds %+v", all)
		}
		return err
	}))
	w.logged(t, "refund_unsettle ok", 1)
}

func (w *world) orderNow(o tickets.Order) tickets.Order {
	w.t.Helper()
	must(w.t, w.store.View(w.t.Context(), func(r tickets.Reader) (err error) { o, err = r.Order(o.ID); return err }))
	return o
}

// logged expects so many rows of the log with an act and its result.
func (w *world) logged(t *testing.T, act string, n int) {
	t.Helper()
	got := 0
	must(t, w.store.View(t.Context(), func(r tickets.Reader) error {
		rows, _, err := r.AuditEntries(tickets.Page{})
		for _, e := range rows {
			if e.Act+" "+e.Result == act {
				got++
			}
		}
		return err
	}))
	if got != n {
		t.Errorf("%d rows %q in the log, want %d", got, act, n)
	}
}
