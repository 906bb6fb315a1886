package tickets_test

import (
	"testing"

	"boxoffice/tickets"

	"pgregory.net/rapid"
)

// TestSplitLosesNothing shares amounts out: the parts make the whole, none is below zero, and none is more than one
// unit away from its exact share.
func TestSplitLosesNothing(t *testing.T) {
	t.Parallel()
	splits := 100 // of each check; with rapid's hundred checks 10,000, with -rapid.checks 1000 a hundred thousand
	rapid.Check(t, func(rt *rapid.T) {
		for range splits {
			amount := rapid.Int64Range(0, 1<<50).Draw(rt, "amount")
			weights := rapid.SliceOfN(rapid.Int64Range(0, 1<<40), 1, 12).Draw(rt, "weights")
			parts := tickets.Split(amount, weights)
			var sum, total int64
			for i, p := range parts {
				if p < 0 {
					rt.Fatalf("part %d is %d", i, p)
				}
				sum += p
				total += weights[i]
			}
			if sum != amount || len(parts) != len(weights) {
				rt.Fatalf("parts %v of %d make %d", parts, amount, sum)
			}
			for i, p := range parts {
				if total == 0 {
					continue
				}
				if exact := float64(amount) * float64(weights[i]) / float64(total); float64(p) < exact*(1-1e-9)-1 || float64(p) > exact*(1+1e-9)+1 {
					rt.Fatalf("part %d of %v is %d, exactly %f", i, weights, p, exact)
				}
			}
		}
	})
}

// TestPolicyNeverGivesMoreThanWasPaid draws policies and days: what comes back is between nothing and the price, and
// asking earlier under a policy that falls with time never gives less.
func TestPolicyNeverGivesMoreThanWasPaid(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		policy := tickets.RefundPolicy{}
		percent, days := rapid.IntRange(0, 40).Draw(rt, "percent"), 0
		for range rapid.IntRange(0, 4).Draw(rt, "brackets") {
			policy.Brackets = append(policy.Brackets, tickets.RefundBracket{Days: days, Percent: percent})
			days += rapid.IntRange(1, 9).Draw(rt, "days")
			percent = min(100, percent+rapid.IntRange(0, 40).Draw(rt, "more"))
		}
		fee := rapid.Int64Range(0, 500).Draw(rt, "fee")
		for i := range policy.Brackets {
			policy.Brackets[i].Fee = fee
		}
		price := tickets.Money{Amount: rapid.Int64Range(0, 1<<55).Draw(rt, "price"), Currency: "SGD"}
		visit, last := tickets.Date(20000), int64(-1)
		for ahead := -2; ahead <= 45; ahead++ {
			b, ok := policy.Bracket(visit-tickets.Date(ahead), visit)
			if !ok {
				if last > 0 {
					rt.Fatalf("%d days ahead gives nothing, %d days gave %d", ahead, ahead-1, last)
				}
				continue
			}
			back := b.Of(price)
			if ahead < 0 || back.Amount < 0 || back.Amount > price.Amount || back.Currency != price.Currency {
				rt.Fatalf("%d days ahead %v gives %s of %s", ahead, b, back, price)
			}
			if back.Amount < last {
				rt.Fatalf("%d days ahead gives %d, a day later %d", ahead, back.Amount, last)
			}
			last = back.Amount
		}
	})
}

// TestRefundsNeverTakeMoreThanThereIs asks, sends, fails and takes back refunds of one charge in any order, each for what
// Refundable says is left.
func TestRefundsNeverTakeMoreThanThereIs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := tickets.Capture{
			Gateway: "till", Charge: "ch", Applied: rapid.Int64Range(0, 1000).Draw(rt, "applied"), Owed: rapid.Int64Range(0, 1000).Draw(rt, "owed"),
		}
		var rs []tickets.Refund
		states := []tickets.RefundState{
			tickets.RefundApproved, tickets.RefundRejected, tickets.RefundSubmitted, tickets.RefundPending, tickets.RefundSucceeded,
			tickets.RefundFailed, tickets.RefundCancelled,
		}
		rt.Repeat(map[string]func(*rapid.T){
			"ask": func(rt *rapid.T) {
				owed := rapid.Bool().Draw(rt, "is owed")
				left, rest := c.Refundable(rs)
				if owed {
					left = rest
				}
				if left > 0 {
					rs = append(rs, tickets.Refund{
						Gateway: "till", Charge: "ch", Owed: owed, State: tickets.RefundRequested,
						Amount: tickets.Money{Amount: rapid.Int64Range(1, left).Draw(rt, "amount")},
					})
				}
			},
			"of another charge": func(*rapid.T) {
				rs = append(rs, tickets.Refund{Gateway: "till", Charge: "other", State: tickets.RefundSucceeded, Amount: tickets.Money{Amount: 7}})
			},
			"move": func(rt *rapid.T) {
				if len(rs) == 0 {
					return
				}
				r := &rs[rapid.IntRange(0, len(rs)-1).Draw(rt, "refund")]
				was := *r
				left, rest := c.Refundable(rs)
				if r.Owed {
					left = rest
				}
				if !was.Counts() && r.Amount.Amount > left {
					return // the gateway, which alone brings it back, has no money for both
				}
				if err := r.Move(rapid.SampledFrom(states).Draw(rt, "to"), r.Changed); err != nil && (r.State != was.State || r.Amount != was.Amount) {
					rt.Fatalf("a refused move changed the refund from %s to %s", was.State, r.State)
				}
			},
			"": func(rt *rapid.T) {
				var applied, owed int64
				for _, r := range rs {
					switch {
					case r.Charge != "ch" || !r.Counts():
					case r.Owed:
						owed += r.Amount.Amount
					default:
						applied += r.Amount.Amount
					}
				}
				a, o := c.Refundable(rs)
				if applied > c.Applied || owed > c.Owed || a != c.Applied-applied || o != c.Owed-owed {
					rt.Fatalf("refunds take %d of %d and %d of %d owed, left %d and %d", applied, c.Applied, owed, c.Owed, a, o)
				}
			},
		})
	})
}
