package notify

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"boxoffice/tickets"
)

// Sender sends one message, outside of any transaction. Its errors say what is to be done: *tickets.Wait later, not
// before; tickets.Blocked the receiver must act first, which ends a customer's delivery and makes a merchant's wait;
// tickets.Pointless it has lost its point; anything else is tried again. The same delivery may be given again after a
// crash, with the same id.
type Sender interface {
	Send(ctx context.Context, d tickets.Delivery) (tickets.Receipt, error)
}

// Config is what a Dispatcher needs. Store, Sender and Now are required.
type Config struct {
	Store  tickets.Store
	Sender Sender
	Now    func() time.Time
	Log    *slog.Logger // nil discards

	Ladder   []time.Duration // waits between attempts; nil is DefaultLadder
	Lease    time.Duration   // how long a delivery is ours; 0 is two minutes. After a crash it is sent again after that
	Timeout  time.Duration   // of one Send; 0 is 30 s, and never more than half of Lease
	Batch    int             // leased at once; 0 is 100
	Parallel int             // sends at the same time, each to another receiver; 0 is 8
	Every    time.Duration   // how often Run looks without being woken; 0 is 5 s

	// MaxAge is how old a customer's delivery is, at most, when the platform puts it off (tickets.Wait): an older one
	// has failed. 0 is 24 h. MerchantAge is the same of a merchant's delivery, which also waits while the merchant
	// cannot be reached (tickets.Blocked); 0 is 14 days. Both count from Delivery.At.
	MaxAge, MerchantAge time.Duration

	// Observe, if set, hears of each attempt: what it said, what came of it (DeliveryQueued: put off by the platform or
	// until the merchant can be reached),
	// how long Send took, and how late it was, counted from the moment it was due. It must be quick and safe for
	// concurrent use.
	Observe func(kind string, outcome tickets.DeliveryState, took, late time.Duration)
}

// Dispatcher sends due deliveries. It is safe for concurrent use; several on one store never send one delivery at
// the same time.
type Dispatcher struct {
	Config
	wake chan struct{} // holds at most one call
	busy chan struct{} // holds one token while a pass runs

	unblocks atomic.Int64 // calls of Unblock

	// What a pass alone uses: who waits for receivers that want quiet, and the calls of Unblock it has seen.
	lines lines
	seen  int64
}

// New checks the configuration. It fails with tickets.Invalid.
func New(c Config) (*Dispatcher, error) {
	if c.Store == nil || c.Sender == nil || c.Now == nil {
		return nil, tickets.Refuse(tickets.Invalid, "a dispatcher needs Store, Sender and Now")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Ladder == nil {
		c.Ladder = DefaultLadder()
	}
	if c.Observe == nil {
		c.Observe = func(string, tickets.DeliveryState, time.Duration, time.Duration) {}
	}
	fill(&c.Lease, 2*time.Minute)
	fill(&c.Timeout, 30*time.Second)
	c.Timeout = min(c.Timeout, c.Lease/2)
	fill(&c.Batch, 100)
	fill(&c.Parallel, 8)
	fill(&c.Every, 5*time.Second)
	fill(&c.MaxAge, 24*time.Hour)
	fill(&c.MerchantAge, 14*24*time.Hour)
	return &Dispatcher{
		Config: c, wake: make(chan struct{}, 1), busy: make(chan struct{}, 1), lines: lines{},
	}, nil
}

func fill[T int | time.Duration](v *T, def T) {
	if *v <= 0 {
		*v = def
	}
}

// Wake says that there may be new deliveries. It returns at once and may be called from anywhere, also when nobody
// runs the dispatcher.
func (d *Dispatcher) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Run sends deliveries when woken, and looks every Every besides, until ctx ends. It returns after sends under way
// have been recorded.
func (d *Dispatcher) Run(ctx context.Context) {
	tick := time.NewTicker(d.Every)
	defer tick.Stop()
	for ctx.Err() == nil {
		if _, err := d.Pass(ctx); err != nil && ctx.Err() == nil {
			d.Log.Error("dispatch deliveries", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-d.wake:
		case <-tick.C:
		}
	}
}

// Pass sends all that is due and returns when nothing is left, with how many were sent. Passes of one dispatcher
// never overlap: a second one waits for the first. When ctx ends, sends under way are finished and recorded, and
// what was leased but not begun is given back. It fails when the store does; failing sends are not its errors.
func (d *Dispatcher) Pass(ctx context.Context) (sent int, err error) {
	select {
	case d.busy <- struct{}{}:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	defer func() { <-d.busy }()
	p := pass{Dispatcher: d, lanes: map[receiver]*lane{}, done: make(chan result)}
	return p.run(ctx)
}

// Resend makes a new delivery that says the same as id to the same receiver, due at once. It fails with
// tickets.NotFound, or with tickets.Exists when it was resent in the same millisecond.
func (d *Dispatcher) Resend(ctx context.Context, id tickets.DeliveryID, at time.Time) (tickets.Delivery, error) {
	return d.ResendOnce(ctx, id, at, tickets.Milli(at).Format("20060102T150405.000"))
}

// ResendOnce is Resend under a key: it fails with tickets.Exists when the delivery was resent under that key before.
func (d *Dispatcher) ResendOnce(ctx context.Context, id tickets.DeliveryID, at time.Time, key string) (tickets.Delivery, error) {
	at = tickets.Milli(at)
	var made tickets.Delivery
	err := d.Store.Update(ctx, func(tx tickets.Tx) error {
		old, err := tx.Delivery(id)
		if err != nil {
			return err
		}
		key := old.Key + "#" + key
		made = tickets.Delivery{
			ID: deliveryID(at, 0, key), Key: key, Merchant: old.Merchant, Order: old.Order, Kind: old.Kind, To: old.To,
			Args: old.Args, State: tickets.DeliveryQueued, Due: at, At: at,
		}
		return tx.CreateDelivery(made)
	})
	if err != nil {
		return tickets.Delivery{}, err
	}
	d.Wake()
	return made, nil
}
