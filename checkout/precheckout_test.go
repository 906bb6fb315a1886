package checkout_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/checkout/telegrampay"
	"boxoffice/tickets"
)

// invoices is a chat that shows invoices and forgets nothing.
type invoices struct {
	mu      sync.Mutex
	sent    []checkout.Invoice
	deleted []int
	fail    error // of the next invoice
}

func (c *invoices) SendInvoice(_ context.Context, inv checkout.Invoice) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = append(c.sent, inv)
	err := c.fail
	c.fail = nil
	return len(c.sent), err
}

func (c *invoices) DeleteMessage(_ context.Context, _ int64, message int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deleted = append(c.deleted, message)
	return nil
}

func (c *invoices) RefundStar(context.Context, int64, string) error { return nil }

func (c *invoices) StarTransactions(context.Context, int, int) ([]checkout.StarTransaction, error) {
	return nil, nil
}

// invoiceWorld is a shop that is paid in the chat.
func invoiceWorld(t *testing.T, capacity int, tune ...func(*checkout.Desk)) (*world, *invoices) {
	t.Helper()
	chat := &invoices{}
	return newWorld(t, capacity, append(tune, func(d *checkout.Desk) {
		gw, err := telegrampay.New(telegrampay.Config{Chat: chat, ProviderToken: "1:LIVE:x", Stars: true, Now: d.Now})
		if err != nil {
			t.Fatal(err)
		}
		d.Gateways = append(d.Gateways, gw)
	})...), chat
}

// invoiced is an order with an invoice in its chat.
func (w *world) invoiced(who int, units int) (tickets.Order, tickets.Payment) {
	w.t.Helper()
	o := w.order(who, "adult", units)
	_, p, err := w.desk.Pay(w.ctx, checkout.Paying{Order: o.ID, Gateway: telegrampay.Name, Method: telegrampay.MethodTelegram, Customer: o.Buyer.Customer})
	if err != nil {
		w.t.Fatalf("pay: %v", err)
	}
	return w.now(o), p
}

// asked is the pre-checkout of who owns the order.
func asked(o tickets.Order, p tickets.Payment, id string) checkout.PreCheckout {
	return checkout.PreCheckout{ID: id, Gateway: telegrampay.Name, Session: p.ID, Payer: o.Buyer.TelegramID, Amount: p.Total}
}

// hear tells of an invoice's money as the bot does.
func (w *world) hear(p tickets.Payment, charge string, payer int64) {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{
		"date": w.clock.Now().Unix(), "from": map[string]any{"id": payer, "first_name": "Not to be kept"},
		"successful_payment": map[string]any{
			"currency": p.Total.Currency, "total_amount": p.Total.Amount, "invoice_payload": p.ID,
			"telegram_payment_charge_id": charge, "provider_payment_charge_id": "ch_" + charge,
		},
	})
	if err != nil {
		w.t.Fatalf("body: %v", err)
	}
	if err := w.desk.Hear(w.ctx, telegrampay.Name, checkout.Event{ID: charge, Type: "successful_payment"}, body); err != nil {
		w.t.Fatalf("hear: %v", err)
	}
	w.clock.add(time.Millisecond)
}

func (w *world) refusedFor(q checkout.PreCheckout, want tickets.Kind, reason string) {
	w.t.Helper()
	err := w.desk.PreCheckout(w.ctx, q)
	if r := refused(w.t, err, want); r == nil || r.Args["reason"] != reason {
		w.t.Fatalf("refused with %v, want the reason %q", err, reason)
	}
}

func (w *world) approves(q checkout.PreCheckout) {
	w.t.Helper()
	if err := w.desk.PreCheckout(w.ctx, q); err != nil {
		w.t.Fatalf("pre-checkout: %v", err)
	}
}

