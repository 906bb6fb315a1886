package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

var sue = checkout.Staff{Actor: tickets.Actor{Kind: tickets.ActorMember, ID: "mem_1", Name: "Sue"}, Role: tickets.RoleSupport, Source: "console"}

// asked is a paid order of which support asks an amount back, and the case about it.
func (w *world) asked(amount int64) (tickets.Order, tickets.Case) {
	w.t.Helper()
	o, _ := w.bought()
	_, err := w.desk.AskRefund(w.t.Context(), checkout.RefundWish{Order: o.ID, By: sue, Amount: amount, Reason: "rain all day"})
	must(w.t, err)
	return o, w.openCases()[0]
}

func (w *world) openCases() []tickets.Case {
	w.t.Helper()
	cs, _, err := w.desk.Cases(w.t.Context(), tickets.Page{})
	must(w.t, err)
	return cs
}

func TestTheQueueHasTheOldestFirstAndSaysWhoCares(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, c := w.asked(500)
	w.pass(time.Hour)
	second, _ := w.asked(700)
	b := w.as(tickets.RoleManager)
	_, body := b.get("/console/cases")
	wants(t, body, first.Code, second.Code, "S$5.00", "S$7.00", "nobody yet", "1 h ago")
	if strings.Index(body, first.Code) > strings.Index(body, second.Code) {
		t.Error("the newer one is first")
	}
	_, body = b.post("/console/cases/"+string(c.ID)+"/take", nil)
	wants(t, body, "It is yours now", "takes care of it")
	_, body = b.get("/console/cases?show=mine")
	wants(t, body, first.Code)
	lacks(t, body, second.Code)
	_, body = b.get("/console/cases?show=free")
	wants(t, body, second.Code)
	lacks(t, body, first.Code)
	_, body = b.post("/console/cases/"+string(c.ID)+"/give-back", nil)
	wants(t, body, "Nobody has taken this yet")
}

func TestAManagerApprovesARefundAndTheCaseIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, c := w.asked(500)
	b := w.as(tickets.RoleManager)
	at := "/console/cases/" + string(c.ID)
	_, body := b.get(at)
	wants(t, body, "What happened", "rain all day", "Sue", at+"/approve", at+"/reject")
	_, body = b.get(at + "/approve")
	wants(t, body, "The money is sent back by the way it came", `name="reason"`)
	status, body := b.post(at+"/approve", url.Values{"reason": {" "}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("status %d", status)
	}
	wants(t, body, `aria-invalid="true"`, "Say why")
	_, body = b.post(at+"/approve", url.Values{"reason": {"goodwill <b>"}})
	wants(t, body, "on its way back", "Approved")
	lacks(t, body, "goodwill <b>")
	w.settles()
	must(t, w.store.View(t.Context(), func(r tickets.Reader) (err error) { o, err = r.Order(o.ID); return err }))
	if o.Refunded != 500 {
		t.Errorf("%d refunded", o.Refunded)
	}
	_, body = b.post(at+"/approve", url.Values{"reason": {"again"}}) // from a page that was left open
	wants(t, body, "decided meanwhile")
	_, body = b.get("/console/cases?show=closed")
	wants(t, body, o.Code, "Approved", "Member manager")
}

func TestOnlyWhoMayDecidesACase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, c := w.asked(500)
	at := "/console/cases/" + string(c.ID)
	b := w.as(tickets.RoleSupport)
	_, body := b.get(at)
	wants(t, body, "Somebody else must decide")
	lacks(t, body, at+"/approve")
	for _, path := range []string{"/approve", "/reject", "/keep"} {
		if status, _ := b.post(at+path, url.Values{"reason": {"x"}}); status != http.StatusForbidden {
			t.Errorf("%s: %d", path, status)
		}
	}
	if status, _ := w.as(tickets.RoleReadOnly).get(at); status != http.StatusForbidden {
		t.Errorf("read only: %d", status)
	}
	if n := len(w.openCases()); n != 1 {
		t.Errorf("%d cases", n)
	}
}

func TestAboveTheLimitTwoPeopleMustAgree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.store.Update(t.Context(), func(tx tickets.Tx) error {
		cat, err := tx.Catalog()
		if err != nil {
			return err
		}
		changed := *cat
		changed.Merchant.ApproveAbove = 300
		_, err = tx.PutCatalog(changed)
		return err
	}))
	_, c := w.asked(500)
	at := "/console/cases/" + string(c.ID)
	one, two := w.as(tickets.RoleManager), w.as(tickets.RoleOwner)
	_, body := one.get(at + "/approve")
	wants(t, body, "Above S$3.00, two people must agree")
	_, body = one.post(at+"/approve", url.Values{"reason": {"fine"}})
	wants(t, body, "A second person must agree too", "has said yes")
	lacks(t, body, at+"/approve")
	_, body = two.post(at+"/approve", url.Values{"reason": {"fine"}})
	wants(t, body, "on its way back")
}

func TestLateMoneyIsUsedForAnotherDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.store.Update(t.Context(), func(tx tickets.Tx) error {
		cat, err := tx.Catalog()
		if err != nil {
			return err
		}
		changed := *cat
		changed.Products = append([]tickets.Product(nil), cat.Products...)
		for i := range changed.Products {
			changed.Products[i].LatePolicy = "review"
		}
		_, err = tx.PutCatalog(changed)
		return err
	}))
	o := w.lateMoney()
	cs := w.openCases()
	if len(cs) != 1 || cs[0].Kind != tickets.CaseLate {
		t.Fatalf("cases %+v", cs)
	}
	at := "/console/cases/" + string(cs[0].ID)
	b := w.as(tickets.RoleManager)
	_, body := b.get(at)
	wants(t, body, at+"/use", at+"/move", at+"/return", at+"/keep", "its places were given back")
	_, body = b.get(at + "/move")
	slot := between(t, body, `<option value="`, `"`)
	status, _ := b.post(at+"/move", url.Values{"reason": {"agreed"}, "slot": {"2030-01-01"}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a day that was not offered: %d", status)
	}
	_, body = b.post(at+"/move", url.Values{"reason": {"agreed"}, "slot": {slot}})
	wants(t, body, "the order has moved", "Used for the order")
	must(t, w.store.View(t.Context(), func(r tickets.Reader) (err error) { o, err = r.Order(o.ID); return err }))
	if o.Slot().String() != slot || !o.Paid() {
		t.Errorf("order is for %s and %s", o.Slot(), o.Stage)
	}
}

// between is what lies between two texts of a page.
func between(t *testing.T, page, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, from)
	s, _, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatalf("no %s…%s in %s", from, to, page)
	}
	return s
}

func TestACaseThatIsYoungerThanItsMoneyIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := tickets.Capture{
		ID: tickets.CaptureID(tickets.NewID(tickets.PrefixCapture, w.now(), nil)), Merchant: "sentosa_demo", Gateway: "sandbox", Charge: "pi_stray_4711",
		Amount: tickets.Money{Amount: 5000, Currency: "SGD"}, Disposition: tickets.Unmatched, Owed: 5000, At: w.now(),
	}
	must(t, w.store.Update(t.Context(), func(tx tickets.Tx) error { return tx.CreateCapture(c) }))
	w.pass(time.Hour)
	must(t, w.desk.Adopt(t.Context()))
	at := "/console/cases/" + string(w.caseAbout(string(c.ID)).ID)
	status, body := w.as(tickets.RoleManager).get(at)
	if status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	wants(t, body, "pi_stray_4711", at+"/return", at+"/keep")
}

func TestAFailedRefundWhoseTicketWasUsedIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, ks := w.bought()
	must(t, w.sandbox.Force(t.Context(), string(o.Session), sandbox.Outcome{Act: sandbox.RefundFail}))
	by := checkout.Staff{Actor: tickets.Actor{Kind: tickets.ActorMember, ID: "mem_1", Name: "Max"}, Role: tickets.RoleOwner, Source: "test"}
	rs, err := w.desk.AskRefund(t.Context(), checkout.RefundWish{Order: o.ID, By: by, Tickets: []tickets.TicketCode{ks[0].Code}, Reason: "rain"})
	must(t, err)
	w.settles()
	at := "/console/cases/" + string(w.caseAbout(string(rs[0].ID)).ID)
	_, body := w.as(tickets.RoleManager).get(at)
	wants(t, body, at+"/retry", at+"/settle")
	lacks(t, body, at+"/leave")
	w.pass(24 * time.Hour)
	_, _, err = w.desk.Admit(t.Context(), checkout.Admitting{Scan: string(ks[0].Code), By: by.Actor})
	must(t, err)
	b := w.as(tickets.RoleManager)
	_, body = b.get(at)
	wants(t, body, "was used meanwhile", at+"/leave")
	lacks(t, body, at+"/retry", at+"/settle")
	_, body = b.post(at+"/leave", url.Values{"reason": {"they came after all"}})
	wants(t, body, "Left as it is", "they came after all")
	if now := w.orderNow(o); now.Refund != "" {
		t.Errorf("refund %s", now.Refund)
	}
}
