package console_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/web/console"
)

// things are what the addresses of routes name: one of each kind, ours and another merchant's.
type things struct{ own, foreign map[string]string }

const otherShop = "other_shop"

// things makes an order with all that hangs on it, and a copy of each row that belongs to another merchant.
func (w *world) things() things {
	w.t.Helper()
	o, ks := w.bought()
	_, err := w.desk.AskRefund(w.t.Context(), checkout.RefundWish{
		Order: o.ID, By: checkout.Staff{Actor: tickets.Actor{Kind: tickets.ActorMember, ID: "mem_1"}, Role: tickets.RoleSupport, Source: "test"}, Reason: "rain", Amount: 100,
	})
	must(w.t, err)
	w.settles()
	id := func(prefix string) string { return tickets.NewID(prefix, w.now(), nil) }
	t := things{own: map[string]string{}, foreign: map[string]string{}}
	put := func(kind, own, foreign string) { t.own[kind], t.foreign[kind] = own, foreign }
	target := tickets.Member{ID: tickets.MemberID(id(tickets.PrefixMember)), Merchant: o.Merchant, Name: "Target", Role: tickets.RoleGate, At: w.now()}
	must(w.t, w.store.Update(w.t.Context(), func(tx tickets.Tx) error {
		other := target
		other.ID, other.Merchant = tickets.MemberID(id(tickets.PrefixMember)), otherShop
		put("members", string(target.ID), string(other.ID))
		fo, k := o, ks[0]
		fo.ID, fo.Code, fo.Confirm, fo.Merchant = tickets.OrderID(id(tickets.PrefixOrder)), "XX260320L00001", "", otherShop
		put("orders", string(o.ID), string(fo.ID))
		k.Code, k.Number, k.Order, k.Merchant = tickets.TicketCode(id(tickets.PrefixTicket)), k.Number+1, fo.ID, otherShop
		put("tickets", string(ks[0].Code), string(k.Code))
		c, err := tx.Customer(o.Buyer.Customer)
		if err != nil {
			return err
		}
		put("customers", string(c.ID), id(tickets.PrefixCustomer))
		c.ID, c.TelegramID, c.Merchant = tickets.CustomerID(t.foreign["customers"]), 1, otherShop
		ds, err := tx.Deliveries(o.ID)
		if err != nil || len(ds) == 0 {
			return errors.Join(err, errors.New("no delivery"))
		}
		d := ds[0]
		put("messages", string(d.ID), id(tickets.PrefixDelivery))
		d.ID, d.Key, d.Merchant = tickets.DeliveryID(t.foreign["messages"]), d.Key+" other", otherShop
		ns, _, err := tx.AllNotices(tickets.Page{})
		if err != nil || len(ns) == 0 {
			return errors.Join(err, errors.New("no notice"))
		}
		n := ns[0]
		put("notices", string(n.ID), id(tickets.PrefixNotice))
		n.ID, n.Event, n.Order = tickets.NoticeID(t.foreign["notices"]), n.Event+"other", fo.ID
		rs, err := tx.Refunds(o.ID)
		if err != nil {
			return err
		}
		f := rs[0]
		put("refunds", string(f.ID), id(tickets.PrefixRefund))
		f.ID, f.Order, f.Key, f.Remote, f.Merchant = tickets.RefundID(t.foreign["refunds"]), fo.ID, "", "", otherShop
		dsp := tickets.Dispute{ID: tickets.DisputeID(id(tickets.PrefixDispute)), Merchant: o.Merchant, Gateway: "sandbox", Remote: "own", Order: o.ID, State: tickets.DisputeOpen}
		fd := dsp
		fd.ID, fd.Order, fd.Remote, fd.Merchant = tickets.DisputeID(id(tickets.PrefixDispute)), fo.ID, "other", otherShop
		put("disputes", string(dsp.ID), string(fd.ID))
		cs, _, err := tx.OpenCases(tickets.Page{})
		if err != nil || len(cs) == 0 {
			return errors.Join(err, errors.New("no case"))
		}
		ca := cs[0]
		put("cases", string(ca.ID), id(tickets.PrefixCase))
		ca.ID, ca.Subject, ca.Order, ca.Merchant = tickets.CaseID(t.foreign["cases"]), ca.Subject+"other", fo.ID, otherShop
		tok := tickets.APIToken{ID: tickets.TokenID(id(tickets.PrefixToken)), Merchant: o.Merchant, Name: "own", Hash: "h1", At: w.now()}
		ft := tok
		ft.ID, ft.Hash, ft.Merchant = tickets.TokenID(id(tickets.PrefixToken)), "h2", otherShop
		put("tokens", string(tok.ID), string(ft.ID))
		put("closings", id(tickets.PrefixClosing), id(tickets.PrefixClosing))
		for cl, shop := range map[string]tickets.MerchantID{t.own["closings"]: o.Merchant, t.foreign["closings"]: otherShop} {
			b, err := json.Marshal(tickets.Closing{ID: tickets.ClosingID(cl), Merchant: shop, Deed: tickets.ClosingSwap, At: w.now()})
			if err := errors.Join(err, tx.PutSetting("closing:"+cl, string(b))); err != nil {
				return err
			}
		}
		return errors.Join(tx.PutMember(target), tx.PutMember(other), tx.CreateOrder(fo), tx.CreateTicket(k), tx.CreateCustomer(c), tx.CreateDelivery(d),
			tx.CreateNotice(n), tx.CreateRefund(f), tx.CreateDispute(dsp), tx.CreateDispute(fd), tx.CreateCase(ca), tx.CreateToken(tok), tx.CreateToken(ft))
	}))
	return t
}

