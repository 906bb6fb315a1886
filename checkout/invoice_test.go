package checkout_test

import (
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/checkout/telegrampay"
	"boxoffice/tickets"
)

// TestAnApprovedInvoiceIsClosedAsSoonAsItCanBe is a bank that refuses in silence, and a customer who cancels then.
func TestAnApprovedInvoiceIsClosedAsSoonAsItCanBe(t *testing.T) {
	t.Parallel()
	w, chat := invoiceWorld(t, 20)
	o, p := w.invoiced(1, 2)
	w.approves(asked(o, p, "q"))
	approved := w.clock.Now()
	w.clock.add(15 * time.Second)
	if _, err := w.desk.Cancel(w.ctx, checkout.Cancelling{Order: o.ID}); err != nil {
		t.Fatal(err)
	}
	w.clock.set(approved.Add(checkout.ApprovedFor - time.Second))
	w.passes()
	if got := w.now(o).Stage; got != tickets.StageExpiring || w.stock("day").Held != 2 {
		t.Fatalf("while money may be under way the order is %s with %d places", got, w.stock("day").Held)
	}
	w.clock.set(approved.Add(checkout.ApprovedFor))
	w.passes()
	if got := w.now(o).Stage; got != tickets.StageCancelled || w.stock("day").Held != 0 || len(chat.deleted) != 1 {
		t.Errorf("the order is %s with %d places, deleted %v; next try at %s", got, w.stock("day").Held, chat.deleted, w.payment(p.ID).Due)
	}
	w.clean()
}

// restart starts the desk anew with a shop's other way to be paid in the chat; nil has none.
func (w *world) restart(gw checkout.Gateway) {
	desk := *w.desk
	desk.Gateways = []checkout.Gateway{w.till}
	if gw != nil {
		desk.Gateways = append(desk.Gateways, gw)
	}
	w.desk = &desk
}

func (w *world) telegram(chat telegrampay.Chat, token string) checkout.Gateway {
	w.t.Helper()
	gw, err := telegrampay.New(telegrampay.Config{Chat: chat, ProviderToken: token, Stars: true, Now: w.clock.Now})
	if err != nil {
		w.t.Fatalf("gateway: %v", err)
	}
	return gw
}

const playToken, realToken = "1:TEST:x", "1:LIVE:x"

// film is a shop that sells a digital product, for Stars, beside its others.
func (w *world) film(refund tickets.RefundPolicy) {
	w.t.Helper()
	cat := wares(20)
	cat.Products = append(cat.Products, tickets.Product{ID: "film", Names: tickets.Texts{"en": "Film"}, Digital: true, Refund: refund})
	cat.Pools = append(cat.Pools, tickets.Pool{ID: "film", Capacity: 100})
	cat.SKUs = append(cat.SKUs, tickets.SKU{
		ID: "film_view", Product: "film", Names: tickets.Texts{"en": "View"}, Price: 125, Admits: 1, Pool: "film", TicketMode: tickets.TicketPerUnit,
	})
	if _, _, err := w.desk.Apply(w.ctx, cat); err != nil {
		w.t.Fatalf("catalog: %v", err)
	}
}

// starred is an order of two views with an invoice in Stars.
func (w *world) starred(who int) (tickets.Order, tickets.Payment) {
	w.t.Helper()
	o := w.order(who, "film_view", 2)
	_, p, err := w.desk.Pay(w.ctx, checkout.Paying{Order: o.ID, Gateway: telegrampay.Name, Method: telegrampay.MethodStars})
	if err != nil {
		w.t.Fatalf("pay: %v", err)
	}
	return w.now(o), p
}

// TestAnInvoiceOfAnotherTokenIsRefusedBeforeItsMoneyIsTaken puts the real token in place of the test one, and back.
func TestAnInvoiceOfAnotherTokenIsRefusedBeforeItsMoneyIsTaken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, before, after string }{{"real", playToken, realToken}, {"play", realToken, playToken}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, chat := invoiceWorld(t, 20)
			w.restart(w.telegram(chat, c.before))
			ended, late := w.invoiced(2, 1)
			ended = w.lateFor(ended)
			o, old := w.invoiced(3, 2)
			w.restart(w.telegram(chat, c.after))
			w.refusedFor(asked(o, old, "q1"), tickets.Conflict, "gone")
			w.refusedFor(asked(ended, late, "q2"), tickets.Expired, "over")
			_, p, err := w.desk.Pay(w.ctx, checkout.Paying{Order: o.ID, Gateway: telegrampay.Name, Method: telegrampay.MethodTelegram})
			if err != nil || p.ID == old.ID || p.Test == old.Test || p.Test != (c.after == playToken) {
				t.Fatalf("payment %+v, %v", p, err)
			}
			w.approves(asked(o, p, "q3"))
			w.hear(p, "c", o.Buyer.TelegramID)
			w.stage(o, tickets.StageFulfilled)
			w.clean()
		})
	}
}

