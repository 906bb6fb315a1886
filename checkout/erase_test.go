package checkout_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/storage/bolt"
	"boxoffice/tickets"
)

// kanarie is a customer whose every word is found again.
var kanarie = tickets.Buyer{
	Customer: "cus_0000000000000000000000ca", TelegramID: 6711223344, Username: "kanarie_v", Name: "Kanarie Vogel", Lang: "zh-Hant", Chat: 6711223344,
}

var self = checkout.Staff{Actor: tickets.Actor{Kind: tickets.ActorCustomer, ID: string(kanarie.Customer), Name: kanarie.Name}, Source: "bot"}

// meets makes kanarie a customer who stands somewhere in the chat.
func (w *world) meets() {
	w.t.Helper()
	w.write(func(tx tickets.Tx) error {
		return errors.Join(
			tx.CreateCustomer(tickets.Customer{
				ID: kanarie.Customer, Merchant: "demo", TelegramID: kanarie.TelegramID, Username: kanarie.Username, Name: kanarie.Name,
				Lang: kanarie.Lang, Chosen: true, At: w.clock.Now(),
			}),
			tx.PutConversation(tickets.Conversation{Chat: kanarie.Chat, User: kanarie.TelegramID, Flow: "f", Step: "menu"}),
		)
	})
}

// kanarieBuys is a paid order of theirs, with the page that they paid.
func (w *world) kanarieBuys(units int) (tickets.Order, checkout.Report) {
	w.t.Helper()
	p := w.placing(0, "sentosa", tickets.Slot{Date: visit}, tickets.Choice{SKU: "adult", Units: units})
	p.Buyer = kanarie
	o, err := w.desk.Place(w.ctx, p)
	if err != nil {
		w.t.Fatalf("place: %v", err)
	}
	r := w.money(w.page(o), int64(units)*5000, "SGD")
	return w.stage(o, tickets.StageFulfilled), r
}

