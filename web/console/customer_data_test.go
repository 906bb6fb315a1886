package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"boxoffice/tickets"
)

func TestCustomersDataIsHandedOutAndErased(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, ks := w.bought()
	page := "/console/customers/" + string(o.Buyer.Customer)
	b := w.as(tickets.RoleManager)
	if _, body := b.get(page); !strings.Contains(body, page+"/data.json") || !strings.Contains(body, page+"/erase") {
		t.Fatal("the customer's page leads to neither")
	}
	status, body := b.get(page + "/data.json")
	if status != http.StatusOK || !strings.Contains(body, o.Buyer.Name) || !strings.Contains(body, string(ks[0].Code)) || strings.Contains(body, ks[0].Text) {
		t.Errorf("data: %d %s", status, body)
	}
	if _, body := b.get(page + "/erase"); !strings.Contains(body, o.Code) || strings.Contains(body, `name="reason"`) {
		t.Error("an order that is not over does not stand in the way")
	}
	if status, body := b.post(page+"/erase", url.Values{"reason": {"they asked"}}); status != http.StatusConflict || !strings.Contains(body, o.Code) {
		t.Errorf("while an order is not over: %d %s", status, body)
	}
	w.pass(3 * 24 * time.Hour)
	b = w.as(tickets.RoleManager)
	if status, body := b.post(page+"/erase", url.Values{"reason": {" "}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, `aria-invalid="true"`) {
		t.Errorf("without a reason: %d", status)
	}
	for range 2 { // pressed twice
		status, body = b.post(page+"/erase", url.Values{"reason": {"they asked"}})
		if status != http.StatusOK || !strings.Contains(body, "Nothing here says any more who this was") || strings.Contains(body, o.Buyer.Name) {
			t.Errorf("erase: %d %s", status, body)
		}
	}
	for _, path := range []string{page, page + "/erase", "/console/orders/" + string(o.ID), "/console/search?q=Tan+Mei+Ling", "/console/customers?q=meiling1", "/console/messages"} {
		if _, body := b.get(path); strings.Contains(body, o.Buyer.Name) || strings.Contains(body, ">@"+o.Buyer.Username) {
			t.Errorf("%s still has the name", path)
		}
	}
	acts := map[string]int{}
	must(t, w.store.View(t.Context(), func(r tickets.Reader) error {
		rows, _, err := r.AuditEntries(tickets.Page{})
		for _, e := range rows {
			acts[e.Act+" "+e.Result]++
			if strings.Contains(e.Before+e.After+e.Object+e.Reason, o.Buyer.Name) {
				t.Errorf("the log has the name: %+v", e)
			}
		}
		return err
	}))
	if acts["customer_export ok"] != 1 || acts["customer_erase refused"] != 1 || acts["customer_erased ok"] != 1 || acts["customer_erase ok"] == 0 {
		t.Errorf("log %v", acts)
	}
}

func TestOnlyManagersHandOutAndErase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.bought()
	page := "/console/customers/" + string(o.Buyer.Customer)
	for _, role := range []tickets.Role{tickets.RoleSupport, tickets.RoleReadOnly} {
		b := w.as(role)
		if _, body := b.get(page); strings.Contains(body, "data.json") || strings.Contains(body, "/erase") {
			t.Errorf("%s is offered it", role)
		}
		for _, path := range []string{"/data.json", "/erase"} {
			if status, _ := b.get(page + path); status != http.StatusForbidden {
				t.Errorf("%s %s: %d", role, path, status)
			}
		}
	}
}
