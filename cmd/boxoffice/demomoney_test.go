package main

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// demoTab opens a demo's chat page.
func demoTab(t *testing.T, dir string, height int) (ctx context.Context, stop func()) {
	t.Helper()
	page, stop := startDemo(t, dir)
	ctx = browser(t, 1440, height)
	if err := chromedp.Do(ctx, chromedp.Navigate(page)); err != nil {
		t.Fatal(err)
	}
	return ctx, stop
}

// send types a text into a seat's box.
func send(t *testing.T, ctx context.Context, seat int, text string) {
	t.Helper()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](fmt.Sprintf(`(() => {
		const box = document.querySelectorAll("#seats > *")[%d]?.querySelector("textarea");
		if (!box) return false;
		box.value = %q;
		box.dispatchEvent(new Event("input", { bubbles: true }));
		box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
		return true;
	})()`, seat, text)))
	if err != nil {
		t.Fatalf("send %q: %v", text, err)
	}
}

// TestDemoGivesMoneyBack is a stranger who pays late, and twice, wants the money of one ticket of three back, and is disputed and
// un-disputed; each time the chat says what happened and what comes next.
func TestDemoGivesMoneyBack(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	ctx, stop := demoTab(t, dir, 1000)
	control(t, ctx, "Pay twice")
	notice(t, ctx, "First pay an order by card")
	for _, press := range []string{
		"Start", "Fort Siloso by Lantern", "Choose a day", "Later", " left", "19:30", "+", "+", "Continue", "Confirm", "Card",
	} {
		click(t, ctx, 0, press)
	}
	payLink(t, ctx, 0)
	three := total(t, ctx, 0) // a day's price is its weekday's
	one := three / 3
	control(t, ctx, "Let 5 minutes pass")
	says(t, ctx, 0, "Expired")
	control(t, ctx, "Pay late")
	says(t, ctx, 0, "there was still room")
	says(t, ctx, 0, "ticket 1 of 3")

	control(t, ctx, "Pay twice")
	says(t, ctx, 0, "You paid twice")
	says(t, ctx, 2, "An order was paid twice")
	says(t, ctx, 0, three.String()+" was sent back to you")
	shot(t, ctx, "demo-twice")

	send(t, ctx, 0, "/orders")
	for _, press := range []string{"· Fort Siloso by Lantern", "Refund…", "☑ Ticket 2"} {
		click(t, ctx, 0, press)
	}
	says(t, ctx, 0, "☐ Ticket 2") // each press has what was chosen before
	click(t, ctx, 0, "☑ Ticket 3")
	says(t, ctx, 0, "Continue · "+one.String()+" back")
	shot(t, ctx, "demo-refund")
	click(t, ctx, 0, one.String()+" back")
	click(t, ctx, 0, "Ask for "+one.String()+" back")
	says(t, ctx, 2, "Somebody asks for "+one.String()+" back")
	click(t, ctx, 2, "Approve")
	click(t, ctx, 2, "Sure?")
	says(t, ctx, 0, one.String()+" was sent back to you")
	says(t, ctx, 2, "Approved")
	shot(t, ctx, "demo-approved")

	control(t, ctx, "The bank disputes it")
	says(t, ctx, 0, "the tickets cannot be used")
	says(t, ctx, 2, "A customer's bank wants")
	shot(t, ctx, "demo-disputed")
	control(t, ctx, "The bank gives in")
	says(t, ctx, 0, "your tickets are good again")
	says(t, ctx, 2, "The bank moved money")
	shot(t, ctx, "demo-undisputed")

	stop()
	shop := &world{t: t, dir: dir, env: []string{mainVariable + "=1", "HOME=" + dir}}
	if out, code := shop.cli("audit", "--storage", "bolt:"+filepath.Join(demoDir, "boxoffice.db")); code != 0 {
		t.Errorf("audit: exit %d\n%s", code, out)
	}
}

// dollars are S$, in cents, as a chat shows them.
type dollars int64

func (d dollars) String() string { return fmt.Sprintf("S$%d.%02d", d/100, d%100) }

// total is what the order that a seat's chat shows costs.
func total(t *testing.T, ctx context.Context, seat int) dollars {
	t.Helper()
	says(t, ctx, seat, "Total S$")
	var whole, cents dollars
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf(`document.querySelectorAll("#seats > *")[%d].textContent.split("Total S$")[1]`, seat)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(text, "%d.%02d", &whole, &cents); err != nil {
		t.Fatalf("a total of %q: %v", text, err)
	}
	return 100*whole + cents
}

// notice waits until the page's bar says a text.
func notice(t *testing.T, ctx context.Context, text string) {
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](fmt.Sprintf(`document.querySelector("#notice").textContent.includes(%q)`, text))); err != nil {
		t.Fatalf("the page does not say %q: %v", text, err)
	}
}
