package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"boxoffice/bot/telegramtest"
	"boxoffice/checkout/telegrampay"
	"boxoffice/tickets"
)

// This file is what the buttons of the demo's chat page do.

// passTime moves the clock past a hold and its grace, and runs the passes that would have run meanwhile.
func (d *demo) passTime(ctx context.Context) (string, error) {
	s := d.app.shop
	d.clock.pass(5*time.Minute + s.cfg.HoldGrace)
	err := s.store.Update(ctx, func(tx tickets.Tx) error { return tx.PutSetting(settingDemoClock, d.clock.total().String()) })
	if err != nil {
		return "", err
	}
	n, err := s.desk.Sweep(ctx)
	if err != nil {
		return "", err
	}
	if _, err := s.desk.Chase(ctx); err != nil {
		return "", err
	}
	d.app.dispatcher.Wake()
	if n == 0 {
		return "Five minutes later. No hold was waiting.", nil
	}
	return fmt.Sprintf("Five minutes later. %d unpaid order(s) ended: open payment pages were closed first, then the places went back.", n), nil
}

// sellOut lowers the capacity of the newest visited slot to what is held and sold.
func (d *demo) sellOut(ctx context.Context) (string, error) {
	s := d.app.shop
	var cat tickets.Catalog
	var name, when string
	err := s.store.View(ctx, func(r tickets.Reader) error {
		c, err := r.Catalog()
		if err != nil {
			return err
		}
		conv, err := d.newestConversation(r)
		if err != nil {
			return err
		}
		p, err := c.Product(conv.Product)
		if err != nil {
			return err
		}
		name, when = p.Names.Pick("en"), conv.Slot.String()
		cat, err = soldOut(r, c, conv.Product, conv.Slot)
		return err
	})
	if errors.Is(err, tickets.NotFound) {
		return "Choose a day in one of the chats first; then somebody else can be faster.", nil
	}
	if err != nil {
		return "", err
	}
	if _, _, err := s.desk.Apply(ctx, cat); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s is sold out on %s.", name, when), nil
}

// newestConversation is the visitor's that changed last and has a day chosen.
func (d *demo) newestConversation(r tickets.Reader) (tickets.Conversation, error) {
	var newest tickets.Conversation
	for _, u := range []*telegramtest.User{d.english, d.chinese} {
		c, err := r.Conversation(u.Chat().ID(), u.Chat().ID())
		if errors.Is(err, tickets.NotFound) {
			continue
		}
		if err != nil {
			return c, err
		}
		if c.Product != "" && c.Slot.Date != 0 && c.Changed.After(newest.Changed) {
			newest = c
		}
	}
	if newest.Product == "" {
		return newest, tickets.Refuse(tickets.NotFound, "no conversation has a day")
	}
	return newest, nil
}

// soldOut is the catalog with no place left on the slot for the product's pools.
func soldOut(r tickets.Reader, c *tickets.Catalog, p tickets.ProductID, slot tickets.Slot) (tickets.Catalog, error) {
	out := *c
	out.Pools = append([]tickets.Pool(nil), c.Pools...)
	for _, k := range c.SKUsOf(p) {
		taken := 0
		st, err := r.Stock(tickets.StockKey{Merchant: c.Merchant.ID, Pool: k.Pool, Slot: slot})
		if err == nil {
			taken = st.Held + st.Sold
		} else if !errors.Is(err, tickets.NotFound) {
			return out, err
		}
		for i := range out.Pools {
			if out.Pools[i].ID == k.Pool {
				out.Pools[i].Overrides = append(slices.Clone(out.Pools[i].Overrides),
					tickets.CapacityRule{From: slot.Date, To: slot.Date, Start: slot.Start, Capacity: taken})
			}
		}
	}
	return out, nil
}

// payLate makes the provider send the money of the newest expired order that had a payment page.
func (d *demo) payLate(ctx context.Context) (string, error) {
	s := d.app.shop
	var found tickets.Order
	var late tickets.Payment
	err := s.store.View(ctx, func(r tickets.Reader) error {
		orders, _, err := r.Orders(tickets.OrderQuery{Stage: tickets.StageExpired, Page: tickets.Page{Limit: 50}})
		if err != nil {
			return err
		}
		for _, o := range orders {
			if o.Session == "" {
				continue
			}
			p, err := r.Payment(o.Session)
			if err != nil {
				return err
			}
			if p.Remote != "" {
				found, late = o, p
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	if late.Remote == "" {
		return "First open a payment page and do not pay, then let 5 minutes pass. Then money can come late.", nil
	}
	if late.Gateway == telegrampay.Name {
		err = d.payOldInvoice(late.Remote)
	} else {
		err = s.sandbox.Force(ctx, late.Remote, lateMoney)
	}
	if err != nil {
		return "", err
	}
	return "The money for order " + found.Code + " arrived late. See what the chats say.", nil
}

// payOldInvoice takes the money of an invoice whose message was deleted, as when the bank was slow.
func (d *demo) payOldInvoice(remote string) error {
	var chat int64
	var message int
	if _, err := fmt.Sscanf(remote, "%d:%d", &chat, &message); err != nil {
		return fmt.Errorf("invoice %s: %w", remote, err)
	}
	sheet, err := d.telegram.User(chat).KeptInvoice(d.telegram.Chat(chat), message)
	if err != nil {
		return err
	}
	sheet.ForcePay()
	return nil
}
