package main

import (
	"context"
	"errors"
	"fmt"

	"boxoffice/bot/telegramtest"
	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

// moneyControls are the buttons for what happens to money after it was paid: at the provider, and at the customer's bank.
// Each acts on the newest order that was paid by the sandbox.
func (d *demo) moneyControls() []telegramtest.Control {
	return []telegramtest.Control{
		{
			ID: "twice", Label: "Pay twice", Hint: "A second charge for the newest paid order arrives, as when somebody pays on two devices.",
			Run: d.after("A second payment for order %s arrived. It goes back by itself.", sandbox.Approve),
		},
		{
			ID: "dispute", Label: "The bank disputes it", Hint: "The customer's bank asks the newest payment back, and takes the money meanwhile.",
			Run: d.after("The bank asks the money of order %s back. Its tickets are blocked until that is decided.", sandbox.DisputeOpen, sandbox.FundsWithdraw),
		},
		{
			ID: "undispute", Label: "The bank gives in", Hint: "The dispute is decided for the shop, and the money comes back.",
			Run: d.after("The bank decided for the shop: the tickets of order %s are good again.", sandbox.DisputeWon, sandbox.FundsReinstate),
		},
		{
			ID: "lost", Label: "The bank wins", Hint: "The dispute is decided for the customer: the tickets end, and the money stays gone.",
			Run: d.after("The bank decided for the customer: the tickets of order %s ended.", sandbox.DisputeLost),
		},
		{
			ID: "dashboard", Label: "Refund at the provider", Hint: "Somebody gives the newest payment back in the provider's own dashboard.",
			Run: d.after("Somebody gave the money of order %s back at the provider. The shop found out.", sandbox.DashboardWhole),
		},
		{
			ID: "refundfails", Label: "Next refund fails", Hint: "The provider refuses the next refund of the newest payment.",
			Run: d.after("The next refund of order %s will fail.", sandbox.RefundFail),
		},
	}
}

// after makes a control that plays acts on the newest paid order; said has a place for its code.
func (d *demo) after(said string, acts ...sandbox.Act) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		s := d.app.shop
		o, remote, err := d.newestPaid(ctx)
		if errors.Is(err, tickets.NotFound) {
			return "First pay an order by card in one of the chats.", nil
		}
		if err != nil {
			return "", err
		}
		for _, act := range acts {
			err := s.sandbox.Force(ctx, remote, sandbox.Outcome{Act: act})
			if errors.Is(err, tickets.Conflict) {
				return "That cannot happen to order " + o.Code + " now: " + why(err), nil
			}
			if err != nil {
				return "", err
			}
		}
		if _, err := s.sandbox.Tick(ctx); err != nil { // its notices, without waiting for the pass
			return "", err
		}
		return fmt.Sprintf(said, o.Code), nil
	}
}

// why is the reason of a refusal, for people who play.
func why(err error) string {
	if r := tickets.RefusalOf(err); r != nil {
		return r.Why + "."
	}
	return err.Error()
}

// newestPaid finds the newest order with money at the sandbox, and what the sandbox calls its payment. It fails with
// NotFound.
func (d *demo) newestPaid(ctx context.Context) (found tickets.Order, remote string, err error) {
	err = d.app.shop.store.View(ctx, func(r tickets.Reader) error {
		orders, _, err := r.Orders(tickets.OrderQuery{Page: tickets.Page{Limit: 100}})
		if err != nil {
			return err
		}
		for _, o := range orders {
			p, err := sandboxPayment(r, o)
			if err != nil {
				return err
			}
			if p.Remote != "" {
				found, remote = o, p.Remote
				return nil
			}
		}
		return tickets.Refuse(tickets.NotFound, "no order was paid at the sandbox")
	})
	return found, remote, err
}

// sandboxPayment is the payment that brought an order's money by the sandbox; the zero payment when none did.
func sandboxPayment(r tickets.Reader, o tickets.Order) (tickets.Payment, error) {
	captures, err := r.Captures(o.ID)
	if err != nil {
		return tickets.Payment{}, err
	}
	for _, c := range captures {
		if c.Gateway == "sandbox" && c.Session != "" {
			return r.Payment(c.Session)
		}
	}
	return tickets.Payment{}, nil
}
