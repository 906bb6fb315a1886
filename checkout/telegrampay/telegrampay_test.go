package telegrampay_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"boxoffice/checkout"
	"boxoffice/checkout/telegrampay"
	"boxoffice/tickets"
)

var noon = time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)

// chat is a door that does as it is told.
type chat struct {
	mu      sync.Mutex
	sent    []checkout.Invoice
	deleted []int
	moves   []checkout.StarTransaction
	listed  int
	refunds []string
	fail    error
	hangs   bool // a call ends with its context
}

// outcome is how a call ends.
func (c *chat) outcome(ctx context.Context) error {
	if c.hangs {
		<-ctx.Done()
		return tickets.Unknown
	}
	return c.fail
}

func (c *chat) SendInvoice(ctx context.Context, inv checkout.Invoice) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = append(c.sent, inv)
	return 100 + len(c.sent), c.outcome(ctx)
}

func (c *chat) DeleteMessage(ctx context.Context, _ int64, message int) error {
	c.deleted = append(c.deleted, message)
	return c.outcome(ctx)
}

func (c *chat) RefundStar(ctx context.Context, user int64, charge string) error {
	c.refunds = append(c.refunds, fmt.Sprint(user, " ", charge))
	return c.outcome(ctx)
}

func (c *chat) StarTransactions(ctx context.Context, offset, limit int) ([]checkout.StarTransaction, error) {
	c.listed++
	if err := c.outcome(ctx); err != nil {
		return nil, err
	}
	return c.moves[offset:min(offset+limit, len(c.moves))], nil
}

func open(t *testing.T, change func(*telegrampay.Config)) (*telegrampay.Gateway, *chat) {
	t.Helper()
	c := &chat{}
	cfg := telegrampay.Config{Chat: c, ProviderToken: "1:TEST:x", Stars: true, Now: func() time.Time { return noon }}
	if change != nil {
		change(&cfg)
	}
	g, err := telegrampay.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return g, c
}

func opening(id tickets.SessionID, amount int64, cur tickets.Currency) checkout.Opening {
	return checkout.Opening{
		Payment: tickets.Payment{ID: id, State: tickets.PaymentCreated, Total: tickets.Money{Amount: amount, Currency: cur}},
		Order:   tickets.Order{ID: "order_1", Buyer: tickets.Buyer{Chat: 77}}, Title: "Sentosa", Lang: "en",
	}
}

func TestStarsAreForStarsAndTheProviderForTheRest(t *testing.T) {
	t.Parallel()
	g, c := open(t, nil)
	takes := func(cur tickets.Currency) (ids []string) {
		for _, m := range g.Methods() {
			if m.Protocol != "invoice" {
				t.Errorf("%s is %s", m.ID, m.Protocol)
			}
			if m.Takes(cur) {
				ids = append(ids, m.ID)
			}
		}
		return ids
	}
	if got := strings.Join(takes("SGD"), " "); got != "telegram" {
		t.Errorf("SGD is taken by %q", got)
	}
	if got := strings.Join(takes(tickets.Stars), " "); got != "stars" {
		t.Errorf("Stars are taken by %q", got)
	}
	if got := takes("KWD"); len(got) != 0 {
		t.Errorf("KWD, whose unit at Telegram is not known, is taken by %q", got)
	}
	for _, o := range []checkout.Opening{opening("ps_1", 500, "SGD"), opening("ps_2", 50, tickets.Stars)} {
		if _, err := g.Open(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	if c.sent[0].Token != "1:TEST:x" || c.sent[1].Token != "" || !g.Test() {
		t.Errorf("sent %+v", c.sent)
	}
	if live, _ := open(t, func(c *telegrampay.Config) { c.ProviderToken = "1:LIVE:x" }); live.Test() {
		t.Error("a live token is taken for a test one")
	}
}

func TestOpeningTwiceSendsOneInvoiceUnlessTheAnswerWasLost(t *testing.T) {
	t.Parallel()
	g, c := open(t, nil)
	c.fail = tickets.Unknown
	if _, err := g.Open(t.Context(), opening("ps_1", 500, "SGD")); !errors.Is(err, tickets.Unknown) {
		t.Fatalf("lost answer: %v", err)
	}
	c.fail = nil
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			s, err := g.Open(t.Context(), opening("ps_1", 500, "SGD"))
			if err != nil || s.Remote != "77:102" {
				t.Errorf("session %q, %v", s.Remote, err)
			}
		})
	}
	group.Wait()
	if len(c.sent) != 2 {
		t.Errorf("%d invoices", len(c.sent))
	}
}

