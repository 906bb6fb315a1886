package checkout_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// ticket is a sold ticket of one order.
func (w *world) ticket(who int, sku tickets.SKUID, units int) tickets.Ticket {
	w.t.Helper()
	o, p := w.ordered(who, sku, units)
	w.money(p, p.Total.Amount, "SGD")
	ks := w.tickets(o)
	if len(ks) == 0 {
		w.t.Fatalf("order %s has no ticket", o.ID)
	}
	return ks[0]
}

var gate = tickets.Actor{Kind: tickets.ActorMember, ID: "mem_1", Name: "Gate"}

func TestFiftyScansAdmitAsManyAsThereArePlaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	k := w.ticket(1, "sentosa_family_pack", 1)
	w.clock.set(visit.At("10:00", singapore))
	var in, refusals atomic.Int64
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			_, _, err := w.desk.Admit(w.ctx, checkout.Admitting{Scan: "https://shop.example/T/" + k.Text, Count: 1, Gate: "north", By: gate})
			switch tickets.KindOf(err) {
			case "":
				in.Add(1)
			case tickets.Admitted:
				refusals.Add(1)
			default:
				t.Errorf("admit: %v", err)
			}
		})
	}
	wg.Wait()
	if in.Load() != 3 || refusals.Load() != 47 {
		t.Errorf("%d in, %d refused", in.Load(), refusals.Load())
	}
	w.clean()
}

func TestRefusalAtTheGateSaysWhereAndWhen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	k := w.ticket(1, "sentosa_family_pack", 1)
	scan := checkout.Admitting{Scan: string(k.Code), Gate: "north", By: gate}
	_, _, err := w.desk.Admit(w.ctx, scan) // a day early
	if r := refused(t, err, tickets.WrongDate); r.Args["slot"] != k.Slot {
		t.Errorf("args %v", r.Args)
	}
	at := visit.At("10:00", singapore).UTC()
	w.clock.set(at)
	_, _, err = w.desk.Admit(w.ctx, checkout.Admitting{Scan: string(k.Code), Count: 4, By: gate})
	if r := refused(t, err, tickets.Limit); r.Args["left"] != 3 {
		t.Errorf("args %v", r.Args)
	}
	got, adm, err := w.desk.Admit(w.ctx, scan)
	if err != nil || adm.Count != 3 || got.State != tickets.TicketUsed {
		t.Fatalf("%+v, %v", adm, err)
	}
	w.clock.add(time.Hour)
	for range 2 {
		_, _, err = w.desk.Admit(w.ctx, scan)
		if r := refused(t, err, tickets.Admitted); r.Args["gate"] != "north" || r.Args["at"] != at || r.Args["by"] != "Gate" {
			t.Errorf("args %v", r.Args)
		}
	}
	l, err := w.desk.Look(w.ctx, k.Text)
	if err != nil || len(l.Admissions) != 1 || tickets.KindOf(l.Refusal) != tickets.Admitted {
		t.Errorf("look: %+v, %v", l.Refusal, err)
	}
	if got := w.facts(l.Order); got[len(got)-2].Name != tickets.TicketAdmitted || got[len(got)-1].Name != tickets.OrderCompleted {
		t.Errorf("last facts %s, %s", got[len(got)-2].Name, got[len(got)-1].Name)
	}
	w.clean()
}

func TestAdmitWithAKeyIsOneAdmission(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	k := w.ticket(1, "sentosa_family_pack", 1)
	w.clock.set(visit.At("10:00", singapore))
	a := checkout.Admitting{Scan: k.Text, Count: 2, By: gate, Key: "scan-1"}
	for range 3 {
		if _, adm, err := w.desk.Admit(w.ctx, a); err != nil || adm.N != 1 || adm.Count != 2 {
			t.Fatalf("%+v, %v", adm, err)
		}
	}
	a.Count = 1
	_, _, err := w.desk.Admit(w.ctx, a)
	refused(t, err, tickets.Conflict)
	w.clean()
}

func TestTimedTicketOpensHalfAnHourBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	k := w.ticket(1, "tour_seat", 1)
	w.clock.set(visit.At("08:59", singapore))
	_, _, err := w.desk.Admit(w.ctx, checkout.Admitting{Scan: k.Text, By: gate})
	refused(t, err, tickets.WrongDate)
	w.clock.add(time.Minute)
	if _, _, err := w.desk.Admit(w.ctx, checkout.Admitting{Scan: k.Text, By: gate}); err != nil {
		t.Error(err)
	}
	w.clean()
}

func TestGateKnowsForgedUnknownAndRotated(t *testing.T) {
	t.Parallel()
	w, other := newWorld(t, 9), newWorld(t, 9)
	old, theirs := w.ticket(1, "adult", 1), other.ticket(1, "adult", 1)
	if err := w.desk.RotateKey(w.ctx); err != nil {
		t.Fatal(err)
	}
	fresh := w.ticket(2, "adult", 1)
	if fresh.Kid != 2 || old.Kid != 1 {
		t.Errorf("keys %d and %d", old.Kid, fresh.Kid)
	}
	w.clock.set(visit.At("10:00", singapore))
	for _, k := range []tickets.Ticket{old, fresh} {
		if l, err := w.desk.Look(w.ctx, k.Text); err != nil || l.Refusal != nil {
			t.Errorf("key %d: %v %v", k.Kid, err, l.Refusal)
		}
	}
	_, err := w.desk.Look(w.ctx, theirs.Text)
	refused(t, err, tickets.Forged)
	_, err = w.desk.Look(w.ctx, "ticket_000000000000000000000000")
	refused(t, err, tickets.NotFound)
	_, err = w.desk.Look(w.ctx, "good morning")
	refused(t, err, tickets.Invalid)
	w.write(func(tx tickets.Tx) error {
		old.State = tickets.TicketRevoked
		return tx.PutTicket(old)
	})
	_, _, err = w.desk.Admit(w.ctx, checkout.Admitting{Scan: old.Text, By: gate})
	refused(t, err, tickets.Revoked)
}

