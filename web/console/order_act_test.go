package console_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"boxoffice/tickets"
	"boxoffice/web/console"
)

var hiddenKey = regexp.MustCompile(`name="key" value="([^"]+)"`)

// filled is the form of a page about an act, with its key.
func (b *browser) filled(path string, more url.Values) url.Values {
	b.w.t.Helper()
	status, body := b.get(path)
	m := hiddenKey.FindStringSubmatch(body)
	if status != http.StatusOK || m == nil {
		b.w.t.Fatalf("%s: status %d, key %v", path, status, m)
	}
	if more == nil {
		more = url.Values{}
	}
	more.Set("key", m[1])
	return more
}

func (w *world) order(id tickets.OrderID) (o tickets.Order) {
	w.t.Helper()
	must(w.t, w.store.View(w.t.Context(), func(r tickets.Reader) (err error) { o, err = r.Order(id); return err }))
	return o
}

func (w *world) refunds(id tickets.OrderID) (rs []tickets.Refund) {
	w.t.Helper()
	must(w.t, w.store.View(w.t.Context(), func(r tickets.Reader) (err error) { rs, err = r.Refunds(id); return err }))
	return rs
}

func do(o tickets.Order, what string) string {
	return "/console/orders/" + string(o.ID) + "/do/" + what
}

func TestAnUnpaidOrderIsCancelledFromItsPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.placed()
	b := w.as(tickets.RoleSupport)
	_, body := b.get(do(o, "cancel"))
	has(t, body, "3 places", "are given back at once", "No money has arrived")
	_, body = b.post(do(o, "cancel"), b.filled(do(o, "cancel"), nil))
	has(t, body, "The order is cancelled.")
	if got := w.order(o.ID); got.Stage != tickets.StageCancelled {
		t.Errorf("stage %s", got.Stage)
	}
	if status, _ := w.as(tickets.RoleReadOnly).post(do(o, "cancel"), nil); status != http.StatusForbidden {
		t.Errorf("who only reads: %d", status)
	}
}

func TestOneTicketIsRefundedAfterSayingWhatHappens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, ks := w.paid(w.ordered("night_walk", "night_walk_guest", 3, visit+"T19:30"))
	b := w.as(tickets.RoleManager)
	choice := url.Values{"what": {"tickets"}, "ticket": {string(ks[1].Code)}, "reason": {"one guest is ill"}, "show": {"1"}}
	status, body := b.get(do(o, "refund") + "?" + choice.Encode())
	if status != http.StatusOK {
		t.Fatalf("status %d %s", status, body)
	}
	has(t, body, "goes back by sandbox", "1 ticket stops working", string(ks[1].Code), "It is sent at once", "stays with the shop", "The customer reads", "is on its way back to you")
	if len(w.refunds(o.ID)) != 0 {
		t.Fatal("looking asked for it")
	}
	_, whole := b.get(do(o, "refund") + "?what=all&show=1&reason=x&ticket=" + string(ks[1].Code))
	has(t, whole, "1 ticket stops working") // who names a ticket does not mean everything
	m := hiddenKey.FindStringSubmatch(body)
	choice.Set("key", m[1])
	for range 2 {
		if _, body = b.post(do(o, "refund"), choice); !strings.Contains(body, "is on its way back") {
			t.Error("it does not say that the money is on its way")
		}
	}
	rs := w.refunds(o.ID)
	if len(rs) != 1 || len(rs[0].Tickets) != 1 || rs[0].Tickets[0] != ks[1].Code {
		t.Fatalf("refunds %+v", rs)
	}
	w.settles()
	_, body = b.get("/console/orders/" + string(o.ID))
	has(t, body, "Money went back", "one guest is ill", "Revoked")
}

func TestABadRefundComesBackWithWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.bought()
	b := w.as(tickets.RoleManager)
	for query, want := range map[string]string{
		"what=amount&amount=1e3&reason=x": "like 20 or 20.50", "what=tickets&reason=x": "at least one ticket", "what=all": "Please say why",
		"what=amount&amount=99999&reason=x": "can go back",
	} {
		status, body := b.get(do(o, "refund") + "?show=1&" + query)
		if status < 400 || !strings.Contains(body, want) {
			t.Errorf("%s: status %d, without %q", query, status, want)
		}
	}
	if status, _ := b.post(do(o, "refund"), url.Values{"what": {"all"}, "key": {"k"}}); status != http.StatusUnprocessableEntity || len(w.refunds(o.ID)) != 0 {
		t.Errorf("without a reason: %d", status)
	}
}

