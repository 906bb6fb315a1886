package sim

import (
	"math"
	"math/rand/v2"
	"time"
)

// dice makes every choice of a schedule from its seed.
type dice struct{ *rand.Rand }

func newDice(seed, stream uint64) *dice {
	return &dice{rand.New(rand.NewPCG(seed, stream))} //nolint:gosec // a schedule must be repeatable, not secret
}

// chance is true with probability p.
func (d *dice) chance(p float64) bool { return p > 0 && d.Float64() < p }

// between is log-uniform: as often between 1 and 2 seconds as between 1 and 2 hours.
func (d *dice) between(least, most time.Duration) time.Duration {
	lo, hi := math.Log(float64(least)), math.Log(float64(most))
	return time.Duration(math.Exp(lo + d.Float64()*(hi-lo)))
}

// one picks an element.
func one[T any](d *dice, from []T) T { return from[d.IntN(len(from))] }

// stream is the seed's endless randomness for ids and secrets.
type stream struct{ d *dice }

// Read fills b.
func (s stream) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(s.d.Uint64())
	}
	return len(b), nil
}

// Fault is a class of things that go wrong.
type Fault int

// The classes of faults.
const (
	LostRequest     Fault = iota // the gateway never hears of a call
	LostReply                    // the gateway did it, the desk never hears
	ServerError                  // the gateway answers 500 or 409 and did nothing
	Refused                      // the gateway's final no to a page
	GatewayDown                  // no call gets through for ten minutes
	StuckPage                    // a page that cannot be closed
	PaysMeanwhile                // the customer pays while the page is being closed
	OddAmount                    // less or more money than asked
	OtherCurrency                // money in another currency
	PlayMoney                    // test-mode money
	SecondCharge                 // the gateway charges a session once more
	SettlesLater                 // the method settles later
	FailsAtBank                  // the card is declined at the page
	DropNotice                   // a notice never comes
	RepeatNotice                 // a notice comes up to twenty times
	DelayNotice                  // a notice comes up to three days later
	ForgedNotice                 // somebody else writes a notice
	StrayMoney                   // money of no session of ours
	Crash                        // the process stops anywhere
	CommitUnknown                // a commit's outcome is unknown: the process has to end
	Clog                         // a task waits up to a minute
	TooManyMessages              // Telegram answers 429
	BlockedChat                  // the customer blocked the bot
	LostMessage                  // Telegram took a message and the answer is lost
	DoubleTap                    // somebody presses twice
	SlowCustomer                 // pays late
	NewCapacity                  // the merchant changes capacities
	Leap                         // hours or days pass
	KeyPruned                    // the gateway forgets an idempotency key after a day
	RefundWaits                  // a refund is pending for long
	RefundFails                  // a refund is refused, at once or later
	AtDashboard                  // somebody refunds at the provider
	Dispute                      // a bank disputes a charge
	FraudWarning                 // a bank warns of one
	LatePreCheckout              // Telegram does not wait for the answer
	numFaults
)

var faultNames = [numFaults]string{
	"lost_request", "lost_reply", "server_error", "refused", "gateway_down", "stuck_page", "pays_meanwhile", "odd_amount", "other_currency",
	"play_money", "second_charge", "settles_later", "fails_at_bank", "drop_notice", "repeat_notice", "delay_notice", "forged_notice",
	"stray_money", "crash", "commit_unknown", "clog", "too_many_messages", "blocked_chat", "lost_message", "double_tap", "slow_customer",
	"new_capacity", "leap", "key_pruned", "refund_waits", "refund_fails", "at_dashboard", "dispute", "fraud_warning", "late_pre_checkout",
}

// String returns the class's name.
func (f Fault) String() string { return faultNames[f] }

// Faults lists all classes.
func Faults() []Fault {
	out := make([]Fault, numFaults)
	for i := range out {
		out[i] = Fault(i)
	}
	return out
}

// swarm is how likely each class is in one schedule: each is off in half of them, so that rare faults are not drowned
// by frequent ones.
type swarm [numFaults]float64

// rare and often bound the probability of a class that is on.
var bounds = map[Fault][2]float64{
	GatewayDown: {0.002, 0.02}, CommitUnknown: {0.001, 0.02}, Clog: {0.01, 0.1}, NewCapacity: {0.2, 1}, Leap: {0.1, 0.5}, StuckPage: {0.1, 0.9},
	SlowCustomer: {0.1, 0.9}, BlockedChat: {0.05, 0.5}, SettlesLater: {0.05, 0.6}, PaysMeanwhile: {0.2, 0.9}, SecondCharge: {0.1, 0.9},
	DoubleTap: {0.05, 0.5}, Crash: {0.5, 1}, KeyPruned: {0.5, 1}, Dispute: {0.1, 0.9}, FraudWarning: {0.1, 0.9}, AtDashboard: {0.1, 0.6},
	OddAmount: {0.1, 0.8}, OtherCurrency: {0.05, 0.6}, PlayMoney: {0.1, 0.5}, LatePreCheckout: {0.05, 0.5}, RefundFails: {0.05, 0.6},
	StrayMoney: {0.2, 1}, ForgedNotice: {0.2, 1}, TooManyMessages: {0.02, 0.4},
}

func drawSwarm(d *dice, off []Fault) swarm {
	var s swarm
	for f := range numFaults {
		b, ok := bounds[f]
		if !ok {
			b = [2]float64{0.01, 0.3}
		}
		on, p := d.IntN(2) == 0, math.Exp(math.Log(b[0])+d.Float64()*(math.Log(b[1])-math.Log(b[0])))
		if on {
			s[f] = p
		}
	}
	for _, f := range off {
		s[f] = 0
	}
	return s
}
