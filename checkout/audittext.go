package checkout

import (
	"crypto/ed25519"
	"runtime"
	"sync"

	"boxoffice/tickets"
)

// textCheck verifies the signed texts of tickets, T8, beside the walk: it is the one check that costs more computing
// than reading.
type textCheck struct {
	r        tickets.Reader
	keys     map[uint8]ed25519.PublicKey
	merchant tickets.MerchantID

	work   chan []tickets.Ticket
	batch  []tickets.Ticket
	wg     sync.WaitGroup
	mu     sync.Mutex
	faults []func() // reported by stop, in the walk's goroutine
	fault  func(rule, id, format string, args ...any)
}

const textBatch = 256

func newTextCheck(r tickets.Reader) *textCheck {
	return &textCheck{r: r, keys: map[uint8]ed25519.PublicKey{}, work: make(chan []tickets.Ticket, 4)}
}

// start begins as many verifiers as there are processors.
func (t *textCheck) start(fault func(rule, id, format string, args ...any)) {
	t.fault = fault
	if keys, err := t.r.SigningKeys(); err == nil { // else every text is signed by an unknown key
		for _, k := range keys {
			t.keys[k.Kid] = ed25519.PublicKey(k.Public)
		}
	}
	if cat, err := t.r.Catalog(); err == nil {
		t.merchant = cat.Merchant.ID
	}
	for range runtime.GOMAXPROCS(0) {
		t.wg.Go(func() {
			for batch := range t.work {
				for i := range batch {
					t.verify(&batch[i])
				}
			}
		})
	}
}

// check hands a ticket over.
func (t *textCheck) check(k *tickets.Ticket) {
	t.batch = append(t.batch, tickets.Ticket{Code: k.Code, Number: k.Number, Gen: k.Gen, Places: k.Places, Kid: k.Kid, Text: k.Text})
	if len(t.batch) == textBatch {
		t.work <- t.batch
		t.batch = nil
	}
}

// stop waits for all texts and reports what was found.
func (t *textCheck) stop() {
	t.work <- t.batch
	close(t.work)
	t.wg.Wait()
	for _, report := range t.faults {
		report()
	}
}

func (t *textCheck) verify(k *tickets.Ticket) {
	c, err := tickets.VerifyCode(k.Text, t.merchant, func(kid uint8) (ed25519.PublicKey, bool) {
		key, ok := t.keys[kid]
		return key, ok && len(key) == ed25519.PublicKeySize
	})
	if err == nil && c.Kid == k.Kid && c.Number == k.Number && c.Gen == uint8(k.Gen) && c.Places == k.Places {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.faults = append(t.faults, func() {
		if err != nil {
			t.fault("T8", string(k.Code), "its text: %v", err)
			return
		}
		t.fault("T8", string(k.Code), "its text says number %d, generation %d, %d places, key %d", c.Number, c.Gen, c.Places, c.Kid)
	})
}
