package telegrampay

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// Refund implements checkout.Refunder. Stars go back whole or not at all. Other currencies have no refund at Telegram: a
// person makes it at the payment provider, where the charge has the name in Capture.Processor.
func (g *Gateway) Refund(ctx context.Context, r tickets.Refund, c tickets.Capture) (checkout.RefundStanding, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	if err := g.refundable(c); err != nil {
		return checkout.RefundStanding{}, err
	}
	if r.Amount != c.Amount {
		return checkout.RefundStanding{}, tickets.Refuse(tickets.Declined, "Stars go back whole: %s of %s cannot be refunded", r.Amount, c.Amount)
	}
	user, err := strconv.ParseInt(c.Payer, 10, 64)
	if err != nil {
		return checkout.RefundStanding{}, tickets.Refuse(tickets.Unsupported, "it is not known who paid charge %s", c.Charge)
	}
	switch err := g.cfg.Chat.RefundStar(ctx, user, c.Charge); {
	case errors.Is(err, tickets.Blocked):
		return checkout.RefundStanding{}, fmt.Errorf("%w: %w", tickets.Declined, err)
	case err != nil:
		return checkout.RefundStanding{}, fmt.Errorf("refund stars: %w", err)
	}
	return checkout.RefundStanding{State: checkout.RefundIsSucceeded, Remote: c.Charge}, nil
}

// SendsBack implements checkout.CurrencyRefunder: only Stars go back by Telegram.
func (g *Gateway) SendsBack(c tickets.Currency) bool { return c == tickets.Stars }

// LookupRefund implements checkout.Refunder: a refund of Stars is an outgoing transaction with its charge's name.
func (g *Gateway) LookupRefund(ctx context.Context, _ tickets.Refund, c tickets.Capture) (checkout.RefundStanding, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	if err := g.refundable(c); err != nil {
		return checkout.RefundStanding{}, err
	}
	back, err := g.stars.refunded(ctx, c.Charge)
	switch {
	case err != nil:
		return checkout.RefundStanding{}, err
	case back:
		return checkout.RefundStanding{State: checkout.RefundIsSucceeded, Remote: c.Charge}, nil
	default:
		return checkout.RefundStanding{State: checkout.RefundIsAbsent}, nil
	}
}

func (g *Gateway) refundable(c tickets.Capture) error {
	if c.Amount.Currency == tickets.Stars {
		return nil
	}
	name := c.Processor
	if name == "" {
		name = c.Charge
	}
	return tickets.Refuse(tickets.Unsupported,
		"Telegram has no refund in %s: refund it in the payment provider's dashboard, provider_payment_charge_id %s", c.Amount.Currency, name)
}
