package checkout

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"boxoffice/tickets"
)

// Timings are the waits of the shop; New fills zero values with the defaults of docs/lifecycle.md.
type Timings struct {
	Hold        time.Duration   // places are held for a customer: 5m
	Payment     time.Duration   // a payment session lives, and extends the hold to its end: 5m
	Quote       time.Duration   // prices are fixed: 15m
	Grace       time.Duration   // after a hold's end, for clocks and notices under way: 20s
	Cap         time.Duration   // no hold lasts longer from the first: 12m
	Decline     time.Duration   // a refused payment leaves at least this much: 3m
	SoftRelease time.Duration   // places are given back although a page could not be closed: 10m
	Review      time.Duration   // places of an underpaid order are kept: 15m
	Lookup      time.Duration   // an open page is asked about this often: 1m
	Async       time.Duration   // a method that settles later has this long when it does not say: 30m
	CloseLadder []time.Duration // waits between tries to close a page: 2s 5s 15s 60s 5m
	GateEarly   time.Duration   // a timed ticket admits this long before its start: 30m
	LateRefund  time.Duration   // late money without places goes back after this, unless its customer decides: 24h; below 0 at once
	Complete    time.Duration   // after the end of the visit date an order is complete: 24h
}

// Limits keep one customer from holding everything.
type Limits struct {
	OpenHolds    int   // live holds a customer: 3
	PlacesMin    int   // places a customer may hold at once, at least: 10
	PlacesShare  int   // … or this percentage of what is left: 10
	AmountWithin int64 // a capture may differ from the total by so many minor units: 0
}

// Router says which messages follow from facts. It is pure: it runs inside transactions.
type Router func(tickets.Order, []tickets.Fact) []tickets.Delivery

// Desk is where the verbs happen. The exported fields are set before New and not changed after.
type Desk struct {
	Store     tickets.Store
	Gateways  []Gateway
	Fees      map[string]tickets.Fee // by gateway name, or "gateway/method"
	Route     Router                 // nil sends nothing
	Now       func() time.Time
	Rand      io.Reader // nil is crypto/rand
	Log       *slog.Logger
	PublicURL string // without a slash at the end
	Timings   Timings
	Limits    Limits
	Observe   Observer
	// Counted is a clock that nobody sets: time since some moment. nil is the monotonic clock inside Now's readings, where
	// they have one. See clock.go.
	Counted func() time.Duration
	AtOnce  int // calls to gateways at the same time: 8; with 1 they are made one after another by the caller

	codes *codeBlock
	asked *throttle
	watch *clockWatch
	told  func() // called after transactions that wrote deliveries; see Told
	views *views // of products, not stored yet
	dry   bool   // nothing is kept; see Dry
}

// Observer hears what metrics count, each after its commit. Any of its functions may be nil.
type Observer struct {
	Placed   func(tickets.Order)
	Captured func(tickets.Capture) // each capture once, whether a notice or a look at the gateway found it
	Noticed  func(gateway, outcome string, took time.Duration)
}