var hole = regexp.MustCompile(`\{\w+\}`)

// elsewhere are routes whose addresses name no row of a merchant: what stands in the hole.
var elsewhere = map[string]string{
	"/console/login/link/{token}":            "nothing",
	"/console/me/passkeys/{at}/remove":       "1",
	"/console/orders/views/{id}":             "none",
	"/console/orders/views/shared/{id}":      "none",
	"/console/calendar/{date}":               visit,
	"/console/trends/picture/{name}":         "revenue",
	"/console/settings/gateways/{name}/test": "sandbox",
}

// addresses fills the holes of a pattern with what is ours and what is another merchant's; foreign is "" where the
// address names nobody's row.
func (th things) addresses(path string) (own, foreign string, ok bool) {
	path = strings.TrimSuffix(path, "{$}")
	if !hole.MatchString(path) {
		return path, "", true
	}
	if strings.HasPrefix(path, "/console/catalog/") { // parts of the one catalog
		return hole.ReplaceAllString(path, "cable_car"), "", true
	}
	if value := elsewhere[path]; value != "" {
		return hole.ReplaceAllString(path, value), "", true
	}
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if !hole.MatchString(p) {
			continue
		}
		kind := parts[i-1]
		if kind == "refund" || kind == "ticket" || kind == "message" {
			kind += "s"
		}
		if th.own[kind] == "" { // of a kind that has no merchant: nothing is there, and who may not is still refused
			return hole.ReplaceAllString(path, "none"), "", true
		}
		if i == 3 || foreign == "" {
			foreign = strings.Join(parts[:i], "/") + "/" + th.foreign[kind] + "/" + strings.Join(parts[i+1:], "/")
		}
		parts[i] = th.own[kind]
	}
	foreign = strings.TrimSuffix(hole.ReplaceAllStringFunc(foreign, func(string) string { return "x" }), "/")
	return strings.Join(parts, "/"), foreign, true
}

// raw asks without following redirects, and reads no body: some answers never end.
func (b *browser) raw(method, path string, form url.Values) (status int, to string) {
	b.w.t.Helper()
	ctx, cancel := context.WithTimeout(b.w.t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, b.w.srv.URL+path, strings.NewReader(form.Encode()))
	must(b.w.t, err)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method != http.MethodGet {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	c := http.Client{Jar: b.Jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(r)
	must(b.w.t, err)
	cancel() // before the body ends
	_ = res.Body.Close()
	return res.StatusCode, res.Header.Get("Location")
}

// TestEveryRouteForEveryRole walks the table of routes with a stranger and with every role, for what is ours and what
// is another merchant's. A route whose address is not known here fails.
func TestEveryRouteForEveryRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	th := w.things()
	stranger := w.fresh()
	forms := map[string]url.Values{"POST /console/prove": {"password": {password}}}
	own401 := map[string]bool{"POST /console/prove/passkey": true} // no passkey was asked for
	for _, role := range tickets.Roles {
		b := w.as(role)
		for _, r := range console.Routes() {
			method, path, _ := strings.Cut(r.Pattern, " ")
			address, foreign, ok := th.addresses(path)
			if !ok {
				t.Errorf("%s: no address is known for it; add its kind to things or elsewhere", r.Pattern)
				continue
			}
			if r.Act == "" {
				if status, _ := stranger.raw(method, address, nil); status >= http.StatusInternalServerError {
					t.Errorf("stranger %s: %d", r.Pattern, status)
				}
				continue
			}
			status, to := stranger.raw(method, address, nil)
			if sent := status == http.StatusSeeOther && strings.HasPrefix(to, "/console/login"); method == http.MethodGet && !sent || method != http.MethodGet && status != http.StatusUnauthorized {
				t.Errorf("stranger %s: %d %s", r.Pattern, status, to)
			}
			who := b
			if r.Pattern == "POST /console/logout" {
				who = w.as(role)
			}
			may := r.Act == "member" || role.May(r.Act)
			status, to = who.raw(method, address, forms[r.Pattern])
			switch {
			case status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable:
				t.Errorf("%s %s: %d", role, r.Pattern, status)
			case strings.HasPrefix(to, "/console/login") && r.Pattern != "POST /console/logout", strings.HasPrefix(to, "/console/prove"):
				t.Errorf("%s %s: sent to %s", role, r.Pattern, to)
			case may && (status == http.StatusForbidden || status == http.StatusUnauthorized && !own401[r.Pattern]):
				t.Errorf("%s may %s, and is answered %d", role, r.Pattern, status)
			case !may && status != http.StatusForbidden:
				t.Errorf("%s may not %s, and is answered %d", role, r.Pattern, status)
			}
			if foreign == "" || !may {
				continue
			}
			if status, _ := b.raw(method, foreign, nil); status != http.StatusNotFound {
				t.Errorf("%s %s: another merchant's is answered %d", role, foreign, status)
			}
		}
	}
}

// TestProofIsAskedForEveryRouteThatWantsIt comes back to each route after the proof is too old.
func TestProofIsAskedForEveryRouteThatWantsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	th := w.things()
	owner := w.as(tickets.RoleOwner)
	w.pass(5 * time.Minute)
	asked := 0
	for _, r := range console.Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		address, _, ok := th.addresses(path)
		if !ok || !r.Proof {
			continue
		}
		asked++
		if status, to := owner.raw(method, address, nil); status != http.StatusSeeOther || !strings.HasPrefix(to, "/console/prove") {
			t.Errorf("%s: %d %s", r.Pattern, status, to)
		}
	}
	if asked < 15 {
		t.Errorf("only %d routes ask for proof", asked)
	}
}