func TestStaffJoinOnceAndNeverLoseARole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	code, err := w.desk.LinkCode(w.ctx, "console")
	if err != nil {
		t.Fatal(err)
	}
	join := checkout.Joining{Code: code, Purpose: tickets.InviteLink, Chat: -100, TelegramID: 1, Name: "Owner"}
	owner, err := w.desk.Join(w.ctx, join)
	if err != nil || owner.Role != tickets.RoleOwner {
		t.Fatalf("%+v, %v", owner, err)
	}
	if chat, err := w.desk.MerchantChat(w.ctx); err != nil || chat != -100 {
		t.Errorf("group %d, %v", chat, err)
	}
	_, err = w.desk.Join(w.ctx, join)
	refused(t, err, tickets.Expired)
	_, err = w.desk.InviteCode(w.ctx, tickets.Member{Role: tickets.RoleSupport}, tickets.RoleGate)
	refused(t, err, tickets.Forbidden)
	_, err = w.desk.InviteCode(w.ctx, tickets.Member{Role: tickets.RoleManager}, tickets.RoleOwner)
	refused(t, err, tickets.Forbidden)
	for _, c := range []struct{ invited, want tickets.Role }{
		{tickets.RoleGate, tickets.RoleGate}, {tickets.RoleSupport, tickets.RoleSupport}, {tickets.RoleGate, tickets.RoleSupport},
		{tickets.RoleManager, tickets.RoleManager}, {tickets.RoleReadOnly, tickets.RoleManager},
	} {
		code, err := w.desk.InviteCode(w.ctx, owner, c.invited)
		if err != nil {
			t.Fatal(err)
		}
		wrong := checkout.Joining{Code: code, Purpose: tickets.InviteLink, TelegramID: 2}
		_, err = w.desk.Join(w.ctx, wrong)
		refused(t, err, tickets.NotFound)
		m, err := w.desk.Join(w.ctx, checkout.Joining{Code: code, Purpose: tickets.InviteRole, TelegramID: 2, Name: "Kim"})
		if err != nil || m.Role != c.want {
			t.Errorf("invited as %s: %s, %v; want %s", c.invited, m.Role, err, c.want)
		}
	}
	code, err = w.desk.InviteCode(w.ctx, owner, tickets.RoleGate)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.add(15 * time.Minute)
	_, err = w.desk.Join(w.ctx, checkout.Joining{Code: code, Purpose: tickets.InviteRole, TelegramID: 3})
	refused(t, err, tickets.Expired)
	if err := w.desk.MoveMerchantChat(w.ctx, -100, -200); err != nil {
		t.Fatal(err)
	}
	if chat, err := w.desk.MerchantChat(w.ctx); err != nil || chat != -200 {
		t.Errorf("group %d, %v", chat, err)
	}
}

// countingStore has a reader that does not list orders to count those of a stage.
type countingStore struct {
	tickets.Store
	t *testing.T
}

func (s countingStore) View(ctx context.Context, fn func(tickets.Reader) error) error {
	return s.Store.View(ctx, func(r tickets.Reader) error { return fn(countingReader{r, s.t}) })
}

type countingReader struct {
	tickets.Reader
	t *testing.T
}

func (r countingReader) Orders(q tickets.OrderQuery) ([]tickets.Order, string, error) {
	if q.Stage != "" {
		r.t.Errorf("all orders in %s are read", q.Stage)
	}
	return r.Reader.Orders(q)
}

func TestTodaySumsTheMerchantsDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	w.ticket(1, "sentosa_family_pack", 1)
	w.ticket(2, "adult", 2)
	o, p := w.ordered(3, "adult", 1)
	w.money(p, 1, "SGD")
	w.stage(o, tickets.StagePaymentReview)
	w.desk.Store = countingStore{w.store, t}
	s, err := w.desk.Today(w.ctx)
	if err != nil || s.Orders != 2 || s.Money.Amount != 21900 || s.Places != 5 || s.Visits != 0 || s.Review != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	w.clock.set(visit.At("10:00", singapore))
	ks := w.tickets(tickets.Order{ID: w.ticket(4, "adult", 1).Order})
	if _, _, err := w.desk.Admit(w.ctx, checkout.Admitting{Scan: ks[0].Text, By: gate}); err != nil {
		t.Fatal(err)
	}
	s, err = w.desk.Today(w.ctx)
	if err != nil || s.Orders != 1 || s.Money.Amount != 5000 || s.Visits != 6 || s.Admitted != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestDaysShowPriceAndPlacesLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	w.order(1, "sentosa_family_pack", 1)
	days, err := w.desk.Days(w.ctx, "sentosa", visit-1, 3)
	if err != nil || len(days) != 3 {
		t.Fatalf("%+v, %v", days, err)
	}
	if d := days[1]; d.Slot.Date != visit || d.Left != 1 || d.Sold || d.From != 3000 {
		t.Errorf("%+v", d)
	}
	w.order(2, "adult", 1)
	days, err = w.desk.Days(w.ctx, "sentosa", visit, 1)
	if err != nil || !days[0].Sold {
		t.Errorf("%+v, %v", days, err)
	}
	left, err := w.desk.Left(w.ctx, "sentosa", tickets.Slot{Date: visit})
	if err != nil || left["day"] != 0 {
		t.Errorf("%v, %v", left, err)
	}
	_, err = w.desk.Days(w.ctx, "nowhere", visit, 1)
	refused(t, err, tickets.NotFound)
}
