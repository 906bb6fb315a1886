package checkout_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/storage/bolt"
	"boxoffice/tickets"

	"github.com/anishathalye/porcupine"
)

// Histories of real goroutines on the real store are judged by porcupine: whatever eight people did at once, there must
// be an order of their acts, one after another, in which each got the answer it got.

var histories = flag.Int("histories", 12, "how many histories TestShopIsLinearizable judges")

const (
	linearClients = 8
	linearOps     = 15 // of each client
	linearPlaces  = 12
	maxLinear     = linearClients*linearOps + 2
)

// act is what somebody asked for: order is the number of the placing it is about.
type act struct {
	what   string // hold, pay, cancel, admit, left
	order  int
	places int
}

// answer is what they got: a kind, "" for yes, and for left the places.
type answer struct {
	kind tickets.Kind
	left int
}

// The states of an order in the model, with how many were let in.
type modelOrder struct {
	state  byte // 0 none, 'h' held, 's' sold, 'g' gone
	places byte
	in     byte
}

// model is the whole shop: what is left, and the orders. It is a value, so states compare.
type model struct {
	left   int
	orders [maxLinear]modelOrder
}

var shopModel = porcupine.Model{
	Init: func() any { return model{left: linearPlaces} },
	Step: func(state, input, output any) (bool, any) {
		m, a, out := state.(model), input.(act), output.(answer)
		ok := m.step(a, out)
		return ok, m
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v → %+v", input, output) },
}

// step reports whether the answer is right for the state, and takes the state on.
func (m *model) step(a act, out answer) bool {
	o := &m.orders[a.order]
	switch a.what {
	case "hold":
		if m.left < a.places {
			return out.kind == tickets.SoldOut
		}
		*o = modelOrder{state: 'h', places: byte(a.places)}
		m.left -= a.places
		return out.kind == ""
	case "pay":
		if o.state == 'g' {
			return out.kind == tickets.Conflict
		}
		o.state = 's'
		return out.kind == ""
	case "cancel":
		if o.in > 0 { // somebody went in
			return out.kind == tickets.Conflict
		}
		if o.state == 'h' || o.state == 's' { // what cost nothing is given up whenever
			m.left += int(o.places)
		}
		o.state = 'g'
		return out.kind == ""
	case "admit":
		if o.state == 'g' {
			return out.kind == tickets.Revoked
		}
		if o.in == o.places {
			return out.kind == tickets.Admitted
		}
		o.in++
		return out.kind == ""
	default:
		return out.left == m.left
	}
}

// crowd is people at one shop, and what they know of its orders.
type crowd struct {
	w      *world
	began  time.Time
	mu     sync.Mutex
	n      int
	orders map[int]tickets.OrderID
	scans  map[int]string
	done   []porcupine.Operation
	broken error // an answer that the model has no word for
}

func (c *crowd) run(seed uint64) {
	var wg sync.WaitGroup
	for client := range linearClients {
		wg.Go(func() {
			dice := rand.New(rand.NewPCG(seed, uint64(client))) //nolint:gosec // repeatable, not secret
			for range linearOps {
				c.one(client, dice)
			}
		})
	}
	wg.Wait()
}

// one does one thing and notes what was asked and answered, and when.
func (c *crowd) one(client int, dice *rand.Rand) {
	a := c.choose(dice)
	call := time.Since(c.began)
	out, err := c.do(a)
	back := time.Since(c.began)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.broken = errors.Join(c.broken, fmt.Errorf("%+v: %w", a, err))
		return
	}
	c.done = append(c.done, porcupine.Operation{ClientId: client, Input: a, Call: int64(call), Output: out, Return: int64(back)})
}

// choose picks an act on what is known by now.
func (c *crowd) choose(dice *rand.Rand) act {
	c.mu.Lock()
	defer c.mu.Unlock()
	pick := func(of []int) int { slices.Sort(of); return of[dice.IntN(len(of))] }
	var known, sold []int
	for i := range c.orders {
		known = append(known, i)
	}
	for i := range c.scans {
		sold = append(sold, i)
	}
	switch n := dice.IntN(10); {
	case n < 2:
		return act{what: "left"}
	case n < 4 && len(sold) > 0:
		return act{what: "admit", order: pick(sold)}
	case n < 6 && len(known) > 0:
		return act{what: "cancel", order: pick(known)}
	case n < 8 && len(known) > 0:
		return act{what: "pay", order: pick(known)}
	default:
		c.n++
		return act{what: "hold", order: c.n, places: 1 + dice.IntN(3)}
	}
}

