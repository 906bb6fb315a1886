package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"boxoffice/bot/telegramtest"
	"boxoffice/checkout/checkouttest"
	"boxoffice/tickets/qr"
)

// order goes from /start to the payment page in English and returns the Stripe session. It must run on the test's own
// goroutine.
func (w *world) order(u *telegramtest.User) (session string) {
	w.t.Helper()
	u.SendAndWait("/start")
	u.PressAndWait("Sentosa Family Pack")
	u.PressAndWait("Choose a day")
	u.PressAndWait(" left")
	u.PressAndWait("Continue")
	u.PressAndWait("Confirm")
	ctx := w.t.Context()
	m, err := u.Chat().WaitFor(ctx, func(m *telegramtest.Message) bool { return paySession(m) != "" })
	if err != nil {
		w.t.Fatal(err)
	}
	return paySession(m)
}

// paySession is the session behind a message's pay button, "" when it has none.
func paySession(m *telegramtest.Message) string {
	if m.ReplyMarkup == nil {
		return ""
	}
	for _, row := range m.ReplyMarkup.Rows {
		for _, b := range row {
			if s := sessionOf(b.URL); s != "" {
				return s
			}
		}
	}
	return ""
}

// ticket waits for the ticket's picture and returns its QR's content.
func (w *world) ticket(u *telegramtest.User) string {
	w.t.Helper()
	m, err := u.Chat().WaitFor(w.t.Context(), func(m *telegramtest.Message) bool { return len(m.Photo) > 0 })
	if err != nil {
		w.t.Fatal(err)
	}
	return decodeQR(w.t, w.telegram.File(m.Photo[len(m.Photo)-1].FileID))
}

// decodeQR reads a picture with zbarimg, or where that is missing with the reader that gates use.
func decodeQR(t *testing.T, png []byte) string {
	t.Helper()
	if zbar, err := exec.LookPath("zbarimg"); err == nil {
		file := filepath.Join(t.TempDir(), "ticket.png")
		if err := os.WriteFile(file, png, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), zbar, "-q", "--raw", file).Output()
		if err != nil {
			t.Fatalf("zbarimg reads no QR in the ticket's picture: %v", err)
		}
		return strings.TrimSpace(string(out))
	}
	text, err := qr.Read(png)
	if err != nil {
		t.Fatalf("no QR in the ticket's picture: %v", err)
	}
	return text
}

type apiOrder struct {
	OrderID           string  `json:"order_id"`
	OrderCode         string  `json:"order_code"`
	SKU               string  `json:"sku_id"`
	Quantity          int     `json:"quantity"`
	QuoteAmountSGD    float64 `json:"quote_amount_sgd"`
	Status            string  `json:"status"`
	PaymentStatus     string  `json:"payment_status"`
	FulfillmentStatus string  `json:"fulfillment_status"`
	PaymentRef        string  `json:"payment_ref"`
}

type apiPage[T any] struct {
	Data  []T    `json:"data"`
	Token string `json:"token"`
}

func TestServeSellsATicket(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"webhook", "polling"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, mode, telegramtest.Options{})
			w.start()
			u := w.telegram.AddUser(telegramtest.Profile{FirstName: "Demo", Username: "demo_visitor", LanguageCode: "en"})
			session := w.order(u)
			if _, err := w.stripe.Pay(session, checkouttest.StripePay{}); err != nil {
				t.Fatal(err)
			}
			content := w.ticket(u)
			if want := strings.ToUpper("http://" + w.addr + "/T/"); !strings.HasPrefix(content, want) {
				t.Fatalf("QR holds %q, not %s…", content, want)
			}
			if out, code := w.cli("ticket", "verify", content); code != 0 || !strings.Contains(out, "admits 3 of 3") {
				t.Fatalf("ticket verify: %d %s", code, out)
			}
			w.plainPurchase(t)
			w.stop()
			w.auditClean()
		})
	}
}

