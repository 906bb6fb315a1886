package bot

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"
)

const (
	secretHeader = "X-Telegram-Bot-Api-Secret-Token"
	updateLimit  = 1 << 20 // bytes; real updates are a few thousand
)

// DoorConfig is what the webhook's door needs.
type DoorConfig struct {
	Secret string // what setWebhook was told; 1–256 of A–Z a–z 0–9 _ -
	Inbox  *Inbox
	Lane   *Lane // answers pre-checkouts; nil where no invoices are sent
	Log    *slog.Logger
	// Acked is told how long each answer of 200 took. It may be nil.
	Acked func(took time.Duration)
}

// NewDoor returns the handler of POST /webhooks/telegram. It answers
//
//	200  the update is durable (a pre-checkout: answered, or over), was so before, or is none (logged and dropped: Telegram would repeat it for a day)
//	401  the secret is missing or wrong; the body was not read
//	405, 413  not a POST; more than 1 MiB
//	503  with Retry-After, which Telegram obeys: the store is busy, Telegram did not take an answer yet, or we are stopping
func NewDoor(cfg DoorConfig) (http.Handler, error) {
	if cfg.Secret == "" || cfg.Inbox == nil || cfg.Log == nil {
		return nil, errors.New("telegram door: Secret, Inbox and Log are required")
	}
	if cfg.Acked == nil {
		cfg.Acked = func(time.Duration) {}
	}
	return &door{DoorConfig: cfg, secret: sha256.Sum256([]byte(cfg.Secret))}, nil
}

type door struct {
	DoorConfig
	secret [sha256.Size]byte
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	given := sha256.Sum256([]byte(r.Header.Get(secretHeader)))
	if subtle.ConstantTimeCompare(given[:], d.secret[:]) != 1 {
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, updateLimit))
	if err != nil {
		status := http.StatusBadRequest
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			status = http.StatusRequestEntityTooLarge
			d.Log.WarnContext(r.Context(), "update too large")
		}
		w.WriteHeader(status)
		return
	}
	if err := d.accept(r, body); err != nil {
		d.Log.WarnContext(r.Context(), "update not taken", "error", err)
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	d.Acked(time.Since(began))
	w.WriteHeader(http.StatusOK)
}

// accept answers a pre-checkout at once and stores everything else.
func (d *door) accept(r *http.Request, body []byte) error {
	if e, err := open(body); err == nil && d.Lane.takes(e) {
		return d.Lane.Answer(r.Context(), body)
	}
	return d.Inbox.Accept(r.Context(), json.RawMessage(body))
}