// TestMoneyUnderWayIsOfItsPaymentsKind exchanges the token after the yes: Telegram does not say whether money is real.
func TestMoneyUnderWayIsOfItsPaymentsKind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, before, after string }{{"real", playToken, realToken}, {"play", realToken, playToken}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, chat := invoiceWorld(t, 20)
			w.restart(w.telegram(chat, c.before))
			o, p := w.invoiced(1, 2)
			w.approves(asked(o, p, "q"))
			w.restart(w.telegram(chat, c.after))
			w.hear(p, "c", o.Buyer.TelegramID)
			w.stage(o, tickets.StageFulfilled)
			if got := w.captures(o); len(got) != 1 || got[0].Disposition != tickets.Applied || got[0].Test != p.Test {
				t.Errorf("captures %+v", got)
			}
			w.clean()
		})
	}
}

func TestStarsAreRealBesideATestToken(t *testing.T) {
	t.Parallel()
	w, chat := invoiceWorld(t, 20)
	w.film(tickets.RefundPolicy{})
	w.restart(w.telegram(chat, playToken))
	o, p := w.starred(1)
	w.restart(w.telegram(chat, realToken))
	w.approves(asked(o, p, "q"))
	w.hear(p, "c", o.Buyer.TelegramID)
	if o = w.stage(o, tickets.StageFulfilled); p.Test || o.Test || w.captures(o)[0].Test {
		t.Errorf("Stars are taken for play money: payment %t, order %t, captures %+v", p.Test, o.Test, w.captures(o))
	}
	w.clean()
}

// TestAnInvoiceWhoseMoneyWentBackIsNotCalledPaid presses Pay on the old message once more.
func TestAnInvoiceWhoseMoneyWentBackIsNotCalledPaid(t *testing.T) {
	t.Parallel()
	paid := func(w *world, o tickets.Order, p tickets.Payment) {
		w.approves(asked(o, p, "q1"))
		w.hear(p, "c", o.Buyer.TelegramID)
	}
	late := func(w *world, o tickets.Order, p tickets.Payment) {
		w.cancelled(o)
		w.hear(p, "c", o.Buyer.TelegramID)
		w.stage(o, tickets.StagePaymentReview)
	}
	for name, c := range map[string]struct {
		prepare func(w *world, o tickets.Order, p tickets.Payment)
		kind    tickets.Kind
		reason  string
	}{
		"paid": {paid, tickets.Conflict, "paid"},
		"refunded": {func(w *world, o tickets.Order, p tickets.Payment) {
			paid(w, o, p)
			_, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "kind"})
			if err != nil {
				w.t.Fatalf("refund: %v", err)
			}
			w.settled(o)
			w.stage(o, tickets.StageRefunded)
		}, tickets.Expired, "over"},
		"late money that waits": {late, tickets.Conflict, "review"},
		"late money that went back": {func(w *world, o tickets.Order, p tickets.Payment) {
			late(w, o, p)
			w.clock.add(25 * time.Hour)
			w.settled(o)
			w.stage(o, tickets.StageCancelled)
		}, tickets.Conflict, "cancelled"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := invoiceWorld(t, 20)
			o, p := w.invoiced(1, 2)
			c.prepare(w, o, p)
			w.refusedFor(asked(o, p, "q2"), c.kind, c.reason)
			w.clean()
		})
	}
}

// cancelled is an order that its customer gave up.
func (w *world) cancelled(o tickets.Order) {
	w.t.Helper()
	if _, err := w.desk.Cancel(w.ctx, checkout.Cancelling{Order: o.ID}); err != nil {
		w.t.Fatalf("cancel: %v", err)
	}
	w.passes()
	w.stage(o, tickets.StageCancelled)
}

// settled has a person pay back an order's refund, which Telegram cannot.
func (w *world) settled(o tickets.Order) {
	w.t.Helper()
	w.repay()
	if _, err := w.desk.SettleRefund(w.ctx, w.refunds(o)[0].ID, owner, "bank 1", "at the provider"); err != nil {
		w.t.Fatalf("settle: %v", err)
	}
}

