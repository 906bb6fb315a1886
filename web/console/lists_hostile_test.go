package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"boxoffice/tickets"
)

// TestListsEscapeWhatOthersWrote puts hostile text into every field that a customer, a provider or a member can choose
// and looks at every list: none comes through as markup, or as an address that is not ours.
func TestListsEscapeWhatOthersWrote(t *testing.T) {
	t.Parallel()
	w, d, _ := messenger(t)
	o, ks := w.bought()
	settle(t, w, d)
	const bad = `"'><script>alert(1)</script><img src=x onerror=alert(2)>`
	var n tickets.Notice
	must(t, w.store.Update(t.Context(), func(tx tickets.Tx) error {
		c, err := tx.Customer(o.Buyer.Customer)
		if err != nil {
			return err
		}
		c.Name, c.Username, c.Lang = bad, bad, bad
		o.Buyer.Name, o.Buyer.Username, o.PaymentRef, o.Method, o.Channel, o.Reason = bad, bad, bad, bad, bad, bad
		o.ProductName = tickets.Texts{"en": bad}
		k := ks[0]
		k.ProductName, k.OrderCode = tickets.Texts{"en": bad}, bad
		p, err := tx.Payment(o.PaidBy)
		if err != nil {
			return err
		}
		p.Remote, p.Charge = bad+"r", bad+"c"
		n = tickets.Notice{
			ID: tickets.NoticeID(tickets.NewID(tickets.PrefixNotice, w.now(), nil)), Gateway: bad, Event: bad, Type: bad, Note: bad, Body: []byte(`{"a":"` + `<script>alert(3)</script>` + `"}`),
			Headers: map[string]string{"user-agent": bad}, Sum: bad, At: w.now(), Count: 1, Done: w.now(), Outcome: bad,
		}
		ms, err := tx.Deliveries(o.ID)
		if err != nil {
			return err
		}
		ms[0].Kind, ms[0].Error = bad, bad
		for _, err := range []error{tx.PutCustomer(c), tx.PutOrder(o), tx.PutTicket(k), tx.PutPayment(p), tx.CreateNotice(n), tx.PutDelivery(ms[0])} {
			if err != nil {
				return err
			}
		}
		return nil
	}))
	b := w.as(tickets.RoleOwner)
	b.post("/console/orders/views", url.Values{"name": {bad}, "query": {"q=" + url.QueryEscape(bad)}})
	b.post("/console/orders/views/shared", url.Values{"name": {bad}, "query": {"status=INIT"}})
	hostile := url.QueryEscape(bad)
	for _, path := range []string{
		"/console/orders", "/console/orders?q=" + hostile, "/console/orders?customer=" + hostile + "&date=" + hostile + "&min=" + hostile + "&sku=" + hostile,
		"/console/orders?mark=" + hostile, "/console/orders/views", "/console/search?q=alert", "/console/search?q=" + hostile, "/console/search?q=" + string(o.ID[:20]),
		"/console/search?q=script&kind=" + hostile, "/console/tickets", "/console/tickets?gate=" + hostile + "&state=" + hostile, "/console/customers",
		"/console/customers?q=script", "/console/customers/" + string(o.Buyer.Customer), "/console/messages", "/console/messages?kind=" + hostile, "/console/messages/resend",
		"/console/notices", "/console/notices?gateway=" + hostile, "/console/notices/" + string(n.ID),
	} {
		status, page := b.get(path)
		if status >= http.StatusInternalServerError || status == http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
		for _, sign := range []string{"<script>alert", "<img", `href="javascript`, "onerror=alert(2)>"} {
			if strings.Contains(page, sign) {
				t.Errorf("%s shows %s", path, sign)
			}
		}
	}
}
