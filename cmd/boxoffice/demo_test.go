package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// shotsVariable names a folder to which the browser tests write pictures; "make screenshots" sets it.
const shotsVariable = "BOXOFFICE_SCREENSHOTS"

// browser is a tab of a headless Chromium, or the test is skipped; in CI that is fatal.
func browser(t *testing.T, width, height int) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless-shell", "headless_shell"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("no Chromium or Chrome on PATH")
		}
		t.Skip("SKIPPED: no Chromium or Chrome on PATH")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath(path), chromedp.WindowSize(width, height))
	ctx, cancel := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	limited, cancel := context.WithTimeout(ctx, 6*time.Minute)
	t.Cleanup(cancel)
	return limited
}

// startDemo runs "boxoffice demo" in a folder and returns the address of its chat page.
func startDemo(t *testing.T, dir string, args ...string) (page string, stop func()) {
	t.Helper()
	w := &world{t: t, dir: dir, addr: freeAddress(t), log: &syncBuffer{}}
	w.env = []string{mainVariable + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + os.TempDir(), "BOXOFFICE_LISTEN=" + w.addr}
	w.proc = w.command(context.WithoutCancel(t.Context()), append([]string{"demo"}, args...)...)
	w.proc.Stdout, w.proc.Stderr = w.log, w.log
	if err := w.proc.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	stop = func() {
		if ended {
			return
		}
		ended = true
		if err := w.proc.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := w.proc.Wait(); err != nil {
			t.Errorf("demo ended with %v\n%s", err, w.log.tail(4000))
		}
	}
	t.Cleanup(stop)
	for range 1500 {
		if w.answers("/readyz") {
			return "http://" + w.addr + "/chat/", stop
		}
		pause(20 * time.Millisecond)
	}
	t.Fatalf("the demo is not ready:\n%s", w.log.tail(4000))
	return "", nil
}

// click presses the newest key of the seat (0 is the first) whose label contains text, once it is there and the bot has
// answered the press before.
func click(t *testing.T, ctx context.Context, seat int, text string) {
	t.Helper()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](fmt.Sprintf(`(() => {
		const seat = document.querySelectorAll("#seats > *")[%d];
		if (!seat || seat.querySelector(".key.busy")) return false;
		const start = [...seat.querySelectorAll(".start")].filter(n => n.offsetParent && n.textContent.includes(%q));
		const keys = start.length ? start : [...seat.querySelectorAll(".key")].filter(k => k.textContent.includes(%q) && !k.disabled);
		if (!keys.length) return false;
		keys.at(-1).click();
		return true;
	})()`, seat, text, text)))
	if err != nil {
		t.Fatalf("press %q: %v", text, err)
	}
}

// payLink waits for a pay button and returns its address.
func payLink(t *testing.T, ctx context.Context, seat int) string {
	t.Helper()
	href, err := chromedp.Run(ctx, chromedp.Poll[string](fmt.Sprintf(
		`[...document.querySelectorAll("#seats > *")[%d].querySelectorAll("a.key")].map(a => a.href).filter(h => h.includes("/pay/")).at(-1)`, seat)))
	if err != nil {
		t.Fatalf("no pay button: %v", err)
	}
	return href
}

// shot writes a picture of the tab when pictures are wanted.
func shot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv(shotsVariable)
	if dir == "" {
		return
	}
	still := `document.getAnimations().every(a => a.playState === "finished" || a.effect.getTiming().iterations === Infinity)`
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](still)); err != nil {
		t.Fatal(err)
	}
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/"+name+".png", png, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestDemoSellsATicketInABrowser(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	page, stop := startDemo(t, dir)
	ctx := browser(t, 1440, 1100)
	if err := chromedp.Do(ctx, chromedp.Navigate(page)); err != nil {
		t.Fatal(err)
	}
	click(t, ctx, 0, "Start")
	click(t, ctx, 0, "Sentosa Family Pack")
	click(t, ctx, 0, "Choose a day")
	shot(t, ctx, "demo-days")
	click(t, ctx, 0, " left")
	click(t, ctx, 0, "Continue")
	click(t, ctx, 0, "Confirm")
	shot(t, ctx, "demo-held")
	click(t, ctx, 0, "Card")
	pay := payLink(t, ctx, 0)
	tab, cancel := chromedp.NewContext(ctx)
	defer cancel()
	if err := chromedp.Do(tab, chromedp.Navigate(pay)); err != nil {
		t.Fatal(err)
	}
	shot(t, tab, "demo-pay")
	if err := chromedp.Do(tab, chromedp.Click("button.pay")); err != nil {
		t.Fatal(err)
	}
	arrives(t, tab, "/o/")
	shot(t, tab, "demo-status")
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](
		`(i => !!i && i.complete && i.naturalWidth > 100)(document.querySelectorAll("#seats > *")[0].querySelector(".photo img"))`)); err != nil {
		t.Fatalf("no ticket in the chat: %v", err)
	}
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](`document.querySelectorAll("#seats > *")[2].textContent.includes("119")`)); err != nil {
		t.Fatalf("the merchant was not told: %v", err)
	}
	click(t, ctx, 1, "开始")
	click(t, ctx, 1, "缆车")
	says(t, ctx, 1, "选择日期")
	shot(t, ctx, "demo-chat")

	stop() // half-way through the Chinese visitor's choice
	page, _ = startDemo(t, dir)
	if err := chromedp.Do(ctx, chromedp.Navigate(page)); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](`!!document.querySelectorAll("#seats > *")[0]?.querySelector(".photo img")`)); err != nil {
		t.Fatalf("the chats did not survive a restart: %v", err)
	}
	click(t, ctx, 1, "选择日期")
}

