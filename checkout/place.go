package checkout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"boxoffice/tickets"
)

// Placing is a customer's confirmation (T6).
type Placing struct {
	Quote    tickets.Quote
	Buyer    tickets.Buyer
	Channel  tickets.Channel // "" is telegram
	Confirm  string          // idempotency key of this confirmation, unique per customer
	Replaces tickets.OrderID // Hold again (T46): the ended order this one follows
	Actor    tickets.Actor   // zero is the customer
}

// Quote prices choices; it does not look at stock. See [tickets.Catalog.MakeQuote] for refusals.
func (d *Desk) Quote(ctx context.Context, p tickets.ProductID, s tickets.Slot, choices []tickets.Choice) (q tickets.Quote, err error) {
	now := d.now()
	err = d.Store.View(ctx, func(r tickets.Reader) error {
		cat, err := r.Catalog()
		if err != nil {
			return err
		}
		q, err = cat.MakeQuote(p, s, choices, now, d.Timings.Quote)
		return err
	})
	return q, err
}

// Place holds the places and makes the order, all in one transaction (T6). The same Confirm of the same customer
// returns the order it made before. It refuses with SoldOut (arg left), Limit (arg reason: open_holds, places,
// customer; max), Closed, Expired (the quote's time is over) and Changed.
//
// Where it can stop: before commit nothing happened; after it the same Confirm finds the order.
func (d *Desk) Place(ctx context.Context, p Placing) (tickets.Order, error) {
	if p.Confirm == "" || len(p.Quote.Lines) == 0 {
		return tickets.Order{}, tickets.Refuse(tickets.Invalid, "a placing needs a quote and a confirmation key")
	}
	if p.Channel == "" {
		p.Channel = tickets.ChannelTelegram
	}
	if p.Actor.Kind == "" {
		p.Actor = tickets.Actor{Kind: tickets.ActorCustomer, ID: string(p.Buyer.Customer), Name: p.Buyer.Name}
	}
	var cat *tickets.Catalog
	if err := d.Store.View(ctx, func(r tickets.Reader) (err error) { cat, err = r.Catalog(); return err }); err != nil {
		return tickets.Order{}, err
	}
	loc, err := cat.Merchant.Location()
	if err != nil {
		return tickets.Order{}, err
	}
	code, err := d.orderCode(ctx, cat.Merchant, tickets.DateOf(d.now(), loc))
	if err != nil {
		return tickets.Order{}, err
	}
	secret := tickets.NewSecret(d.Rand)
	var o tickets.Order
	var made bool
	err = d.update(ctx, func(t *turn) (err error) {
		made = false
		o, err = t.OrderByConfirm(p.Buyer.Customer, p.Confirm)
		if err == nil || !errors.Is(err, tickets.NotFound) {
			return err
		}
		made = true
		o, err = t.place(p, code, secret)
		return err
	})
	if err != nil {
		return tickets.Order{}, fmt.Errorf("place order: %w", err)
	}
	if made && d.Observe.Placed != nil {
		d.Observe.Placed(o)
	}
	return o, nil
}

func (t *turn) place(p Placing, code, secret string) (tickets.Order, error) {
	cat, loc, err := t.catalog()
	if err != nil {
		return tickets.Order{}, err
	}
	prod, err := t.sellable(cat, loc, p.Quote)
	if err != nil {
		return tickets.Order{}, err
	}
	draws := tickets.Draws(p.Quote.Lines)
	if err := t.limits(cat, p, draws); err != nil {
		return tickets.Order{}, err
	}
	if err := t.perCustomer(p, salesOpened(prod, p.Quote.Slot.Date, loc)); err != nil {
		return tickets.Order{}, err
	}
	if err := t.holdStock(cat, p.Quote.Slot, draws); err != nil {
		return tickets.Order{}, err
	}
	o := tickets.Order{
		ID: tickets.OrderID(t.ids.id(tickets.PrefixOrder)), Code: code, Merchant: cat.Merchant.ID, Channel: p.Channel, Buyer: p.Buyer,
		ProductName: prod.Names, Quote: p.Quote, Secret: secret, Confirm: p.Confirm, Gen: 1, FirstHeld: t.now,
		Hold: tickets.HoldID(t.ids.id(tickets.PrefixHold)), Replaces: p.Replaces, At: t.now, Changed: t.now,
	}
	h := tickets.Hold{
		ID: o.Hold, Merchant: o.Merchant, Order: o.ID, Customer: p.Buyer.Customer, Gen: 1, Slot: p.Quote.Slot, Draws: draws,
		State: tickets.HoldActive, At: t.now, Expiry: t.now.Add(t.d.Timings.Hold),
	}
	h.Due = h.Expiry // the grace is for money under way: a payment adds it
	before, err := o.Move(tickets.TPlace, t.now)
	if err != nil {
		return tickets.Order{}, err
	}
	source := string(p.Channel)
	facts := []tickets.Fact{
		o.Record(tickets.OrderDraftCreated, t.now, p.Actor, source, tickets.TPlace, before, draftData(o)),
		o.Record(tickets.InventoryLocked, t.now, p.Actor, source, "", o.Stage, lockData(o, h)),
	}
	if err := t.CreateHold(h); err != nil {
		return tickets.Order{}, err
	}
	if err := t.CreateOrder(o); err != nil {
		return tickets.Order{}, err
	}
	if p.Replaces != "" {
		if err := t.replaced(p, o.ID); err != nil {
			return tickets.Order{}, err
		}
	}
	return o, t.tell(o, facts...)
}

