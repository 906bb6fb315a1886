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
	f.Add([]byte(`{"id":"event_1","type":"payment.paid","session":"sandbox_1","charge":{"id":"c","amount":-1,"currency":"SGD"}}`))
	f.Add([]byte(`{"id":"event_1","type":"session.closed","session":"sandbox_1"}`))
	f.Add([]byte(`{"id":"event_2","type":"refund.updated","session":"sandbox_1","refund":{"id":"refund_1_1","charge":"charge_1_1","amount":1,"currency":"SGD","status":"pending"}}`))
	f.Add([]byte(`{"id":"event_3","type":"dispute.created","session":"sandbox_1","dispute":{"id":"dispute_1_1","charge":"charge_1_1","amount":1,"currency":"SGD","status":"OPEN","deadline":"2026-03-08T12:00:00Z"}}`))
	f.Add([]byte(`{"id":"event_4","type":"dispute.funds_withdrawn","session":"sandbox_1","dispute":{"id":"dispute_1_1","charge":"charge_1_1","amount":1,"currency":"SGD","status":"OPEN"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		reports, err := g.Read(body)
		if err != nil && !errors.Is(err, tickets.Invalid) {
			t.Fatalf("kind of %v", err)
		}
		for _, r := range reports {
			if r.Remote == "" || !json.Valid(r.Raw) {
				t.Fatalf("report %+v", r)
			}
			money := r.Kind == checkout.ReportPaid || r.Kind == checkout.ReportRefund || r.Kind == checkout.ReportDispute
			if money && (r.Charge == "" || !r.Amount.Currency.Valid() || r.Amount.Amount < 0) {
				t.Fatalf("money %+v", r)
			}
			if (r.Kind == checkout.ReportRefund) != (r.Refund != "" && r.RefundState != "") ||
				(r.Kind == checkout.ReportDispute) != (r.Dispute != "" && (r.DisputeState != "" || r.Funds != "")) {
				t.Fatalf("way back %+v", r)
			}
			if _, err := json.Marshal(r); err != nil { // as the shop stores it
				t.Fatal(err)
			}
		}
	})
}