// plainPurchase checks the one order against what a plain purchase of a family pack is.
func (w *world) plainPurchase(t *testing.T) {
	t.Helper()
	var list apiPage[apiOrder]
	if code := w.api("GET", "/orders", nil, &list); code != 200 || len(list.Data) != 1 {
		t.Fatalf("orders: %d %+v", code, list)
	}
	o := list.Data[0]
	if o.Quantity != 3 || o.QuoteAmountSGD != 119 || o.SKU != "sentosa_family_pack" || o.Status != "FULFILLED" ||
		o.PaymentStatus != "SUCCESS" || o.FulfillmentStatus != "FULFILLED" || !strings.HasPrefix(o.PaymentRef, "card_pi_") {
		t.Errorf("order: %+v", o)
	}
	var rows apiPage[struct{ Event string }]
	w.api("GET", "/orders/"+o.OrderID+"/timeline", nil, &rows)
	var events []string
	for _, r := range rows.Data {
		events = append(events, r.Event)
	}
	want := []string{
		"ORDER_DRAFT_CREATED", "INVENTORY_LOCKED", "CHECKOUT_REQUESTED", "PAYMENT_SESSION_CREATED", "CHECKOUT_COMPLETED", "FULFILLMENT_ISSUED",
	}
	if !slices.Equal(events, want) {
		t.Errorf("timeline: %v", events)
	}
	var ful struct {
		Tickets []struct {
			Quantity int `json:"quantity"`
		} `json:"tickets"`
	}
	w.api("GET", "/orders/"+o.OrderCode+"/fulfillment", nil, &ful)
	if len(ful.Tickets) != 1 || ful.Tickets[0].Quantity != 3 {
		t.Errorf("fulfillment: %+v", ful)
	}
}

// auditClean audits the stopped shop.
func (w *world) auditClean() {
	w.t.Helper()
	if out, code := w.cli("audit"); code != 0 {
		w.t.Errorf("audit: exit %d\n%s", code, out)
	}
}

func TestCommandsWorkBesideTheService(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "polling", telegramtest.Options{})
	w.start()
	if out, code := w.cli("audit"); code != 1 || !strings.Contains(out, "backup") {
		t.Errorf("audit of a live file: %d %s", code, out)
	}
	backup := filepath.Join(w.dir, "backup.db")
	if out, code := w.cli("backup", backup); code != 0 {
		t.Fatalf("backup: %d %s", code, out)
	}
	if out, code := w.cli("backup", backup); code != 2 {
		t.Errorf("backup over a file: %d %s", code, out)
	}
	if out, code := w.cli("audit", "--storage", "bolt:"+backup); code != 0 || !strings.Contains(out, "clean") {
		t.Errorf("audit of the backup: %d %s", code, out)
	}
	if out, code := w.cli("link"); code != 0 || !strings.Contains(out, "/link ") {
		t.Errorf("link: %d %s", code, out)
	}
	if out, code := w.cli("token", "add", "gate", "--scope", "tickets:admit"); code != 0 || !strings.Contains(out, "box_") {
		t.Errorf("token add: %d %s", code, out)
	}
	if out, code := w.cli("token", "add", "gate", "--scope", "everything"); code != 2 {
		t.Errorf("token add with a wrong scope: %d %s", code, out)
	}
	if out, code := w.cli("ticket", "verify", "hello"); code != 1 || !strings.Contains(out, "UNKNOWN") {
		t.Errorf("ticket verify: %d %s", code, out)
	}
	if out, code := w.cli("doctor", "--live"); code != 0 {
		t.Errorf("doctor --live: %d %s", code, out)
	}
	if out, code := w.cli("catalog", "export", "-"); code != 0 || !strings.Contains(out, "sentosa_family_pack") {
		t.Errorf("catalog export: %d %s", code, out)
	}
	if out, code := w.cli("catalog", "apply", filepath.Join(w.dir, "catalog.yaml")); code != 0 || !strings.Contains(out, "revision 2") {
		t.Errorf("catalog apply: %d %s", code, out)
	}
	if out, code := w.cli("serve"); code == 0 || !strings.Contains(out, "another process") {
		t.Errorf("a second serve: %d %s", code, out)
	}
	if out, code := w.cli("restore", backup); code != 2 {
		t.Errorf("restore over a shop: %d %s", code, out)
	}
	w.stop()
	if out, code := w.cli("doctor", "--live"); code != 1 {
		t.Errorf("doctor --live of a stopped service: %d %s", code, out)
	}
	w.env = append(w.env, "BOXOFFICE_STORAGE=bolt:"+filepath.Join(w.dir, "second.db"))
	if out, code := w.cli("restore", backup); code != 0 {
		t.Fatalf("restore: %d %s", code, out)
	}
	w.start()
	w.stop()
	w.auditClean()
}

func TestStopIsGraceful(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "webhook", telegramtest.Options{})
	for range 3 {
		w.start()
		began := time.Now()
		w.stop()
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("stopping took %s", took)
		}
	}
}
