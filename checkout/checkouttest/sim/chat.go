package sim

import (
	"context"
	"errors"
	"time"

	"boxoffice/tickets"
)

// chat is Telegram as the dispatcher sees it.
type chat struct {
	w       *world
	blocked map[int64]bool
	quiet   map[int64]time.Time        // no message before; the merchant's group is 0
	arrived map[tickets.DeliveryID]int // what people have in their chat
	tickets map[tickets.OrderID]int    // orders whose tickets arrived
}

func newChat(w *world) *chat {
	return &chat{
		w: w, blocked: map[int64]bool{}, quiet: map[int64]time.Time{}, arrived: map[tickets.DeliveryID]int{}, tickets: map[tickets.OrderID]int{},
	}
}

// Send implements notify.Sender.
func (c *chat) Send(_ context.Context, d tickets.Delivery) (tickets.Receipt, error) {
	w := c.w
	w.k.point("send " + d.Kind)
	if w.proc.store.dead || w.crashed("telegram send", before) {
		return tickets.Receipt{}, errDead
	}
	switch {
	case c.blocked[d.To.Chat]:
		if w.truth.deliveries[d.ID].State == tickets.DeliveryBlocked {
			w.fail("P7", "delivery %s was sent again after 403", d.ID)
		}
		w.cover.count("403s")
		return tickets.Receipt{}, tickets.Blocked
	case w.k.now.Before(c.quiet[d.To.Chat]):
		w.cover.count("sent too early")
		return tickets.Receipt{}, &tickets.Wait{After: c.quiet[d.To.Chat].Sub(w.k.now)}
	case w.hits(TooManyMessages):
		after := w.dice.between(time.Second, time.Minute).Truncate(time.Second)
		c.quiet[d.To.Chat] = w.k.now.Add(after)
		w.cover.count("429s")
		return tickets.Receipt{}, &tickets.Wait{After: after}
	}
	c.arrived[d.ID]++
	if c.arrived[d.ID] > 1 {
		w.cover.count("messages twice")
	}
	if d.Kind == tickets.SayTickets {
		c.tickets[d.Order]++
	}
	if w.crashed("telegram send", after) {
		return tickets.Receipt{}, errDead
	}
	if w.hits(LostMessage) {
		w.cover.count("lost message replies")
		return tickets.Receipt{}, errors.New("telegram: timeout")
	}
	return tickets.Receipt{Message: len(c.arrived)}, nil
}