func TestWhatCannotBeInvoicedIsDeclined(t *testing.T) {
	t.Parallel()
	limits := func(c *telegrampay.Config) {
		c.Limits = map[tickets.Currency]telegrampay.Limit{"SGD": {Least: 100, Most: 1000}}
	}
	for name, c := range map[string]struct {
		change func(*checkout.Opening)
		fail   error
		kind   tickets.Kind
	}{
		"no chat":          {func(o *checkout.Opening) { o.Order.Buyer.Chat = 0 }, nil, tickets.Declined},
		"a group":          {func(o *checkout.Opening) { o.Order.Buyer.Chat = -5 }, nil, tickets.Declined},
		"too little":       {func(o *checkout.Opening) { o.Payment.Total.Amount = 99 }, nil, tickets.Declined},
		"too much":         {func(o *checkout.Opening) { o.Payment.Total.Amount = 1001 }, nil, tickets.Declined},
		"being closed":     {func(o *checkout.Opening) { o.Payment.State = tickets.PaymentClosing }, nil, tickets.Declined},
		"blocked":          {nil, tickets.Blocked, tickets.Declined},
		"Telegram's limit": {nil, tickets.Refuse(tickets.Invalid, "400 CURRENCY_TOTAL_AMOUNT_INVALID"), tickets.Declined},
		"a wrong token":    {nil, tickets.Refuse(tickets.Invalid, "400 PAYMENT_PROVIDER_INVALID"), tickets.Invalid},
		"down":             {nil, tickets.Unavailable, tickets.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, door := open(t, limits)
			door.fail = c.fail
			o := opening("ps_1", 500, "SGD")
			if c.change != nil {
				c.change(&o)
			}
			if _, err := g.Open(t.Context(), o); tickets.KindOf(err) != c.kind {
				t.Errorf("got %v, want %s", err, c.kind)
			}
		})
	}
}

func TestClosingDeletesTheInvoiceUnlessMoneyMayBeUnderWay(t *testing.T) {
	t.Parallel()
	g, c := open(t, nil)
	p := tickets.Payment{ID: "ps_1", State: tickets.PaymentClosing, Remote: "77:5", Total: tickets.Money{Amount: 500, Currency: "SGD"}}
	p.Approved = noon.Add(-119 * time.Second)
	if st, err := g.Close(t.Context(), p); err != nil || st.State != checkout.StandingOpen || len(c.deleted) != 0 {
		t.Errorf("approved: %+v, %v", st, err)
	}
	p.Approved = noon.Add(-2 * time.Minute)
	if st, err := g.Close(t.Context(), p); err != nil || st.State != checkout.StandingClosed || len(c.deleted) != 1 || c.deleted[0] != 5 {
		t.Errorf("no answer: %+v, %v, deleted %v", st, err, c.deleted)
	}
	c.fail = tickets.Unavailable
	if _, err := g.Close(t.Context(), p); !errors.Is(err, tickets.Unavailable) {
		t.Errorf("down: %v", err)
	}
	c.fail = tickets.Blocked
	if st, err := g.Close(t.Context(), p); err != nil || st.State != checkout.StandingClosed {
		t.Errorf("blocked: %+v, %v", st, err)
	}
}