func (c *crowd) do(a act) (answer, error) {
	ctx := c.w.ctx
	c.mu.Lock()
	id, scan := c.orders[a.order], c.scans[a.order]
	c.mu.Unlock()
	var err error
	switch a.what {
	case "hold":
		var o tickets.Order
		if o, err = c.hold(a); err == nil {
			c.mu.Lock()
			c.orders[a.order] = o.ID
			c.mu.Unlock()
		}
	case "pay":
		if _, _, err = c.w.desk.Pay(ctx, checkout.Paying{Order: id, Gateway: checkout.GatewayFree, Method: checkout.GatewayFree}); err == nil {
			err = c.learn(a.order, id)
		}
	case "cancel":
		_, err = c.w.desk.Cancel(ctx, checkout.Cancelling{Order: id})
	case "admit":
		_, _, err = c.w.desk.Admit(ctx, checkout.Admitting{Scan: scan, Count: 1, By: gate})
	default:
		left, err := c.w.desk.Left(ctx, "park", linearSlot)
		return answer{left: left["park"]}, err
	}
	kind := tickets.KindOf(err)
	if err != nil && !slices.Contains([]tickets.Kind{tickets.SoldOut, tickets.Conflict, tickets.Admitted, tickets.Revoked}, kind) {
		return answer{}, err
	}
	return answer{kind: kind}, nil
}

var linearSlot = tickets.Slot{Date: tickets.CivilDate(2026, time.March, 20)} // the day of opening

func (c *crowd) hold(a act) (tickets.Order, error) {
	q, err := c.w.desk.Quote(c.w.ctx, "park", linearSlot, []tickets.Choice{{SKU: "park_entry", Units: a.places}})
	if err != nil {
		return tickets.Order{}, err
	}
	return c.w.desk.Place(c.w.ctx, checkout.Placing{Quote: q, Buyer: someone(a.order), Confirm: fmt.Sprintf("c%d", a.order)})
}

// learn remembers the ticket of a paid order.
func (c *crowd) learn(n int, id tickets.OrderID) error {
	return c.w.store.View(c.w.ctx, func(r tickets.Reader) error {
		ks, err := r.Tickets(id)
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, k := range ks {
			c.scans[n] = k.Text
		}
		return err
	})
}

// crowded runs one history and judges it.
func crowded(t *testing.T, s tickets.Store, seed uint64) (porcupine.CheckResult, error) {
	t.Helper()
	w := worldOn(t, s, 10)
	cat := wares(10)
	cat.Pools[3].Capacity = linearPlaces
	if _, _, err := w.desk.Apply(w.ctx, cat); err != nil {
		t.Fatal(err)
	}
	c := &crowd{w: w, began: time.Now(), orders: map[int]tickets.OrderID{}, scans: map[int]string{}}
	c.run(seed)
	if len(c.done) < 100 && c.broken == nil {
		t.Fatalf("a history of %d acts", len(c.done))
	}
	return porcupine.CheckOperationsTimeout(shopModel, c.done, 30*time.Second), c.broken
}

