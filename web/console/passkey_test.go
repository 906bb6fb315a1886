package console_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"boxoffice/tickets"
)

// TestPasskeyIsMadeAndOpensTheConsole plays a phone's fingerprint in a real browser.
func TestPasskeyIsMadeAndOpensTheConsole(t *testing.T) {
	t.Parallel()
	c := openChromium(t)
	w := newWorld(t)
	owner := w.as(tickets.RoleOwner)
	u, err := url.Parse(w.srv.URL)
	must(t, err)
	base := "http://localhost:" + u.Port() // browsers give no passkeys to numbers
	_, err = chromedp.Run(c.ctx, chromedp.Action[chromedp.Void](func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
		if _, err := cdp.Call(ctx, tab, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return chromedp.Void{}, err
		}
		_, err := cdp.Call(ctx, tab, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true,
			IsUserVerified: true, AutomaticPresenceSimulation: true,
		}})
		return chromedp.Void{}, err
	}))
	must(t, err)
	c.signIn(t, base, w.login(owner.id))
	must(t, chromedp.Do(c.ctx, chromedp.Navigate(base+"/console/me/passkeys/new"), chromedp.SendKeys(`input[name=name]`, "My phone"),
		chromedp.Click(`form[data-passkey] button`), chromedp.WaitVisible(`.codes`)))
	l := w.loginOf(owner.id)
	if len(l.Passkeys) != 1 || l.Passkeys[0].Name != "My phone" || len(l.Recovery) != 10 {
		t.Fatalf("login %+v", l)
	}
	must(t, chromedp.Do(c.ctx, chromedp.Navigate(base+"/console/me"), chromedp.Click(`.who summary`), chromedp.Click(`.who form button`), chromedp.WaitVisible(`form[data-passkey] button`),
		chromedp.Click(`form[data-passkey] button`), chromedp.WaitVisible(`.side`)))
	if e := w.acted("sign_in"); e.Reason != "passkey" || e.Actor.ID != string(owner.id) {
		t.Errorf("log %+v", e)
	}
	if w.loginOf(owner.id).Passkeys[0].Used.IsZero() {
		t.Error("the use is not kept")
	}
	w.pass(6 * time.Minute)
	must(t, chromedp.Do(c.ctx, chromedp.Navigate(base+"/console/members/new"), chromedp.WaitVisible(`form[data-passkey] button`),
		chromedp.Click(`form[data-passkey] button`), chromedp.WaitVisible(`input[name=login]`)))
	if e := w.acted("prove"); e.Reason != "passkey" || e.Result != "ok" {
		t.Errorf("log %+v", e)
	}
	if f := c.complained(); len(f) > 0 {
		t.Errorf("the browser complains: %s", strings.Join(f, "\n"))
	}
	thief := w.fresh() // the password alone opens nothing now
	if _, body := thief.signIn(w.login(owner.id), password); !strings.Contains(body, `action="/console/login/second"`) {
		t.Error("the password alone is enough")
	}
}