func TestPreCheckoutExtendsTheHoldOnceAndIsPaid(t *testing.T) {
	t.Parallel()
	w, chat := invoiceWorld(t, 20)
	o, p := w.invoiced(1, 2)
	if p.Protocol != "invoice" || p.State != tickets.PaymentOpen || len(chat.sent) != 1 || chat.sent[0].Payload != p.ID {
		t.Fatalf("payment %+v with invoices %+v", p, chat.sent)
	}
	w.clock.add(4 * time.Minute)
	w.approves(asked(o, p, "q1"))
	first := w.hold(o.Hold).Expiry
	if want := w.clock.Now().Add(2 * time.Minute).UTC(); !first.Equal(want) {
		t.Errorf("the hold lasts until %v, want %v", first, want)
	}
	w.clock.add(90 * time.Second)
	w.approves(asked(o, p, "q1"))
	w.approves(asked(o, p, "q2"))
	if again := w.hold(o.Hold).Expiry; !again.Equal(first) {
		t.Errorf("pressing Pay again moved the hold from %v to %v", first, again)
	}
	if got := w.now(o).Pending; got != "q2" {
		t.Errorf("the order waits for %q", got)
	}
	w.hear(p, "tg1", o.Buyer.TelegramID)
	w.hear(p, "tg1", o.Buyer.TelegramID)
	caps := w.captures(o)
	if len(caps) != 1 || caps[0].Disposition != tickets.Applied || caps[0].Payer != strconv.FormatInt(o.Buyer.TelegramID, 10) || caps[0].Processor != "ch_tg1" {
		t.Fatalf("captures %+v", caps)
	}
	if got, want := w.rows(o), "T6 T8 T10 T10 T18 T32"; got != want {
		t.Errorf("rows %s, want %s", got, want)
	}
	if got, want := w.story(o), "ORDER_DRAFT_CREATED INVENTORY_LOCKED CHECKOUT_REQUESTED PAYMENT_SESSION_CREATED CHECKOUT_COMPLETED FULFILLMENT_ISSUED"; got != want {
		t.Errorf("people see %s", got)
	}
	if raw := string(w.payment(p.ID).Notified); strings.Contains(raw, "Not to be kept") {
		t.Errorf("a name was kept: %s", raw)
	}
}

func TestPreCheckoutRefuses(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		prepare func(w *world, o tickets.Order, p tickets.Payment, q *checkout.PreCheckout)
		kind    tickets.Kind
		reason  string
	}{
		"another payer":      {func(_ *world, _ tickets.Order, _ tickets.Payment, q *checkout.PreCheckout) { q.Payer++ }, tickets.Forbidden, "payer"},
		"another amount":     {func(_ *world, _ tickets.Order, _ tickets.Payment, q *checkout.PreCheckout) { q.Amount.Amount-- }, tickets.Changed, "amount"},
		"another currency":   {func(_ *world, _ tickets.Order, _ tickets.Payment, q *checkout.PreCheckout) { q.Amount.Currency = "XTR" }, tickets.Changed, "amount"},
		"an unknown payload": {func(_ *world, _ tickets.Order, _ tickets.Payment, q *checkout.PreCheckout) { q.Session = "ps_nobody" }, tickets.NotFound, "unknown"},
		"another gateway":    {func(_ *world, _ tickets.Order, _ tickets.Payment, q *checkout.PreCheckout) { q.Gateway = "till" }, tickets.NotFound, "unknown"},
		"paid": {func(w *world, o tickets.Order, p tickets.Payment, _ *checkout.PreCheckout) {
			w.hear(p, "c", o.Buyer.TelegramID)
		}, tickets.Conflict, "paid"},
		"another way to pay": {func(w *world, o tickets.Order, _ tickets.Payment, _ *checkout.PreCheckout) { w.page(o) }, tickets.Conflict, "method"},
		"cancelled": {func(w *world, o tickets.Order, _ tickets.Payment, _ *checkout.PreCheckout) {
			if _, err := w.desk.Cancel(w.ctx, checkout.Cancelling{Order: o.ID}); err != nil {
				w.t.Fatalf("cancel: %v", err)
			}
		}, tickets.Conflict, "cancelled"},
		"time over, pages closing": {func(w *world, o tickets.Order, _ tickets.Payment, _ *checkout.PreCheckout) {
			w.clock.add(6 * time.Minute)
			w.sweep()
			if got := w.now(o).Stage; got != tickets.StageExpiring {
				w.t.Fatalf("the order is %s", got)
			}
		}, tickets.Expired, "closing"},
		"time over, sold out": {func(w *world, o tickets.Order, _ tickets.Payment, _ *checkout.PreCheckout) {
			w.lateFor(o)
			for n := range 4 {
				w.ordered(10+n, "adult", 5)
			}
		}, tickets.SoldOut, "sold_out"},
		"time over, the day is over": {func(w *world, o tickets.Order, _ tickets.Payment, _ *checkout.PreCheckout) {
			w.lateFor(o)
			w.clock.add(72 * time.Hour)
		}, tickets.Expired, "over"},
	}
	for name, c := range cases {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			w, _ := invoiceWorld(t, 20)
			o, p := w.invoiced(1, 2)
			q := asked(o, p, "q")
			c.prepare(w, o, p, &q)
			before, held := w.now(o), w.stock("day")
			w.refusedFor(q, c.kind, c.reason)
			w.refusedFor(q, c.kind, c.reason)
			if after := w.now(o); after.Stage != before.Stage || after.Rev != before.Rev || w.stock("day") != held {
				t.Errorf("a refusal changed the order: %+v", after)
			}
			noted := 0
			for _, f := range w.facts(o) {
				if f.Name == tickets.PreCheckoutRefused && f.Hidden && f.Result == c.reason && f.ErrorCode == string(c.kind) {
					noted++
				}
			}
			if want := map[bool]int{true: 1}[c.reason != "unknown"]; noted != want {
				t.Errorf("%d refusals are noted, want %d", noted, want)
			}
		})
	}
}

