package checkout_test

import (
	"fmt"
	"testing"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// insiders are one of each role, and a program whose token may move money.
func insiders() (out []checkout.Staff) {
	for i, role := range tickets.Roles {
		m := tickets.Member{ID: tickets.MemberID(fmt.Sprintf("mem_i%d", i)), Name: string(role), Role: role}
		out = append(out, checkout.StaffOf(m, "bot"))
	}
	token := checkout.Staff{Actor: tickets.Actor{Kind: tickets.ActorToken, ID: "tok_1"}, Role: tickets.RoleOwner, Source: "api"}
	return append(out, token)
}

// TestNobodyAloneGivesBackMuchMoney walks who asks × who agrees × how much, for every way by which staff let money go:
// above the merchant's limit it takes two people, whoever they are and by whichever door they come.
func TestNobodyAloneGivesBackMuchMoney(t *testing.T) {
	t.Parallel()
	const limit = 4000
	gone := func(r tickets.Refund) bool { return r.State != tickets.RefundRequested }
	for _, way := range []struct {
		name   string
		begins tickets.Act
		agrees tickets.Act
		money  func(w *world, amount int64) (first, again func(checkout.Staff) (went bool, err error))
	}{
		{"a refund", tickets.ActAsk, tickets.ActRefund, func(w *world, amount int64) (first, again func(checkout.Staff) (bool, error)) {
			o, _ := w.bought(1, 1)
			first = func(by checkout.Staff) (bool, error) {
				rs, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: by, Amount: amount, Reason: "for me"})
				return err == nil && gone(rs[0]), err
			}
			return first, func(by checkout.Staff) (bool, error) {
				r, err := w.desk.ApproveRefund(w.ctx, w.refunds(o)[0].ID, by, "yes")
				return err == nil && gone(r), err
			}
		}},
		{"money of no order", tickets.ActRefund, tickets.ActRefund, func(w *world, amount int64) (first, again func(checkout.Staff) (bool, error)) {
			charge := w.stray(amount)
			first = func(by checkout.Staff) (bool, error) {
				r, err := w.desk.RefundMoney(w.ctx, "till", charge, by, "mine")
				return err == nil && gone(r), err
			}
			return first, first
		}},
		{"writing it off", tickets.ActMoney, tickets.ActMoney, func(w *world, amount int64) (first, again func(checkout.Staff) (bool, error)) {
			charge := w.stray(amount)
			first = func(by checkout.Staff) (bool, error) {
				c, err := w.desk.WriteOff(w.ctx, "till", charge, by, "mine")
				return err == nil && c.Resolved == tickets.ResolvedWriteOff, err
			}
			return first, first
		}},
		{"saying that it was paid", tickets.ActMoney, tickets.ActMoney, func(w *world, amount int64) (first, again func(checkout.Staff) (bool, error)) {
			o := w.order(1, "adult", 1)
			first = func(by checkout.Staff) (bool, error) {
				_, second, err := w.desk.MarkPaid(w.ctx, checkout.MarkingPaid{Order: o.ID, By: by, Amount: amount, Reference: "till 7", Reason: "cash"})
				return err == nil && !second, err
			}
			return first, first
		}},
	} {
		for _, amount := range []int64{limit, limit + 1} {
			for _, a := range insiders() {
				for _, b := range insiders() {
					name := fmt.Sprintf("%s, %d, %s then %s", way.name, amount, a.Actor.ID, b.Actor.ID)
					t.Run(name, func(t *testing.T) {
						t.Parallel()
						w := newWorld(t, 9)
						cat := wares(9)
						cat.Merchant.ApproveAbove = limit
						w.apply(cat)
						w.unsent = true
						first, again := way.money(w, amount)
						went, err := first(a)
						switch {
						case !a.Role.May(way.begins):
							refused(t, err, tickets.Forbidden)
							return
						case err != nil:
							t.Fatal(err)
						case amount > limit && went:
							t.Fatal("one person alone let it go")
						case went:
							return
						}
						alone := amount > limit && a.Role.May(way.agrees) && a.Actor.ID == b.Actor.ID
						went, err = again(b)
						switch {
						case !b.Role.May(way.agrees):
							refused(t, err, tickets.Forbidden)
						case alone && went:
							t.Error("the same person agreed with themself")
						case !alone && amount > limit && a.Role.May(way.agrees) && (err != nil || !went):
							t.Errorf("two people agreed: gone %t, %v", went, err)
						case amount > limit && !a.Role.May(way.agrees) && went:
							t.Error("who may only ask counted as one who agreed")
						}
						w.clean()
					})
				}
			}
		}
	}
}
