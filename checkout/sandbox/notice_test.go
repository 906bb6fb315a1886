package sandbox

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

type nothing struct{ Memory }

func box(t testing.TB) *Gateway {
	t.Helper()
	g, err := New(Config{
		PublicURL: "https://shop.example", Secret: []byte("a secret of sixteen bytes"), Memory: nothing{}, Now: time.Now,
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestSeveralSignaturesAreAccepted(t *testing.T) {
	t.Parallel()
	g, now := box(t), time.Unix(1760000000, 0)
	body := []byte(`{"id":"event_1","type":"x"}`)
	good := Sign(g.c.Secret, body, now)
	for header, ok := range map[string]bool{
		good + ",v1=00": true, good + ",v2=zz": true, good + ",v1=zz": false, "t=1," + good: false, good + ",": false,
		strings.SplitN(good, ",", 2)[1]: false, strings.SplitN(good, ",", 2)[0]: false,
	} {
		_, err := g.Verify(http.Header{SignatureHeader: {header}}, body, now)
		if (err == nil) != ok || (err != nil && !errors.Is(err, tickets.Unauthorized)) {
			t.Errorf("%s: %v", header, err)
		}
	}
}

func TestNoticesWithoutWhatTheyReportAreInvalid(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"id":"event_1","type":"payment.paid","session":"sandbox_1"}`,
		`{"id":"event_1","type":"payment.paid","session":"sandbox_1","charge":{"id":"c","amount":1,"currency":"dollars"}}`,
		`{"id":"event_1","type":"payment.paid","session":"sandbox_1","charge":{"amount":1,"currency":"SGD"}}`,
		`{"id":"event_1","type":"session.closed"}`,
	} {
		if r, err := box(t).Read([]byte(body)); !errors.Is(err, tickets.Invalid) {
			t.Errorf("%s: %+v, %v", body, r, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	g := box(f)
	body := []byte(`{"id":"event_1","type":"x"}`)
	now := time.Unix(1760000000, 0)
	f.Add(Sign(g.c.Secret, body, now), body)
	f.Add("t=1760000000,v1=", body)
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		_, err := g.Verify(http.Header{SignatureHeader: {header}}, body, now)
		if err != nil {
			if !errors.Is(err, tickets.Unauthorized) && !errors.Is(err, tickets.Invalid) {
				t.Fatalf("kind of %v", err)
			}
			return
		}
		// Whatever is accepted carries the one signature that its body has.
		stamp, _, _, ok := parseSignature(header)
		if sum := hex.EncodeToString(mac(g.c.Secret, stamp, body)); !ok || !strings.Contains(strings.ToLower(header), sum) {
			t.Fatalf("accepted %q", header)
		}
	})
}

func FuzzRead(f *testing.F) {
	g := box(f)
	f.Add([]byte(`{"id":"event_1","type":"payment.paid","session":"sandbox_1","charge":{"id":"c","amount":1,"currency":"SGD"}}`))
	f.Add([]byte(`{"id":"event_1","type":"session.closed","session":"sandbox_1"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		reports, err := g.Read(body)
		if err != nil && !errors.Is(err, tickets.Invalid) {
			t.Fatalf("kind of %v", err)
		}
		for _, r := range reports {
			if r.Remote == "" || !json.Valid(r.Raw) {
				t.Fatalf("report %+v", r)
			}
			if r.Kind == checkout.ReportPaid && (r.Charge == "" || !r.Amount.Currency.Valid()) {
				t.Fatalf("money %+v", r)
			}
		}
	})
}