func TestARefundThatSupportAskedForIsApprovedByAManager(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.bought()
	b := w.as(tickets.RoleSupport)
	choice := url.Values{"what": {"amount"}, "amount": {"5.50"}, "reason": {"waited too long"}, "show": {"1"}}
	_, body := b.get(do(o, "refund") + "?" + choice.Encode())
	has(t, body, "A manager has to approve it", "No ticket ends")
	choice.Set("key", "k1")
	_, body = b.post(do(o, "refund"), choice)
	has(t, body, "waits for approval")
	r := w.refunds(o.ID)[0]
	path := "/console/orders/" + string(o.ID) + "/refunds/" + string(r.ID)
	if status, _ := b.get(path); status != http.StatusForbidden {
		t.Errorf("support decides: %d", status)
	}
	m := w.as(tickets.RoleManager)
	_, body = m.get("/console/orders/" + string(o.ID))
	has(t, body, path)
	_, body = m.get(path)
	has(t, body, "waited too long", "Approve", "Reject")
	if status, _ := m.post(path, url.Values{"verdict": {"approve"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", status)
	}
	_, body = m.post(path, url.Values{"verdict": {"approve"}, "reason": {"right"}})
	has(t, body, "Approved. The money is on its way back.")
	w.settles()
	if got := w.refunds(o.ID)[0]; got.State != tickets.RefundSucceeded || got.Amount.Amount != 550 {
		t.Errorf("refund %+v", got)
	}
}

func TestAnOrderIsMarkedPaidOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.placed()
	m := w.as(tickets.RoleManager)
	form := url.Values{"reference": {""}, "amount": {o.Total().Decimal()}, "reason": {"bank transfer"}}
	if status, body := m.post(do(o, "paid"), form); status != http.StatusUnprocessableEntity || !strings.Contains(body, `value="`+o.Total().Decimal()+`"`) {
		t.Errorf("without a reference: %d", status)
	}
	form.Set("reference", "TRX-1")
	for range 2 {
		_, body := m.post(do(o, "paid"), form)
		has(t, body, "The order is paid.")
	}
	if got := w.order(o.ID); got.Stage != tickets.StageFulfilled || got.Applied != got.Total().Amount {
		t.Errorf("order %s, %d applied", got.Stage, got.Applied)
	}
	if status, _ := w.as(tickets.RoleSupport).get(do(o, "paid")); status != http.StatusForbidden {
		t.Errorf("support: %d", status)
	}
}

func TestATicketGetsANewCodeFromThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, ks := w.bought()
	b := w.as(tickets.RoleSupport)
	path := "/console/orders/" + string(o.ID) + "/tickets/" + string(ks[0].Code) + "/reissue"
	form := b.filled(path, url.Values{"reason": {"forwarded to a stranger"}})
	for range 2 {
		_, body := b.post(path, form)
		has(t, body, "The new ticket is ticket_")
	}
	_, body := b.get("/console/orders/" + string(o.ID))
	has(t, body, "Replaced by", "In place of", "Ticket reissued", "forwarded to a stranger")
	if status, body := b.get(path); status != http.StatusConflict || !strings.Contains(body, "changed meanwhile") {
		t.Errorf("once more for the old one: %d", status)
	}
}

func TestAnOrderMovesToAnotherDateFromThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.bought()
	b := w.as(tickets.RoleSupport)
	_, body := b.get(do(o, "move"))
	to := regexp.MustCompile(`value="(2026-\d\d-\d\d)"><span>[^<]*<span class="soft">same price`).FindStringSubmatch(body)
	if to == nil {
		t.Fatal("no date of the same price is offered")
	}
	choice := url.Values{"to": {to[1]}, "show": {"1"}}
	_, body = b.get(do(o, "move") + "?" + choice.Encode())
	has(t, body, "The price stays", "The old ticket ends", "your payment now pays for")
	form := b.filled(do(o, "move")+"?"+choice.Encode(), url.Values{"to": {to[1]}})
	for range 2 {
		_, body = b.post(do(o, "move"), form)
		has(t, body, "Moved to")
	}
	if got := w.order(o.ID); got.Slot().String() != to[1] || got.Gen != 2 {
		t.Errorf("slot %s, generation %d", got.Slot(), got.Gen)
	}
}

func TestNotesAndMessagesAgainAreDoneOnce(t *testing.T) {
	t.Parallel()
	sent := map[string]int{}
	w := newWorld(t, func(c *console.Config) {
		c.Resend = func(_ context.Context, id tickets.DeliveryID, _ time.Time, key string) (tickets.Delivery, error) {
			if sent[string(id)+key]++; sent[string(id)+key] > 1 {
				return tickets.Delivery{}, tickets.Exists
			}
			return tickets.Delivery{ID: id}, nil
		}
	})
	o, _ := w.bought()
	must(t, w.store.Update(t.Context(), func(tx tickets.Tx) error {
		ds, err := tx.Deliveries(o.ID)
		for _, d := range ds {
			d.State, d.Due, d.Sent, d.Attempts = tickets.DeliverySent, time.Time{}, w.now(), 1
			if err := tx.PutDelivery(d); err != nil {
				return err
			}
		}
		return err
	}))
	b := w.as(tickets.RoleSupport)
	note := b.filled("/console/orders/"+string(o.ID), url.Values{"note": {"calls at <noon>"}})
	note.Set("key", "page-1")
	for range 2 {
		_, body := b.post(do(o, "note"), note)
		has(t, body, "Noted.", "calls at &lt;noon&gt;")
	}
	if status, body := b.post(do(o, "note"), url.Values{"note": {" "}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, "1 to 2000") {
		t.Errorf("an empty note: %d", status)
	}
	form := b.filled(do(o, "resend"), nil)
	for range 2 {
		_, body := b.post(do(o, "resend"), form)
		has(t, body, "sent again")
	}
	for what, n := range sent {
		if n != 2 { // asked twice, and refused the second time
			t.Errorf("%s was asked for %d times", what, n)
		}
	}
	if len(sent) == 0 {
		t.Error("nothing was sent again")
	}
	facts := 0
	must(t, w.store.View(t.Context(), func(r tickets.Reader) error {
		fs, err := r.Timeline(o.ID, 0, 0)
		for _, f := range fs {
			if f.Name == tickets.OrderNoted {
				facts++
			}
		}
		return err
	}))
	if facts != 1 {
		t.Errorf("%d notes", facts)
	}
}