// replaced links the ended order to the new one (T46); the customer's own, ended orders only, and each once, so that
// late money for any of them finds the others.
func (t *turn) replaced(p Placing, by tickets.OrderID) error {
	old, err := t.Order(p.Replaces)
	if err != nil {
		return err
	}
	if old.Buyer.Customer != p.Buyer.Customer {
		return tickets.Refuse(tickets.NotFound, "order %s is another customer's", old.ID)
	}
	if old.Stage != tickets.StageExpired && old.Stage != tickets.StageCancelled {
		return tickets.Refuse(tickets.Conflict, "order %s is %s", old.ID, old.Stage)
	}
	if old.ReplacedBy != "" {
		return tickets.Refuse(tickets.Conflict, "order %s was held again as %s", old.ID, old.ReplacedBy)
	}
	old.ReplacedBy = by
	return t.PutOrder(old)
}

// sellable checks that the quote is alive and still means something in today's catalog. Prices stay the quote's.
func (t *turn) sellable(cat *tickets.Catalog, loc *time.Location, q tickets.Quote) (tickets.Product, error) {
	if !t.now.Before(q.Until) {
		return tickets.Product{}, tickets.Refuse(tickets.Expired, "the quote ended at %s", q.Until)
	}
	prod, err := cat.Product(q.Product)
	if err != nil {
		return prod, err
	}
	if err := prod.OnSale(q.Slot, t.now, loc); err != nil {
		return prod, err
	}
	if q.Revision == cat.Revision {
		return prod, nil
	}
	if q.Total.Currency != cat.CurrencyOf(prod) {
		return prod, tickets.Refuse(tickets.Changed, "it is sold in %s since the quote", cat.CurrencyOf(prod))
	}
	for _, l := range q.Lines {
		s, err := cat.SKU(l.SKU)
		if err != nil || s.Product != q.Product || s.Pool != l.Pool || max(s.Admits, 1) != l.Admits {
			return prod, tickets.Refuse(tickets.Changed, "sku %s changed since the quote", l.SKU)
		}
	}
	return prod, nil
}

// stockOf reads a pool's stock; a slot never held yet has the catalog's capacity.
func (t *turn) stockOf(cat *tickets.Catalog, key tickets.StockKey) (tickets.Stock, error) {
	s, err := t.Stock(key)
	if !errors.Is(err, tickets.NotFound) {
		return s, err
	}
	p, err := cat.Pool(key.Pool)
	if err != nil {
		return s, err
	}
	return tickets.Stock{Key: key, Capacity: p.CapacityOn(key.Slot)}, nil
}

// holdStock moves places of every draw to held, or refuses and changes nothing.
func (t *turn) holdStock(cat *tickets.Catalog, slot tickets.Slot, draws []tickets.Draw) error {
	stocks := make([]tickets.Stock, len(draws))
	for i, dr := range draws {
		s, err := t.stockOf(cat, tickets.StockKey{Merchant: cat.Merchant.ID, Pool: dr.Pool, Slot: slot})
		if err != nil {
			return err
		}
		if err := s.Hold(dr.Places); err != nil {
			return err
		}
		stocks[i] = s
	}
	t.moved(slot, draws, tickets.UnitsFree, tickets.UnitsHeld)
	return t.putStocks(stocks)
}

func (t *turn) putStocks(stocks []tickets.Stock) error {
	for _, s := range stocks {
		if err := t.PutStock(s); err != nil {
			return err
		}
	}
	return nil
}