// TestMoneyOfAGatewayThatIsNotConfiguredWaitsForIt takes the gateway away between the yes and the money.
func TestMoneyOfAGatewayThatIsNotConfiguredWaitsForIt(t *testing.T) {
	t.Parallel()
	w, chat := invoiceWorld(t, 20)
	o, p := w.invoiced(1, 2)
	w.approves(asked(o, p, "q"))
	w.restart(nil)
	w.refusedFor(asked(o, p, "q2"), tickets.Conflict, "gone")
	for range 2 {
		w.hear(p, "c", o.Buyer.TelegramID)
	}
	waiting := func() (n tickets.Notice, open []tickets.Case) {
		t.Helper()
		w.view(func(r tickets.Reader) (err error) {
			if n, err = r.NoticeByEvent(telegrampay.Name, "c"); err == nil {
				open, _, err = r.OpenCases(tickets.Page{Limit: 10})
			}
			return err
		})
		return n, open
	}
	for range 3 {
		w.clock.add(time.Minute)
		if _, err := w.desk.Catch(w.ctx); tickets.KindOf(err) != tickets.NotFound {
			t.Fatalf("catch: %v", err)
		}
	}
	n, open := waiting()
	if !n.Done.IsZero() || n.Count != 2 || len(open) != 1 || open[0].Why != checkout.WhyNoGateway || open[0].Subject != string(n.ID) {
		t.Fatalf("notice %+v, cases %+v", n, open)
	}
	told := 0
	w.view(func(r tickets.Reader) error {
		return r.Walk(func(thing any) error {
			if d, ok := thing.(*tickets.Delivery); ok && d.Kind == tickets.SayCase && d.To.Kind == tickets.ToMerchant {
				told++
			}
			return nil
		})
	})
	if told != 1 || len(w.captures(o)) != 0 {
		t.Errorf("the merchant was told %d times, captures %+v", told, w.captures(o))
	}
	w.clean()
	w.restart(w.telegram(chat, realToken))
	w.later(5 * time.Minute)
	if n, open = waiting(); n.Done.IsZero() || n.Outcome != "applied" || len(open) != 0 {
		t.Errorf("notice %+v, cases %+v", n, open)
	}
	w.stage(o, tickets.StageFulfilled)
	w.clean()
}

// TestStarsWithAFeeGoBackWhole asks back what was paid with the fee of its method, by its customer and by staff.
func TestStarsWithAFeeGoBackWhole(t *testing.T) {
	t.Parallel()
	bought := func(t *testing.T, refund tickets.RefundPolicy) (*world, tickets.Order) {
		t.Helper()
		w, _ := invoiceWorld(t, 20, func(d *checkout.Desk) { d.Fees = map[string]tickets.Fee{telegrampay.Name: {BasisPoints: 300}} })
		w.film(refund)
		o, p := w.starred(1)
		if p.Total.Amount != 258 {
			t.Fatalf("asks for %s", p.Total)
		}
		w.approves(asked(o, p, "q"))
		w.hear(p, "c", o.Buyer.TelegramID)
		o = w.stage(o, tickets.StageFulfilled)
		return w, o
	}
	all := tickets.RefundPolicy{Brackets: []tickets.RefundBracket{{Days: 0, Percent: 100}}}
	t.Run("customer", func(t *testing.T) {
		t.Parallel()
		w, o := bought(t, all)
		_, err := w.desk.RefundOffer(w.ctx, o.ID, "", []tickets.TicketCode{w.tickets(o)[0].Code})
		if r := refused(t, err, tickets.Conflict); r.Args["reason"] != "stars" {
			t.Errorf("a part: %v", err)
		}
		offer, err := w.desk.RefundOffer(w.ctx, o.ID, "", nil)
		if err != nil || offer.Back.Amount != 258 || offer.Price.Amount != 250 {
			t.Fatalf("offer %+v, %v", offer, err)
		}
		if r := w.ask(o, w.tickets(o)[0].Code, w.tickets(o)[1].Code); r.Amount.Amount != 258 || r.Kept != 0 {
			t.Errorf("refund %+v", r)
		}
		w.clean()
	})
	t.Run("policy", func(t *testing.T) {
		t.Parallel()
		w, o := bought(t, tickets.RefundPolicy{Brackets: []tickets.RefundBracket{{Days: 0, Percent: 80}}})
		_, err := w.desk.RefundOffer(w.ctx, o.ID, "", nil)
		if r := refused(t, err, tickets.Conflict); r.Args["reason"] != "stars" {
			t.Errorf("four fifths: %v", err)
		}
	})
	t.Run("staff", func(t *testing.T) {
		t.Parallel()
		w, o := bought(t, all)
		in := checkout.RefundWish{Order: o.ID, By: owner, Reason: "kind", Tickets: []tickets.TicketCode{w.tickets(o)[0].Code}}
		_, err := w.desk.AskRefund(w.ctx, in)
		if r := refused(t, err, tickets.Conflict); r.Args["reason"] != "stars" {
			t.Errorf("a part: %v", err)
		}
		in.Tickets = append(in.Tickets, w.tickets(o)[1].Code)
		if rs, err := w.desk.AskRefund(w.ctx, in); err != nil || rs[0].Amount.Amount != 258 {
			t.Errorf("refunds %+v, %v", rs, err)
		}
		w.repay()
		w.stage(o, tickets.StageRefunded)
		w.clean()
	})
}