// New checks what is required and fills in the defaults. It does no I/O.
func New(d Desk) (*Desk, error) {
	if d.Store == nil || d.Now == nil || d.Log == nil || d.PublicURL == "" {
		return nil, errors.New("checkout: Store, Now, Log and PublicURL are required")
	}
	names := map[string]bool{}
	for _, g := range d.Gateways {
		if names[g.Name()] {
			return nil, fmt.Errorf("checkout: two gateways are named %q", g.Name())
		}
		names[g.Name()] = true
	}
	t := &d.Timings
	for _, x := range []struct {
		at  *time.Duration
		def time.Duration
	}{
		{&t.Hold, 5 * time.Minute}, {&t.Payment, 5 * time.Minute}, {&t.Quote, 15 * time.Minute}, {&t.Grace, 20 * time.Second},
		{&t.Cap, 12 * time.Minute}, {&t.Decline, 3 * time.Minute}, {&t.SoftRelease, 10 * time.Minute}, {&t.Review, 15 * time.Minute},
		{&t.Lookup, time.Minute}, {&t.Async, 30 * time.Minute}, {&t.GateEarly, 30 * time.Minute},
		{&t.LateRefund, 24 * time.Hour}, {&t.Complete, 24 * time.Hour},
	} {
		if *x.at == 0 {
			*x.at = x.def
		}
	}
	if len(t.CloseLadder) == 0 {
		t.CloseLadder = []time.Duration{2 * time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute}
	}
	if d.Limits.OpenHolds == 0 {
		d.Limits.OpenHolds = 3
	}
	if d.Limits.PlacesMin == 0 {
		d.Limits.PlacesMin = 10
	}
	if d.Limits.PlacesShare == 0 {
		d.Limits.PlacesShare = 10
	}
	if d.Route == nil {
		d.Route = func(tickets.Order, []tickets.Fact) []tickets.Delivery { return nil }
	}
	if d.Counted == nil {
		now, first := d.Now, d.Now()
		d.Counted = func() time.Duration { return now().Sub(first) }
	}
	if d.AtOnce == 0 {
		d.AtOnce = chaseAtOnce
	}
	if d.Rand == nil {
		d.Rand = rand.Reader
	}
	d.codes, d.asked, d.watch = &codeBlock{}, &throttle{last: map[tickets.SessionID]time.Time{}}, &clockWatch{}
	d.views = &views{n: map[tickets.ProductID]int64{}}
	return &d, nil
}

// Told sets a function that is called after each transaction that wrote deliveries, so that they go out at once. It
// must not block. Call it before the desk is used.
func (d *Desk) Told(f func()) { d.told = f }

// Gateway finds a gateway by name. It fails with NotFound.
func (d *Desk) Gateway(name string) (Gateway, error) {
	for _, g := range d.Gateways {
		if g.Name() == name {
			return g, nil
		}
	}
	return nil, tickets.Refuse(tickets.NotFound, "gateway %q is not configured", name)
}

// Offer is a way to pay an order, with what it costs.
type Offer struct {
	Gateway string
	Method  Method
	Fee     tickets.Money
	Total   tickets.Money // with the fee
}

// Offers lists the ways to pay an amount, in the order of configuration; for nothing there is one, GatewayFree.
func (d *Desk) Offers(total tickets.Money) []Offer {
	if total.Amount == 0 {
		return []Offer{{Gateway: GatewayFree, Method: Method{ID: GatewayFree}, Fee: total, Total: total}}
	}
	var out []Offer
	for _, g := range d.Gateways {
		for _, m := range g.Methods() {
			if !m.Takes(total.Currency) {
				continue
			}
			fee := d.fee(g.Name(), m.ID).Of(total)
			sum := tickets.Money{Amount: total.Amount + fee.Amount, Currency: total.Currency}
			out = append(out, Offer{Gateway: g.Name(), Method: m, Fee: fee, Total: sum})
		}
	}
	return out
}

func (d *Desk) fee(gateway, method string) tickets.Fee {
	if f, ok := d.Fees[gateway+"/"+method]; ok {
		return f
	}
	return d.Fees[gateway]
}

// now is the one timestamp of a verb, cut as the store keeps it.
func (d *Desk) now() time.Time { return tickets.Milli(d.Now()) }

// ids hands out ids inside a transaction from one seed drawn outside of it, so that a function that runs again
// makes the same ids.
type ids struct {
	at   time.Time
	seed [32]byte
	n    uint64
}

func (d *Desk) ids(at time.Time) *ids {
	g := &ids{at: at}
	if _, err := io.ReadFull(d.Rand, g.seed[:]); err != nil {
		panic("checkout: no randomness: " + err.Error()) // crypto/rand never fails
	}
	return g
}

// again restarts the sequence; each run of a transaction's function begins with it.
func (g *ids) again() { g.n = 0 }

// Read makes ids an endless reader of bytes that depend only on the seed.
func (g *ids) Read(b []byte) (int, error) {
	for i := 0; i < len(b); {
		var block [40]byte
		copy(block[:], g.seed[:])
		binary.BigEndian.PutUint64(block[32:], g.n)
		g.n++
		sum := sha256.Sum256(block[:])
		i += copy(b[i:], sum[:])
	}
	return len(b), nil
}