func linearStore(t *testing.T, n int) tickets.Store {
	t.Helper()
	s, err := bolt.Open(t.Context(), fmt.Sprintf("%s/%d.db", storeDir(t), n), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestShopIsLinearizable(t *testing.T) {
	t.Parallel()
	for i := range *histories {
		s := linearStore(t, i)
		switch result, err := crowded(t, s, uint64(i)); {
		case err != nil:
			t.Errorf("history %d: %v", i, err)
		case result != porcupine.Ok:
			t.Errorf("history %d is %s", i, result)
		}
		_ = s.Close()
	}
}

// TestLinearizabilityCheckHasTeeth gives the same crowd a store that looks first and writes later, as a shop without
// transactions does: the check must call it illegal.
func TestLinearizabilityCheckHasTeeth(t *testing.T) {
	t.Parallel()
	for i := range 60 {
		s := linearStore(t, i)
		result, err := crowded(t, &hasty{Store: s}, uint64(i))
		_ = s.Close()
		if err == nil && result == porcupine.Illegal {
			return
		}
	}
	t.Error("a store without transactions passes for one that has them")
}

// hasty is a store whose transactions are torn: what a function decided on one moment is written at a later one.
type hasty struct{ tickets.Store }

var errLater = errors.New("later")

func (h *hasty) Update(ctx context.Context, fn func(tickets.Tx) error) error {
	var x *torn
	err := h.Store.Update(ctx, func(tx tickets.Tx) error {
		x = &torn{Tx: tx}
		if err := fn(x); err != nil || x.whole {
			return err
		}
		return errLater
	})
	if !errors.Is(err, errLater) {
		return err
	}
	runtime.Gosched()
	return h.Store.Update(ctx, func(tx tickets.Tx) error {
		for _, write := range x.writes {
			_ = write(tx) // what the other one wrote is in the way
		}
		return nil
	})
}

// torn keeps the writes of a transaction for later.
type torn struct {
	tickets.Tx
	writes []func(tickets.Tx) error
	whole  bool // it writes what must not be torn for the test's own sake
}

func (t *torn) later(now error, write func(tickets.Tx) error) error {
	t.writes = append(t.writes, write)
	return now
}

func (t *torn) OrderCodes(m tickets.MerchantID, d tickets.Date, n int) (int64, error) {
	t.whole = true
	return t.Tx.OrderCodes(m, d, n)
}

func (t *torn) PutCatalog(c tickets.Catalog) (int64, error) {
	t.whole = true
	return t.Tx.PutCatalog(c)
}

func (t *torn) CreateSigningKey(k tickets.SigningKey) error {
	t.whole = true
	return t.Tx.CreateSigningKey(k)
}

func (t *torn) PutStock(x tickets.Stock) error {
	return t.later(t.Tx.PutStock(x), func(tx tickets.Tx) error { return tx.PutStock(x) })
}

func (t *torn) CreateHold(x tickets.Hold) error {
	return t.later(t.Tx.CreateHold(x), func(tx tickets.Tx) error { return tx.CreateHold(x) })
}

func (t *torn) PutHold(x tickets.Hold) error {
	return t.later(t.Tx.PutHold(x), func(tx tickets.Tx) error { return tx.PutHold(x) })
}

func (t *torn) CreateOrder(x tickets.Order) error {
	return t.later(t.Tx.CreateOrder(x), func(tx tickets.Tx) error { return tx.CreateOrder(x) })
}

func (t *torn) PutOrder(x tickets.Order) error {
	return t.later(t.Tx.PutOrder(x), func(tx tickets.Tx) error { return tx.PutOrder(x) })
}

func (t *torn) CreatePayment(x tickets.Payment) error {
	return t.later(t.Tx.CreatePayment(x), func(tx tickets.Tx) error { return tx.CreatePayment(x) })
}

func (t *torn) PutPayment(x tickets.Payment) error {
	return t.later(t.Tx.PutPayment(x), func(tx tickets.Tx) error { return tx.PutPayment(x) })
}

func (t *torn) CreateCapture(x tickets.Capture) error {
	return t.later(t.Tx.CreateCapture(x), func(tx tickets.Tx) error { return tx.CreateCapture(x) })
}

func (t *torn) CreateTicket(x tickets.Ticket) error {
	return t.later(t.Tx.CreateTicket(x), func(tx tickets.Tx) error { return tx.CreateTicket(x) })
}

func (t *torn) PutTicket(x tickets.Ticket) error {
	return t.later(t.Tx.PutTicket(x), func(tx tickets.Tx) error { return tx.PutTicket(x) })
}

func (t *torn) CreateAdmission(x tickets.Admission) error {
	return t.later(t.Tx.CreateAdmission(x), func(tx tickets.Tx) error { return tx.CreateAdmission(x) })
}

func (t *torn) Append(fs ...tickets.Fact) error {
	return t.later(t.Tx.Append(fs...), func(tx tickets.Tx) error { return tx.Append(fs...) })
}