// arrives waits until a navigation under way has led to a path.
func arrives(t *testing.T, ctx context.Context, path string) {
	t.Helper()
	for ctx.Err() == nil {
		at, err := chromedp.Run(ctx, chromedp.Location())
		if err == nil && strings.Contains(at, path) {
			return
		}
		pause(50 * time.Millisecond)
	}
	t.Fatalf("the page does not lead to %s", path)
}

// patient waits for what a busy machine takes long for; a test that passes does not wait for it.
var patient = chromedp.WithPollingTimeout(2 * time.Minute)

// says waits until a seat shows a text.
func says(t *testing.T, ctx context.Context, seat int, text string) {
	t.Helper()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](fmt.Sprintf(
		`document.querySelectorAll("#seats > *")[%d]?.textContent.includes(%q) ?? false`, seat, text), patient))
	if err != nil {
		said, _ := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf(`document.querySelectorAll("#seats > *")[%d]?.innerText ?? ""`, seat)))
		t.Fatalf("seat %d does not say %q: %v; it says\n%s", seat, text, err, said)
	}
}

// control presses a button of the page's bar.
func control(t *testing.T, ctx context.Context, label string) {
	t.Helper()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](fmt.Sprintf(`(() => {
		const b = [...document.querySelectorAll("#controls button")].find(b => b.textContent.includes(%q) && !b.disabled);
		if (!b) return false;
		b.click();
		return true;
	})()`, label), patient))
	if err != nil {
		t.Fatalf("press %q: %v", label, err)
	}
}

func TestDemoPlaysWhatNobodyWaitsFor(t *testing.T) {
	t.Parallel()
	page, _ := startDemo(t, shortDir(t))
	ctx := browser(t, 1440, 900)
	if err := chromedp.Do(ctx, chromedp.Navigate(page)); err != nil {
		t.Fatal(err)
	}
	for _, press := range []string{"Start", "Sentosa Family Pack", "Choose a day", " left", "Continue", "Confirm", "Card"} {
		click(t, ctx, 0, press)
	}
	payLink(t, ctx, 0)
	control(t, ctx, "Let 5 minutes pass")
	says(t, ctx, 0, "Expired")
	shot(t, ctx, "demo-expired")
	control(t, ctx, "Pay late")
	says(t, ctx, 0, "there was still room")
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](`!!document.querySelectorAll("#seats > *")[0].querySelector(".photo img")`)); err != nil {
		t.Fatalf("late money brought no ticket: %v", err)
	}
	says(t, ctx, 2, "119")
	shot(t, ctx, "demo-late")
	for _, press := range []string{"开始", "缆车", "选择日期", "余"} {
		click(t, ctx, 1, press)
	}
	says(t, ctx, 1, "合计")
	control(t, ctx, "Sell out")
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](`document.querySelector("#notice").textContent.includes("sold out")`)); err != nil {
		t.Fatalf("selling out is not told: %v", err)
	}
}

func TestDemoLeavesARunningDemoAlone(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	page, _ := startDemo(t, dir)
	w := &world{t: t, dir: dir, env: []string{mainVariable + "=1", "HOME=" + dir, "BOXOFFICE_LISTEN=" + freeAddress(t)}}
	if out, code := w.cli("demo", "--fresh"); code != 1 || !strings.Contains(out, "running in ./boxoffice-demo already") {
		t.Errorf("a second demo: exit %d %s", code, out)
	}
	w.addr = strings.TrimSuffix(strings.TrimPrefix(page, "http://"), "/chat/")
	if _, err := os.Stat(filepath.Join(dir, "boxoffice-demo", "boxoffice.db")); err != nil || !w.answers("/readyz") {
		t.Errorf("the first demo was disturbed: %v", err)
	}
}