func (g *ids) id(prefix string) string { return tickets.NewID(prefix, g.at, g) }
func (g *ids) number() uint64          { return tickets.NewNumber(g) }

// update runs a transaction with a fresh turn of ids. After its commit it wakes the dispatcher if deliveries were
// written, and tells the observer of new captures.
func (d *Desk) update(ctx context.Context, fn func(*turn) error) error {
	now := d.now()
	g := d.ids(now)
	var last *turn
	err := d.Store.Update(ctx, func(tx tickets.Tx) error {
		g.again()
		last = &turn{Tx: tx, d: d, now: now, ids: g}
		if err := fn(last); err != nil {
			return err
		}
		if err := last.showCases(); err != nil {
			return err
		}
		if err := last.balanced(); err != nil {
			return err
		}
		if d.dry {
			return errDry
		}
		return last.tallied()
	})
	if errors.Is(err, errDry) {
		return nil
	}
	if err != nil {
		return err
	}
	if last.told && d.told != nil {
		d.told()
	}
	if d.Observe.Captured != nil {
		for _, c := range last.captured {
			d.Observe.Captured(c)
		}
	}
	return nil
}

// turn is one run of a verb's transaction.
type turn struct {
	tickets.Tx
	d    *Desk
	now  time.Time
	ids  *ids
	told bool // deliveries were written

	captured []tickets.Capture // created in this turn
	cases    []tickets.Case    // that the merchant's group shows, and that changed in this turn

	moves    []tickets.Move    // what moved and no fact tells yet; see ledger.go
	postings []tickets.Posting // likewise

	tally tallying
}

// tell appends facts and the deliveries that follow from them.
func (t *turn) tell(o tickets.Order, facts ...tickets.Fact) error {
	t.enter(facts)
	if err := t.Append(facts...); err != nil {
		return err
	}
	for _, dl := range t.d.Route(o, facts) {
		if err := t.CreateDelivery(dl); err != nil && !errors.Is(err, tickets.Exists) {
			return err
		}
		t.told = true
	}
	return nil
}

// catalog and zone of the merchant.
func (t *turn) catalog() (*tickets.Catalog, *time.Location, error) {
	cat, err := t.Catalog()
	if err != nil {
		return nil, nil, err
	}
	loc, err := cat.Merchant.Location()
	return cat, loc, err
}

// codeBlock hands out order codes from numbers reserved in blocks, so that placing an order does not write a
// counter. A restart leaves a gap; a number is never used twice.
type codeBlock struct {
	mu   sync.Mutex
	day  tickets.Date
	next int64
	end  int64
}

const codesPerBlock = 256

func (d *Desk) orderCode(ctx context.Context, m tickets.Merchant, day tickets.Date) (string, error) {
	b := d.codes
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.day != day || b.next >= b.end {
		var first int64
		err := d.Store.Update(ctx, func(tx tickets.Tx) (err error) {
			first, err = tx.OrderCodes(m.ID, day, codesPerBlock)
			return err
		})
		if err != nil {
			return "", fmt.Errorf("reserve order codes: %w", err)
		}
		b.day, b.next, b.end = day, first, first+codesPerBlock
	}
	n := b.next
	b.next++
	prefix := m.Prefix
	if prefix == "" {
		prefix = "TG"
	}
	return tickets.OrderCode(prefix, day, n), nil
}

// throttle remembers when each payment was last asked about, so that a customer who reloads a page does not make
// us hammer the provider. It forgets with the process, which costs one question.
type throttle struct {
	mu   sync.Mutex
	last map[tickets.SessionID]time.Time
}

// allow reports whether id may be asked about at now, at most once every gap.
func (t *throttle) allow(id tickets.SessionID, now time.Time, gap time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if last, ok := t.last[id]; ok && now.Sub(last) < gap {
		return false
	}
	if len(t.last) > 10_000 {
		clear(t.last)
	}
	t.last[id] = now
	return true
}