func TestTheSameQuestionKeepsItsAnswer(t *testing.T) {
	t.Parallel()
	w, _ := invoiceWorld(t, 20)
	o, p := w.invoiced(1, 2)
	w.approves(asked(o, p, "yes"))
	w.hear(p, "c", o.Buyer.TelegramID)
	w.approves(asked(o, p, "yes"))
	w.refusedFor(asked(o, p, "no"), tickets.Conflict, "paid")
}

func TestAnOldInvoiceTakesPlacesAnew(t *testing.T) {
	t.Parallel()
	w, chat := invoiceWorld(t, 20)
	o, p := w.invoiced(1, 2)
	w.lateFor(o)
	if len(chat.deleted) != 1 || w.stock("day").Held != 0 {
		t.Fatalf("deleted %v, held %d", chat.deleted, w.stock("day").Held)
	}
	w.approves(asked(o, p, "q"))
	o = w.now(o)
	h := w.hold(o.Hold)
	if o.Stage != tickets.StageAwaiting || o.Gen != 2 || o.Ended() || w.stock("day").Held != 2 || h.State != tickets.HoldActive ||
		!h.Expiry.Equal(w.clock.Now().Add(2*time.Minute).UTC()) {
		t.Fatalf("order %+v, hold %+v", o, h)
	}
	w.hear(p, "c", o.Buyer.TelegramID)
	if got, want := w.rows(o), "T6 T8 T14 T15 T10r T18 T32"; got != want {
		t.Errorf("rows %s, want %s", got, want)
	}
	if s := w.stock("day"); s.Held != 0 || s.Sold != 2 {
		t.Errorf("stock %+v", s)
	}
	w.clean()
}

func TestAnOldInvoiceThatWasApprovedIsLookedAtForAsLongAsANewOne(t *testing.T) {
	t.Parallel()
	w, _ := invoiceWorld(t, 20)
	o, err := w.desk.Place(w.ctx, w.placing(1, "sentosa", tickets.Slot{Date: visit + 9}, tickets.Choice{SKU: "adult", Units: 1}))
	if err != nil {
		t.Fatal(err)
	}
	_, p, err := w.desk.Pay(w.ctx, checkout.Paying{Order: o.ID, Gateway: telegrampay.Name, Method: telegrampay.MethodTelegram, Customer: o.Buyer.Customer})
	if err != nil {
		t.Fatal(err)
	}
	w.lateFor(w.now(o))
	w.clock.add(100 * time.Hour)
	w.approves(asked(o, p, "q"))
	w.lateFor(w.now(o))
	w.view(func(r tickets.Reader) (err error) { p, err = r.Payment(p.ID); return err })
	if p.State != tickets.PaymentClosed || p.Due.IsZero() {
		t.Errorf("payment %s, next look %s", p.State, p.Due)
	}
	w.clean()
}

func TestPlacesHeldAnewGoBackWhenTheMoneyDoesNotCome(t *testing.T) {
	t.Parallel()
	w, chat := invoiceWorld(t, 20)
	o, p := w.invoiced(1, 2)
	w.lateFor(o)
	w.approves(asked(o, p, "q"))
	o = w.lateFor(w.now(o))
	if o.Stage != tickets.StageExpired || w.stock("day").Held != 0 || len(chat.deleted) != 2 {
		t.Errorf("order %s, held %d, deleted %v", o.Stage, w.stock("day").Held, chat.deleted)
	}
	if got, want := w.rows(o), "T6 T8 T14 T15 T10r T14 T15"; got != want {
		t.Errorf("rows %s, want %s", got, want)
	}
	w.clean()
}

func TestAnApprovedInvoiceIsNotClosedForTwoMinutes(t *testing.T) {
	t.Parallel()
	w, chat := invoiceWorld(t, 20)
	o, p := w.invoiced(1, 2)
	w.clock.add(10 * time.Second)
	w.approves(asked(o, p, "q"))
	if _, err := w.desk.Cancel(w.ctx, checkout.Cancelling{Order: o.ID}); err != nil {
		t.Fatal(err)
	}
	if got := w.now(o).Stage; got != tickets.StageExpiring || len(chat.deleted) != 0 {
		t.Fatalf("the order is %s, deleted %v", got, chat.deleted)
	}
	w.hear(p, "c", o.Buyer.TelegramID)
	if got := w.now(o).Stage; got != tickets.StagePaymentReview {
		t.Errorf("money after a cancellation made the order %s", got)
	}
}

