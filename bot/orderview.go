package bot

import (
	"context"
	"errors"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// orderView is an order with all that its message shows.
type orderView struct {
	order  tickets.Order
	hold   tickets.Hold
	newest tickets.Payment // the newest attempt; zero when there is none
	got    int64           // money of an underpaid order with the fees in it, minor units
	rest   int64           // of it, what is missing; zero when nothing is to be paid any more
	offers []checkout.Offer

	refunds []tickets.Refund // the oldest first; none while it waits to be paid
	tickets []tickets.Ticket // where there is a refund or a dispute
}

// due is what is to be paid now, before the fee of a method.
func (v orderView) due() tickets.Money {
	if v.order.Stage == tickets.StagePaymentReview {
		return tickets.Money{Amount: v.rest, Currency: v.order.Total().Currency}
	}
	return v.order.Total()
}

// payable reports whether a payment may begin now.
func (v orderView) payable(now time.Time) bool {
	if v.order.Open() {
		return now.Before(v.hold.Expiry) && v.newest.State != tickets.PaymentAsync
	}
	return v.order.Stage == tickets.StagePaymentReview && !v.order.Ended() && v.due().Amount > 0 && now.Before(v.order.ReviewUntil)
}

// changed reports whether w may look different.
func (v orderView) changed(w orderView) bool {
	return v.order.Rev != w.order.Rev || v.order.Facts != w.order.Facts || v.newest.ID != w.newest.ID || v.newest.State != w.newest.State ||
		v.newest.URL != w.newest.URL || !v.hold.Expiry.Equal(w.hold.Expiry)
}

func (b *Bot) viewOrder(ctx context.Context, id tickets.OrderID) (orderView, error) {
	var v orderView
	err := b.Store.View(ctx, func(r tickets.Reader) (err error) {
		v = orderView{}
		if v.order, err = r.Order(id); err != nil {
			return err
		}
		if v.hold, err = r.Hold(v.order.Hold); err != nil && !errors.Is(err, tickets.NotFound) {
			return err
		}
		if v.order.Session != "" {
			if v.newest, err = r.Payment(v.order.Session); err != nil {
				return err
			}
		}
		if err := v.back(r); err != nil || v.order.Stage != tickets.StagePaymentReview {
			return err
		}
		caps, err := r.Captures(id)
		for _, c := range caps {
			if c.Disposition == tickets.Underpaid && c.Owed == 0 && c.Amount.Currency == v.order.Total().Currency {
				v.got += c.Amount.Amount
			}
		}
		return err
	})
	if err == nil && v.order.Stage == tickets.StagePaymentReview {
		rest, notDue := b.Desk.ToPay(ctx, id)
		if notDue == nil {
			v.rest = rest.Amount
		} else if tickets.KindOf(notDue) != tickets.Conflict {
			err = notDue
		}
	}
	if err == nil {
		v.offers = b.Desk.Offers(v.due())
	}
	return v, err
}

// back reads what went, or is to go, back.
func (v *orderView) back(r tickets.Reader) (err error) {
	if v.order.Open() {
		return nil
	}
	if v.refunds, err = r.Refunds(v.order.ID); err != nil || len(v.refunds) == 0 && v.order.Dispute == "" {
		return err
	}
	v.tickets, err = r.Tickets(v.order.ID)
	return err
}