func TestATelegramThatHangsIsWaitedForTenSeconds(t *testing.T) {
	t.Parallel()
	stars := tickets.Money{Amount: 50, Currency: tickets.Stars}
	invoice := tickets.Payment{ID: "ps_1", State: tickets.PaymentClosing, Remote: "77:5", Total: tickets.Money{Amount: 500, Currency: "SGD"}}
	inStars := tickets.Payment{ID: "ps_2", State: tickets.PaymentOpen, Remote: "77:6", Total: stars}
	paid := tickets.Capture{Charge: "stx1", Amount: stars, Payer: "5"}
	for name, ask := range map[string]func(context.Context, *telegrampay.Gateway) error{
		"opening": func(ctx context.Context, g *telegrampay.Gateway) error {
			_, err := g.Open(ctx, opening("ps_1", 500, "SGD"))
			return err
		},
		"closing": func(ctx context.Context, g *telegrampay.Gateway) error { _, err := g.Close(ctx, invoice); return err },
		"asking":  func(ctx context.Context, g *telegrampay.Gateway) error { _, err := g.Lookup(ctx, inStars); return err },
		"refunding": func(ctx context.Context, g *telegrampay.Gateway) error {
			_, err := g.Refund(ctx, tickets.Refund{Amount: stars}, paid)
			return err
		},
		"asking back": func(ctx context.Context, g *telegrampay.Gateway) error {
			_, err := g.LookupRefund(ctx, tickets.Refund{}, paid)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g, door := open(t, nil)
				door.hangs = true
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				began := time.Now()
				if err := ask(ctx, g); !errors.Is(err, tickets.Unknown) || time.Since(began) > 10*time.Second {
					t.Errorf("after %v: %v, want unknown", time.Since(began), err)
				}
			})
		})
	}
}

func TestSilentStarsAreFoundByAsking(t *testing.T) {
	t.Parallel()
	g, c := open(t, nil)
	for n := range 250 {
		c.moves = append(c.moves, checkout.StarTransaction{Charge: fmt.Sprint("old", n), Payload: "ps_old", User: 5, Stars: 1, At: noon})
	}
	p := tickets.Payment{ID: "ps_1", State: tickets.PaymentOpen, Remote: "77:5", Total: tickets.Money{Amount: 50, Currency: tickets.Stars}}
	if st, err := g.Lookup(t.Context(), p); err != nil || st.State != checkout.StandingOpen {
		t.Fatalf("nothing paid: %+v, %v", st, err)
	}
	c.moves = append(c.moves, checkout.StarTransaction{Charge: "new", Payload: "ps_1", User: 5, Stars: 50, At: noon})
	before := c.listed
	st, err := g.Lookup(t.Context(), p)
	if err != nil || st.State != checkout.StandingPaid || len(st.Charges) != 1 {
		t.Fatalf("paid: %+v, %v", st, err)
	}
	if r := st.Charges[0]; r.Charge != "new" || r.Payer != "5" || r.Amount != p.Total || r.Reference != "ps_1" || r.Test {
		t.Errorf("report %+v", r)
	}
	if c.listed != before+1 {
		t.Errorf("asking again took %d calls", c.listed-before)
	}
	c.fail = tickets.Unavailable
	if _, err := g.Lookup(t.Context(), p); !errors.Is(err, tickets.Unavailable) {
		t.Errorf("down: %v", err)
	}
	p.Total.Currency, p.State = "SGD", tickets.PaymentClosed
	if st, err := g.Lookup(t.Context(), p); err != nil || st.State != checkout.StandingClosed || len(st.Charges) != 0 {
		t.Errorf("another currency cannot be asked for: %+v, %v", st, err)
	}
}

func TestStarsGoBackWholeAndOthersByAPerson(t *testing.T) {
	t.Parallel()
	g, c := open(t, nil)
	stars := tickets.Money{Amount: 50, Currency: tickets.Stars}
	paid := tickets.Capture{Charge: "stx1", Amount: stars, Payer: "5"}
	st, err := g.Refund(t.Context(), tickets.Refund{ID: "ref_1", Amount: stars}, paid)
	if err != nil || st.State != checkout.RefundIsSucceeded || st.Remote != "stx1" || len(c.refunds) != 1 || c.refunds[0] != "5 stx1" {
		t.Errorf("refund %+v, %v, %v", st, err, c.refunds)
	}
	_, err = g.Refund(t.Context(), tickets.Refund{Amount: tickets.Money{Amount: 20, Currency: tickets.Stars}}, paid)
	if tickets.KindOf(err) != tickets.Declined {
		t.Errorf("part: %v", err)
	}
	_, err = g.Refund(t.Context(), tickets.Refund{Amount: stars}, tickets.Capture{Charge: "x", Amount: stars})
	if tickets.KindOf(err) != tickets.Unsupported {
		t.Errorf("nobody: %v", err)
	}
	sgd := tickets.Money{Amount: 500, Currency: "SGD"}
	_, err = g.Refund(t.Context(), tickets.Refund{Amount: sgd}, tickets.Capture{Charge: "tg1", Processor: "ch_9", Amount: sgd})
	if tickets.KindOf(err) != tickets.Unsupported || !strings.Contains(err.Error(), "ch_9") {
		t.Errorf("dollars: %v", err)
	}
	if st, err := g.LookupRefund(t.Context(), tickets.Refund{}, paid); err != nil || st.State != checkout.RefundIsAbsent {
		t.Errorf("none: %+v, %v", st, err)
	}
	c.moves = append(c.moves, checkout.StarTransaction{Charge: "stx1", User: 5, Stars: 50, Refund: true, At: noon})
	if st, err := g.LookupRefund(t.Context(), tickets.Refund{}, paid); err != nil || st.State != checkout.RefundIsSucceeded {
		t.Errorf("found: %+v, %v", st, err)
	}
}