func TestALostInvoiceMayBePaidAndIsSentAgain(t *testing.T) {
	t.Parallel()
	w, chat := invoiceWorld(t, 20)
	chat.fail = tickets.Refuse(tickets.Unknown, "lost")
	o := w.order(1, "adult", 1)
	_, p, err := w.desk.Pay(w.ctx, checkout.Paying{Order: o.ID, Gateway: telegrampay.Name, Method: telegrampay.MethodTelegram})
	refused(t, err, tickets.Unavailable)
	w.approves(asked(o, p, "q"))
	w.clock.add(20 * time.Second)
	w.chase()
	if p = w.payment(p.ID); p.State != tickets.PaymentOpen || p.Remote == "" || len(chat.sent) != 2 {
		t.Fatalf("payment %+v after %d invoices", p, len(chat.sent))
	}
	w.hear(p, "c1", o.Buyer.TelegramID)
	w.hear(p, "c2", o.Buyer.TelegramID) // the other message, although it was refused
	caps := w.captures(o)
	if len(caps) != 2 || caps[0].Disposition != tickets.Applied || caps[1].Disposition != tickets.Duplicate || caps[1].Owed != caps[1].Amount.Amount {
		t.Errorf("captures %+v", caps)
	}
}

func TestRefusalsDoNotFillTheTimeline(t *testing.T) {
	t.Parallel()
	w, _ := invoiceWorld(t, 20)
	o, p := w.invoiced(1, 2)
	for n := range 60 {
		q := asked(o, p, fmt.Sprint(n))
		q.Payer = 5
		w.refusedFor(q, tickets.Forbidden, "payer")
	}
	if n := len(w.facts(o)); n > 60 {
		t.Errorf("%d facts", n)
	}
	w.approves(asked(o, p, "own"))
}

// TestPreCheckoutRacesTheSweep asks while the hold lapses: whatever comes first, an approved order never loses places
// that somebody else could then buy.
func TestPreCheckoutRacesTheSweep(t *testing.T) {
	t.Parallel()
	for range 20 {
		w, _ := invoiceWorld(t, 2)
		o, p := w.invoiced(1, 2)
		w.clock.add(5*time.Minute + 21*time.Second)
		var group sync.WaitGroup
		var answer error
		group.Go(func() { answer = w.desk.PreCheckout(w.ctx, asked(o, p, "q")) })
		group.Go(w.passes)
		group.Wait()
		w.passes()
		if answer != nil {
			refused(t, answer, tickets.Expired)
			continue
		}
		if got := w.now(o); got.Stage != tickets.StageAwaiting || w.stock("day").Held != 2 {
			t.Errorf("approved, and the order is %s with %d places", got.Stage, w.stock("day").Held)
		}
	}
}

func TestHearRefusesWhatItCannotName(t *testing.T) {
	t.Parallel()
	w, _ := invoiceWorld(t, 2)
	refused(t, w.desk.Hear(w.ctx, "", checkout.Event{ID: "x"}, nil), tickets.Invalid)
	refused(t, w.desk.Hear(w.ctx, telegrampay.Name, checkout.Event{}, nil), tickets.Invalid)
	refused(t, w.desk.Receive(w.ctx, telegrampay.Name, nil, []byte(`{}`)), tickets.Unauthorized)
}

// TestWhatIsOnItsWayBackIsNotOwedAgain holds places anew for an order whose first, short money is still on its way back by
// hand, and takes short money once more.
func TestWhatIsOnItsWayBackIsNotOwedAgain(t *testing.T) {
	t.Parallel()
	w, _ := invoiceWorld(t, 20)
	o, p := w.invoiced(1, 2)
	over := func() {
		t.Helper()
		w.stage(o, tickets.StagePaymentReview)
		w.clock.set(w.now(o).ReviewUntil.Add(time.Minute))
		w.sweep()
	}
	in := checkout.MarkingPaid{Order: o.ID, By: owner, Amount: 9000, Reference: "cash 1", Reason: "at the counter"}
	if _, _, err := w.desk.MarkPaid(w.ctx, in); err != nil {
		t.Fatal(err)
	}
	over()
	w.repay()
	first := w.refunds(o)[0]
	if _, err := w.desk.SettleRefund(w.ctx, first.ID, owner, "cash 2", "they were here"); err != nil {
		t.Fatal(err)
	}
	w.stage(o, tickets.StageExpired)
	if _, err := w.desk.UnsettleRefund(w.ctx, first.ID, owner, "it was somebody else"); err != nil {
		t.Fatal(err)
	}
	w.approves(asked(o, p, "q"))
	p.Total.Amount = 8000
	w.hear(p, "c", o.Buyer.TelegramID)
	over()
	going := map[string]int64{}
	for _, r := range w.refunds(o) {
		if r.Live() {
			going[r.Charge] += r.Amount.Amount
		}
	}
	if len(going) != 2 || going["cash 1"] != 9000 || going["c"] != 8000 {
		t.Errorf("goes back: %v", going)
	}
	w.clean()
}