// lived is a shop in which kanarie bought, complained, got something back, and came.
func lived(t *testing.T, w *world) tickets.Order {
	t.Helper()
	w.meets()
	o, charge := w.kanarieBuys(3)
	if _, err := w.desk.Note(w.ctx, checkout.Noting{Order: o.ID, By: support, Text: "Kanarie rang: will be late"}); err != nil {
		t.Fatal(err)
	}
	ks := w.tickets(o)
	_, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{
		Order: o.ID, Customer: kanarie.Customer, Tickets: []tickets.TicketCode{ks[0].Code}, Reason: "Kanarie is ill", Key: fmt.Sprintf("bot:%d:7", kanarie.Chat),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk.ApproveRefund(w.ctx, w.refunds(o)[0].ID, manager, "Kanarie is a regular"); err != nil {
		t.Fatal(err)
	}
	w.later(time.Minute)
	dispute := bank(charge.Charge, tickets.DisputeOpen, "", 5000)
	dispute.Raw = json.RawMessage(`{"billing_details":{"name":"Kanarie Vogel"}}`)
	w.tell(dispute)
	w.tell(bank(charge.Charge, tickets.DisputeWon, "", 5000))
	if _, _, err := w.desk.Admit(w.ctx, checkout.Admitting{Scan: string(ks[1].Code), By: owner.Actor}); err != nil {
		w.clock.set(visit.At("11:00", singapore))
		if _, _, err := w.desk.Admit(w.ctx, checkout.Admitting{Scan: string(ks[1].Code), By: owner.Actor}); err != nil {
			t.Fatal(err)
		}
	}
	w.write(func(tx tickets.Tx) error { // what the provider told, word for word
		return tx.CreateNotice(tickets.Notice{
			ID: "ntc_0000000000000000000000ca", Gateway: "till", Event: "evt_ca", Body: []byte(`{"name":"Kanarie Vogel"}`), At: w.clock.Now(),
			Done: w.clock.Now(), Outcome: "applied", Order: o.ID, Headers: map[string]string{"X-From": "kanarie"},
		})
	})
	w.clock.set((visit + 1).At("12:00", singapore))
	w.passes()
	return w.now(o)
}

// named lists the rows in which somebody of these words is still to be found.
func (w *world) named(words ...string) (out []string) {
	w.t.Helper()
	w.view(func(r tickets.Reader) error {
		return r.Walk(func(thing any) error {
			b, err := json.Marshal(thing)
			if n, ok := thing.(*tickets.Notice); ok {
				b = append(b, n.Body...)
			}
			for _, word := range words {
				if strings.Contains(strings.ToLower(string(b)), word) {
					out = append(out, fmt.Sprintf("%s in %T %s", word, thing, b))
				}
			}
			return err
		})
	})
	return out
}

func (w *world) customer(id tickets.CustomerID) (c tickets.Customer) {
	w.t.Helper()
	w.view(func(r tickets.Reader) (err error) { c, err = r.Customer(id); return err })
	return c
}

func TestErasingLeavesNothingOfThePersonAndAllOfTheMoney(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o := lived(t, w)
	if len(w.named("kanarie")) == 0 || len(w.named("6711223344")) == 0 {
		t.Fatal("nothing is there to erase")
	}
	rows, captures, story := w.rows(o), fmt.Sprint(w.captures(o)), w.story(o)
	c, err := w.desk.Erase(w.ctx, checkout.Erasing{Customer: kanarie.Customer, By: self})
	if err != nil || c.Erased.IsZero() {
		t.Fatalf("erase: %+v, %v", c, err)
	}
	for _, fault := range w.named("kanarie", "6711223344", "vogel", "zh-hant") {
		if !strings.Contains(fault, "*tickets.Ticket") { // a ticket keeps the language that it is in
			t.Error(fault)
		}
	}
	for _, q := range []string{"kanarie", "vogel", "kanarie_v"} {
		w.view(func(r tickets.Reader) error {
			found, _, err := r.Search(tickets.SearchQuery{Text: q})
			orders, _, err2 := r.Orders(tickets.OrderQuery{Text: q})
			if len(found)+len(orders) > 0 {
				t.Errorf("%q finds %v, %d orders", q, found, len(orders))
			}
			return errors.Join(err, err2)
		})
	}
	if w.rows(o) != rows || fmt.Sprint(w.captures(o)) != captures || w.story(o) != story {
		t.Error("what happened is another")
	}
	if n := w.now(o); n.Buyer != (tickets.Buyer{Customer: kanarie.Customer}) || n.Refunded == 0 {
		t.Errorf("order %+v", n)
	}
	w.clean()
	w.balanced()
	w.quiet()
	w.view(func(r tickets.Reader) error {
		r.Check(func(fault string) { t.Error(fault) })
		_, err := r.Conversation(kanarie.Chat, kanarie.TelegramID)
		if !errors.Is(err, tickets.NotFound) {
			t.Errorf("conversation: %v", err)
		}
		log, _, err := r.AuditEntries(tickets.Page{})
		if len(log) != 1 || log[0].Act != "customer_erased" || log[0].Object != string(kanarie.Customer) || log[0].Actor.Name != "" || log[0].After != "orders=1" {
			t.Errorf("log %+v", log)
		}
		return err
	})
	again, err := w.desk.Erase(w.ctx, checkout.Erasing{Customer: kanarie.Customer, By: self})
	if err != nil || !again.Erased.Equal(c.Erased) {
		t.Errorf("again: %+v, %v", again, err)
	}
	if n, err := w.desk.Forget(w.ctx); n != 0 || err != nil {
		t.Errorf("forget: %d, %v", n, err)
	}
}

func TestErasedTelegramPayerIsNotNamedByTheirMoney(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o := lived(t, w)
	w.write(func(tx tickets.Tx) error {
		c := w.captures(o)[0]
		c.Payer = fmt.Sprint(kanarie.TelegramID)
		return tx.PutCapture(c)
	})
	if _, err := w.desk.Erase(w.ctx, checkout.Erasing{Customer: kanarie.Customer, By: owner, Reason: "they asked"}); err != nil {
		t.Fatal(err)
	}
	if got := w.captures(o)[0].Payer; got != "" {
		t.Errorf("payer %q", got)
	}
	w.clean()
}

func TestErasingWaitsForWhatIsNotOver(t *testing.T) {
	t.Parallel()
	for why, bring := range map[string]func(w *world) tickets.Order{
		"payment": func(w *world) tickets.Order {
			p := w.placing(0, "sentosa", tickets.Slot{Date: visit}, tickets.Choice{SKU: "adult", Units: 1})
			p.Buyer = kanarie
			return must(w.desk.Place(w.ctx, p))
		},
		"visit": func(w *world) tickets.Order { o, _ := w.kanarieBuys(1); return o },
		"refund": func(w *world) tickets.Order {
			o, _ := w.kanarieBuys(2)
			w.clock.set(visit.At("09:00", singapore))
			must(w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: support, Amount: 100, Reason: "rain"}))
			w.clock.set((visit + 2).At("09:00", singapore))
			return o
		},
		"dispute": func(w *world) tickets.Order {
			o, charge := w.kanarieBuys(1)
			w.clock.set((visit + 2).At("09:00", singapore))
			w.tell(bank(charge.Charge, tickets.DisputeOpen, "", 5000))
			return o
		},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 9)
			w.meets()
			o := bring(w)
			_, err := w.desk.Erase(w.ctx, checkout.Erasing{Customer: kanarie.Customer, By: self})
			left, _ := refused(t, err, tickets.Conflict).Args["unfinished"].([]checkout.Unfinished)
			if len(left) != 1 || left[0] != (checkout.Unfinished{Order: o.ID, Code: o.Code, Why: why}) {
				t.Errorf("unfinished %+v", left)
			}
			if c := w.customer(kanarie.Customer); c.Name != kanarie.Name || !c.Erased.IsZero() {
				t.Errorf("customer %+v", c)
			}
			if now := w.now(o); now.Buyer != kanarie {
				t.Errorf("buyer %+v", now.Buyer)
			}
		})
	}
}

