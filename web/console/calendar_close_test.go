package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"boxoffice/tickets"
)

func TestClosingASoldDateAsksAndRefundsAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.bought()
	b := w.as(tickets.RoleManager)
	_, body := b.get("/console/calendar/edit?do=close&product=cable_car&scope=days&d=" + visit) // a redirect to the question
	shows(t, body, "Close Saturday, 21 March 2026", "S$108.00", `value="swap"`, `value="refund"`, `value="leave"`)
	form := hidden(t, body, "/console/calendar/close")
	form.Set("deed", "refund")
	status, body := b.post("/console/calendar/close", form)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason it is answered %d", status)
	}
	shows(t, body, "Tell your customers why")
	if !w.product("cable_car").Calendar.Open(date(t, visit)) {
		t.Fatal("closed although the form was bad")
	}
	form.Set("reason", "<b>a storm</b>")
	_, body = b.post("/console/calendar/close", form)
	shows(t, body, "At work", "&lt;b&gt;a storm&lt;/b&gt;", "data-live")
	for range 2 {
		_, err := w.desk.Close(t.Context())
		must(t, err)
	}
	w.settles()
	must(t, w.store.View(t.Context(), func(r tickets.Reader) (err error) { o, err = r.Order(o.ID); return err }))
	if o.Stage != tickets.StageRefunded {
		t.Errorf("the order is %s", o.Stage)
	}
	_, body = b.get("/console/calendar/closings/" + string(o.Closing))
	shows(t, body, ">Done<", "Money goes back")
	_, body = b.post("/console/calendar/close", form) // pressed again, on the older catalog
	shows(t, body, "Somebody changed the catalog")
}

func TestClosingWithAChoiceCanBeEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.bought()
	w.placed()
	b := w.as(tickets.RoleOwner)
	_, body := b.get("/console/calendar/close?product=cable_car&d=" + visit)
	form := hidden(t, body, "/console/calendar/close")
	form.Set("deed", "swap")
	form.Set("wait", "24")
	form.Set("reason", "a storm")
	b.post("/console/calendar/close", form)
	_, err := w.desk.Close(t.Context())
	must(t, err)
	must(t, w.store.View(t.Context(), func(r tickets.Reader) (err error) { o, err = r.Order(o.ID); return err }))
	if !o.Asked() {
		t.Fatalf("nobody asks: %+v", o)
	}
	at := "/console/calendar/closings/" + string(o.Closing)
	_, body = b.get(at)
	shows(t, body, "Customers are choosing", "Still to choose", "Not paid: cancelled")
	_, body = b.get("/console/calendar?month=2026-03")
	shows(t, body, at)
	if status, _ := w.as(tickets.RoleSupport).post(at+"/hurry", nil); status != http.StatusForbidden {
		t.Errorf("support may end it: %d", status)
	}
	b.post(at+"/hurry", url.Values{})
	w.pass(2 * time.Minute)
	_, err = w.desk.Close(t.Context())
	must(t, err)
	w.settles()
	_, body = b.get(at)
	shows(t, body, "Money goes back")
	if strings.Contains(body, "Still to choose") {
		t.Error("somebody is still to choose")
	}
	if status, _ := b.get("/console/calendar/closings/close_nothing"); status != http.StatusNotFound {
		t.Errorf("a closing that is not there is answered %d", status)
	}
}