// limits keeps one customer from holding everything (docs/lifecycle.md, waits). Holds that wait for a method that
// settles later are counted apart; places are counted until they are given back.
func (t *turn) limits(cat *tickets.Catalog, p Placing, draws []tickets.Draw) error {
	if p.Buyer.Customer == "" {
		return nil
	}
	if c, err := t.Customer(p.Buyer.Customer); err == nil && !c.Erased.IsZero() {
		return tickets.Refuse(tickets.Conflict, "customer %s was erased meanwhile", c.ID).With("reason", "erased")
	}
	holds, err := t.LiveHolds(p.Buyer.Customer)
	if err != nil {
		return err
	}
	open, places := 0, 0
	for _, h := range holds {
		if h.Reason == tickets.HoldAsync {
			continue
		}
		places += h.Places()
		if h.State == tickets.HoldActive {
			open++
		}
	}
	if open >= t.d.Limits.OpenHolds {
		return tickets.Refuse(tickets.Limit, "%d open holds", open).With("reason", "open_holds").With("max", t.d.Limits.OpenHolds)
	}
	wanted, left := 0, 0
	for _, dr := range draws {
		s, err := t.stockOf(cat, tickets.StockKey{Merchant: cat.Merchant.ID, Pool: dr.Pool, Slot: p.Quote.Slot})
		if err != nil {
			return err
		}
		wanted += dr.Places
		left += s.Left()
	}
	if most := max(t.d.Limits.PlacesMin, left*t.d.Limits.PlacesShare/100); places+wanted > most {
		return tickets.Refuse(tickets.Limit, "%d places held and %d wanted", places, wanted).With("reason", "places").With("max", most)
	}
	return nil
}

// salesOpened is when sales for a visit date opened, and not later than by default: the catalog may have said less
// meanwhile.
func salesOpened(p tickets.Product, visit tickets.Date, loc *time.Location) time.Time {
	return (visit - tickets.Date(max(p.Sales.DaysAhead, tickets.DefaultDaysAhead))).At("", loc)
}

// maxOrdersRead bounds how many of a customer's orders a placing reads.
const maxOrdersRead = 500

// perCustomer counts units of limited SKUs over the customer's live orders for the same visit date, placed since. A
// customer with more orders than can be counted here has had enough of limited SKUs.
func (t *turn) perCustomer(p Placing, since time.Time) error {
	limited := slices.ContainsFunc(p.Quote.Lines, func(l tickets.Line) bool { return l.MaxCustomer > 0 })
	if !limited || p.Buyer.Customer == "" {
		return nil
	}
	// The date is compared here: a query for it would read all orders in search of those that fit.
	orders, more, err := t.Orders(tickets.OrderQuery{Customer: p.Buyer.Customer, Since: since, Page: tickets.Page{Limit: maxOrdersRead}})
	if err != nil {
		return err
	}
	units := map[tickets.SKUID]int{}
	for _, o := range orders {
		if o.Ended() || o.Slot().Date != p.Quote.Slot.Date {
			continue
		}
		for _, l := range o.Quote.Lines {
			units[l.SKU] += l.Units
		}
	}
	for _, l := range p.Quote.Lines {
		if l.MaxCustomer > 0 && (more != "" || units[l.SKU]+l.Units > l.MaxCustomer) {
			return tickets.Refuse(tickets.Limit, "%d of %s a customer and date", l.MaxCustomer, l.SKU).
				With("reason", "customer").With("max", l.MaxCustomer).With("have", units[l.SKU]).With("sku", string(l.SKU))
		}
	}
	return nil
}

// Stamp writes a time as facts and programs see it: UTC with milliseconds.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// draftData is the data of ORDER_DRAFT_CREATED.
func draftData(o tickets.Order) map[string]any {
	total := o.Total()
	m := map[string]any{
		"skuId": o.Quote.Lines[0].SKU, "quantity": o.Places(), "date": o.Slot().Date, "channel": o.Channel,
		"quoteAmount" + titled(string(total.Currency)): json.Number(total.Number()),
		"customer": map[string]string{
			"telegram_user_id": strconv.FormatInt(o.Buyer.TelegramID, 10), "telegram_username": o.Buyer.Username,
		},
	}
	if o.Slot().Start != "" {
		m["start"] = o.Slot().Start
	}
	return m
}

// titled is "Sgd" for "SGD".
func titled(s string) string {
	if s == "" {
		return s
	}
	return s[:1] + strings.ToLower(s[1:])
}

func lockData(o tickets.Order, h tickets.Hold) map[string]any {
	return map[string]any{
		"lockId": h.ID, "skuId": o.Quote.Lines[0].SKU, "quantity": h.Places(), "expiryAt": Stamp(h.Expiry),
	}
}

// AgainQuote prices an ended order's choices anew, for Hold again (T46).
func (d *Desk) AgainQuote(ctx context.Context, id tickets.OrderID) (tickets.Quote, error) {
	var o tickets.Order
	if err := d.Store.View(ctx, func(r tickets.Reader) (err error) { o, err = r.Order(id); return err }); err != nil {
		return tickets.Quote{}, err
	}
	var choices []tickets.Choice
	for _, l := range o.Quote.Lines {
		choices = append(choices, tickets.Choice{SKU: l.SKU, Units: l.Units})
	}
	return d.Quote(ctx, o.Quote.Product, o.Slot(), choices)
}
