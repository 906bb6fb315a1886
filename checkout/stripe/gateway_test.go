package stripe_test

import (
	"log/slog"
	"net/http"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/checkout/checkouttest"
	"boxoffice/checkout/stripe"
	"boxoffice/tickets"
)

func newGateway(t testing.TB, api *checkouttest.Stripe, methods ...string) *stripe.Gateway {
	t.Helper()
	g, err := stripe.New(stripe.Config{
		SecretKey: api.Key(), WebhookSecrets: api.Secrets(), APIURL: api.URL, Methods: methods, Now: time.Now,
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGateway(t *testing.T) {
	t.Parallel()
	for _, live := range []bool{false, true} {
		checkouttest.Gateway(t, func(t *testing.T) checkouttest.World { return newWorld(t, live) })
	}
}

func TestRefunder(t *testing.T) {
	t.Parallel()
	for _, live := range []bool{false, true} {
		checkouttest.Refunder(t, func(t *testing.T) checkouttest.Bank { return newBank(t, live) })
	}
}

// wire are amounts of the suite in Stripe's unit, where it is not the minor unit.
func wire(m tickets.Money) checkouttest.StripePay {
	p := checkouttest.StripePay{Amount: m.Amount}
	switch m.Currency {
	case "":
	case "SGD":
		p.Currency = "sgd"
	case "USD":
		p.Currency = "usd"
	}
	return p
}

func startAPI(t *testing.T, live bool) *checkouttest.Stripe {
	c := checkouttest.StripeConfig{Live: live}
	if live {
		c.Key, c.Secrets = "sk_live_x", []string{"whsec_old", "whsec_new"}
	}
	return checkouttest.StartStripe(t, c)
}

func newWorld(t *testing.T, live bool) checkouttest.World { return worldOf(t, startAPI(t, live)) }

func newBank(t *testing.T, live bool) checkouttest.Bank {
	api := startAPI(t, live)
	disputes := map[string]string{}
	return checkouttest.Bank{
		World:        worldOf(t, api),
		Slow:         func(string) error { api.NextRefund("pending"); return nil },
		SettleRefund: api.SettleRefund,
		LoseRefund: func(string) error {
			// The transport repeats a call on a connection that it had kept, the library once more.
			api.Fail("refund", checkouttest.FaultLost, checkouttest.FaultDown, checkouttest.FaultDown)
			return nil
		},
		DownRefund: func() { api.Fail("refund", checkouttest.FaultError) },
		Dashboard: func(charge string, half bool) error {
			amount := int64(0)
			if half {
				amount = 5950
			}
			_, err := api.RefundInDashboard(charge, amount)
			return err
		},
		Act: func(charge string, a checkouttest.BankAct) (err error) {
			switch a {
			case checkouttest.BankWarns:
				_, err = api.Warn(charge, false)
			case checkouttest.BankDisputes:
				disputes[charge], err = api.Dispute(charge, 0, "fraudulent")
			case checkouttest.BankWithdraws, checkouttest.BankReinstates:
				err = api.MoveFunds(disputes[charge], a == checkouttest.BankReinstates)
			default:
				err = api.MoveDispute(disputes[charge], map[checkouttest.BankAct]string{
					checkouttest.BankReads: "under_review", checkouttest.BankLoses: "won", checkouttest.BankWins: "lost",
				}[a])
			}
			return err
		},
		Refunds: func(charge string) int {
			n := 0
			for _, r := range api.Refunds() {
				if r.Intent == charge {
					n++
				}
			}
			return n
		},
	}
}

func worldOf(t *testing.T, api *checkouttest.Stripe) checkouttest.World {
	sign := func(body []byte, at time.Time) http.Header {
		return http.Header{stripe.SignatureHeader: {api.Sign(body, at)}}
	}
	return checkouttest.World{
		Gateway: newGateway(t, api), Method: "card", Now: time.Now,
		Pay: func(remote string, how checkouttest.Paying) error {
			p := wire(how.Amount)
			p.Free, p.Other, p.Async, p.Silent, p.Late = how.Free, how.Other, how.Async, how.Silent, how.Late
			_, err := api.Pay(remote, p)
			return err
		},
		Settle: api.Settle,
		Notices: func() []checkouttest.Notice {
			var out []checkouttest.Notice
			for _, e := range api.Events() {
				out = append(out, checkouttest.Notice{Header: sign(e.Body, time.Now()), Body: e.Body})
			}
			return out
		},
		Sign: sign,
		// The library repeats a broken connection once.
		Lose:     func() { api.Fail("any", checkouttest.FaultLost, checkouttest.FaultDown) },
		Down:     func() { api.Fail("any", checkouttest.FaultError) },
		Sessions: func() int { return len(api.Sessions()) },
	}
}

// opening is a payment as the desk makes it.
func opening(total tickets.Money, method string) checkout.Opening {
	at := tickets.Milli(time.Now())
	p := tickets.Payment{
		ID: tickets.SessionID(tickets.NewID(tickets.PrefixSession, at, nil)), Order: "order_1", Method: method, Total: total,
		Fee: tickets.Money{Currency: total.Currency}, At: at, Key: "order_1:1:1",
	}
	return checkout.Opening{
		Payment: p, Order: tickets.Order{ID: "order_1", Code: "TG260321A00001"}, Title: "2 × Adult", Lang: "en",
		Return: "https://shop.example/o/token",
	}
}