func TestOnlyStarsAndWhatAGatewayCanRefundGoBackByThemselves(t *testing.T) {
	t.Parallel()
	gw, err := telegrampay.New(telegrampay.Config{Chat: &chat{}, ProviderToken: "1:TEST:2", Stars: true, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	d := checkout.Desk{Gateways: []checkout.Gateway{gw}}
	for _, c := range []struct {
		gateway  string
		currency tickets.Currency
		want     bool
	}{
		{telegrampay.Name, tickets.Stars, true}, {telegrampay.Name, "SGD", false}, {checkout.GatewayManual, "SGD", false}, {"gone", "SGD", false},
	} {
		if got := d.SendsBack(c.gateway, c.currency); got != c.want {
			t.Errorf("%s in %s: sends back %t", c.gateway, c.currency, got)
		}
	}
}

func TestReadTellsMoneyAndNothingElse(t *testing.T) {
	t.Parallel()
	g, _ := open(t, nil)
	rs, err := g.Read([]byte(`{"message_id":9,"date":1763784000,"from":{"id":5,"first_name":"Alex"},"successful_payment":{"currency":"SGD",
		"total_amount":11900,"invoice_payload":"ps_1","telegram_payment_charge_id":"tg1","provider_payment_charge_id":"ch_1","order_info":{"name":"Alex"}}}`))
	if err != nil || len(rs) != 1 {
		t.Fatalf("%+v, %v", rs, err)
	}
	r := rs[0]
	if r.Kind != checkout.ReportPaid || r.Charge != "tg1" || r.Processor != "ch_1" || r.Payer != "5" || r.Reference != "ps_1" ||
		r.Amount != (tickets.Money{Amount: 11900, Currency: "SGD"}) || r.At.Unix() != 1763784000 || strings.Contains(string(r.Raw), "Alex") {
		t.Errorf("report %+v, raw %s", r, r.Raw)
	}
	rs, err = g.Read([]byte(`{"refunded_payment":{"currency":"XTR","total_amount":50,"invoice_payload":"ps_2","telegram_payment_charge_id":"stx1"}}`))
	if err != nil || len(rs) != 1 || rs[0].Kind != checkout.ReportRefund || rs[0].Refund != "stx1" || rs[0].RefundState != tickets.RefundSucceeded {
		t.Errorf("refund %+v, %v", rs, err)
	}
	for body, want := range map[string]tickets.Kind{`{"text":"hi"}`: "", `[]`: tickets.Invalid, `{"successful_payment":{}}`: tickets.Invalid} {
		if rs, err := g.Read([]byte(body)); len(rs) != 0 || tickets.KindOf(err) != want {
			t.Errorf("%s: %+v, %v", body, rs, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"date":1,"from":{"id":5},"successful_payment":{"currency":"SGD","total_amount":1,"telegram_payment_charge_id":"c"}}`))
	f.Add([]byte(`{"refunded_payment":{"currency":"XTR","total_amount":-1,"telegram_payment_charge_id":"c"}}`))
	g, err := telegrampay.New(telegrampay.Config{Chat: &chat{}, Stars: true, Now: time.Now})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		rs, err := g.Read(body)
		if len(rs) > 1 || err != nil && len(rs) > 0 {
			t.Fatalf("%d reports, %v", len(rs), err)
		}
		for _, r := range rs {
			if r.Charge == "" || len(r.Raw) == 0 {
				t.Fatalf("report %+v", r)
			}
		}
	})
}