func TestErasingIsForTheCustomerAndForWhoMay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	w.meets()
	other := self
	other.Actor.ID = string(someone(2).Customer)
	for _, c := range []struct {
		by     checkout.Staff
		reason string
		want   tickets.Kind
	}{{other, "", tickets.Forbidden}, {support, "they asked", tickets.Forbidden}, {manager, "", tickets.Invalid}, {checkout.Staff{}, "they asked", tickets.Forbidden}} {
		_, err := w.desk.Erase(w.ctx, checkout.Erasing{Customer: kanarie.Customer, By: c.by, Reason: c.reason})
		refused(t, err, c.want)
	}
	_, err := w.desk.Erase(w.ctx, checkout.Erasing{Customer: "cus_0000000000000000000000cb", By: owner, Reason: "they asked"})
	refused(t, err, tickets.NotFound)
	if _, err := w.desk.Erase(w.ctx, checkout.Erasing{Customer: kanarie.Customer, By: manager, Reason: "they asked"}); err != nil {
		t.Fatal(err)
	}
	p := w.placing(0, "sentosa", tickets.Slot{Date: visit}, tickets.Choice{SKU: "adult", Units: 1})
	p.Buyer = kanarie
	_, err = w.desk.Place(w.ctx, p) // a press that was on its way
	refused(t, err, tickets.Conflict)
}

// Wherever an erasure stops, the pass ends it, and the log has it once.
func TestErasureThatWasKilledGoesOn(t *testing.T) {
	t.Parallel()
	steps := 0
	for at := 1; ; at++ {
		for _, done := range []bool{false, true} {
			store := &faultyStore{Store: must(bolt.Open(t.Context(), storeDir(t)+"/shop.db", bolt.Options{}))}
			w := worldOn(t, store, 9)
			lived(t, w)
			store.failFrom(at, at, done)
			_, err := w.desk.Erase(w.ctx, checkout.Erasing{Customer: kanarie.Customer, By: self})
			store.failFrom(0, 0, false)
			if err != nil {
				steps++
				if at == 1 && !done { // nothing happened: they ask again
					_, err = w.desk.Erase(w.ctx, checkout.Erasing{Customer: kanarie.Customer, By: self})
				} else {
					_, err = w.desk.Forget(w.ctx)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, fault := range w.named("kanarie", "6711223344") {
				t.Errorf("stopped at %d, committed %t: %s", at, done, fault)
			}
			w.clean()
			w.view(func(r tickets.Reader) error {
				log, _, err := r.AuditEntries(tickets.Page{})
				if len(log) != 1 {
					t.Errorf("stopped at %d, committed %t: %d rows of the log", at, done, len(log))
				}
				return err
			})
			_ = store.Close()
		}
		if steps < 2*at { // it did not come so far
			break
		}
	}
	if steps < 8 {
		t.Errorf("%d stops", steps)
	}
}

func TestPersonalDataIsEverythingAndOpensNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o := lived(t, w)
	p, err := w.desk.PersonalData(w.ctx, kanarie.Customer)
	if err != nil {
		t.Fatal(err)
	}
	b, err := p.JSON()
	if err != nil {
		t.Fatal(err)
	}
	doc := string(b)
	ks := w.tickets(o)
	for _, want := range []string{
		"Kanarie Vogel", "kanarie_v", "6711223344", "zh-Hant", o.Code, string(o.ID), string(ks[2].Code), "Kanarie rang: will be late", "Kanarie is ill",
		`"about": "tickets"`, `"step": "menu"`, `"amount": 15000`, string(w.refunds(o)[0].ID), `"state": "WON"`, w.captures(o)[0].Charge, "ORDER_DRAFT_CREATED",
	} {
		if !strings.Contains(doc, want) {
			t.Errorf("no %q", want)
		}
	}
	for _, secret := range []string{o.Secret, ks[2].Text, w.payment(o.Session).URL} {
		if secret != "" && strings.Contains(doc, secret) {
			t.Errorf("it has %q", secret)
		}
	}
	if len(p.Orders) != 1 || len(p.Orders[0].Tickets) != 3 || len(p.Orders[0].Tickets[1].Used)+len(p.Orders[0].Tickets[0].Used)+len(p.Orders[0].Tickets[2].Used) != 1 {
		t.Errorf("orders %+v", p.Orders)
	}
	_, err = w.desk.PersonalData(w.ctx, "cus_0000000000000000000000cb")
	if !errors.Is(err, tickets.NotFound) {
		t.Errorf("a stranger's: %v", err)
	}
}
