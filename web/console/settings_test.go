package console_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/web/console"
)

func TestTokenIsShownOnceAndTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.as(tickets.RoleOwner)
	status, body := owner.post("/console/settings/tokens", url.Values{"name": {"Gate app"}, "scope": {"tickets:read", "tickets:admit"}})
	found := secretIn.FindStringSubmatch(body)
	if status != http.StatusOK || found == nil {
		t.Fatalf("%d %s", status, body)
	}
	var tok tickets.APIToken
	must(t, w.store.View(t.Context(), func(r tickets.Reader) (err error) { tok, err = r.Token(checkout.HashCode(found[1])); return err }))
	if strings.Join(tok.Scopes, " ") != "tickets:read tickets:admit" {
		t.Errorf("scopes %v", tok.Scopes)
	}
	if _, list := owner.get("/console/settings/tokens"); !strings.Contains(list, "Gate app") || strings.Contains(list, found[1]) || strings.Contains(list, tok.Hash) {
		t.Errorf("list %s", list)
	}
	owner.post("/console/settings/tokens/"+string(tok.ID)+"/remove", nil)
	err := w.store.View(t.Context(), func(r tickets.Reader) error { _, err := r.Token(tok.Hash); return err })
	if tickets.KindOf(err) != tickets.NotFound {
		t.Errorf("the token is still there: %v", err)
	}
	if e := w.acted("token_remove"); e.Before != "Gate app" || e.Object != string(tok.ID) {
		t.Errorf("log %+v", e)
	}
}

func TestManagerGivesNoTokenForMoney(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manager := w.as(tickets.RoleManager)
	for _, scope := range []string{"money", "*", "everything"} {
		if status, body := manager.post("/console/settings/tokens", url.Values{"name": {"x"}, "scope": {scope}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, "wrong-scope") {
			t.Errorf("%s: %d", scope, status)
		}
	}
	if status, _ := manager.post("/console/settings/tokens", url.Values{"name": {" "}, "scope": {"metrics"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("no name: %d", status)
	}
}

func TestTextsAreChangedUnlessTheCatalogWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.as(tickets.RoleOwner)
	cat := w.catalog()
	form := url.Values{"revision": {fmt.Sprint(cat.Revision)}}
	for _, lang := range cat.Merchant.Languages {
		form.Set("terms_"+lang, "Terms in "+lang+" <b>")
		form.Set("support_"+lang, "")
	}
	if status, body := owner.post("/console/settings/texts", form); status != http.StatusOK || !strings.Contains(body, "Terms in en &lt;b&gt;") {
		t.Fatalf("%d %s", status, body)
	}
	now := w.catalog()
	if now.Merchant.Terms["en"] != "Terms in en <b>" || len(now.Merchant.Support) != 0 || len(now.Products) != len(cat.Products) {
		t.Errorf("catalog %+v", now.Merchant)
	}
	form.Set("terms_en", "An older page's words")
	if _, body := owner.post("/console/settings/texts", form); !strings.Contains(body, "flash bad") || w.catalog().Merchant.Terms["en"] != "Terms in en <b>" {
		t.Errorf("an older page undid a newer change: %s", body)
	}
	form.Set("revision", fmt.Sprint(w.catalog().Revision))
	form.Set("terms_en", strings.Repeat("x", 3501))
	if status, body := owner.post("/console/settings/texts", form); status != http.StatusUnprocessableEntity || !strings.Contains(body, "xxxx") {
		t.Errorf("too long: %d", status)
	}
}

func TestSettingsTellHowTheBotStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *console.Config) {
		c.Bot = func(context.Context) console.Bot {
			return console.Bot{Username: "shop_bot", Mode: "webhook", URL: "https://shop.example/webhooks/telegram", Pending: 3, LastError: "Bad <Gateway>"}
		}
	})
	owner := w.as(tickets.RoleOwner)
	_, body := owner.get("/console/settings")
	for _, want := range []string{"@shop_bot", "/webhooks/telegram", "Bad &lt;Gateway&gt;", "Not built yet", "No group is linked"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in %s", want, body)
		}
	}
	_, body = owner.post("/console/settings/link", nil)
	found := secretIn.FindStringSubmatch(body)
	if len(found) < 2 || !strings.HasPrefix(found[1], "/link ") {
		t.Fatal(body)
	}
	_, err := w.desk.Join(t.Context(), checkout.Joining{Code: strings.TrimPrefix(found[1], "/link "), Purpose: tickets.InviteLink, Chat: -100, TelegramID: 5, Name: "Lee"})
	must(t, err)
	if _, body := owner.get("/console/settings"); !strings.Contains(body, "-100") {
		t.Errorf("the group is not shown: %s", body)
	}
}

func TestGatewaysSayWhenTheyWereHeard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.as(tickets.RoleOwner)
	if _, body := owner.get("/console/settings/gateways"); !strings.Contains(body, "sandbox") || !strings.Contains(body, "Never") {
		t.Error(body)
	}
	w.bought()
	w.settles()
	if _, body := owner.get("/console/settings/gateways"); !strings.Contains(body, "/console/notices/ntc_") || strings.Contains(body, "Never") {
		t.Error(body)
	}
}
