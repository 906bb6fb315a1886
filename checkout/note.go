package checkout

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"boxoffice/tickets"
)

// noteLimit is the most characters of a note.
const noteLimit = 2000

// Noting is a member's note on an order.
type Noting struct {
	Order tickets.OrderID
	By    Staff
	Text  string
	Key   string // idempotency key; "" has none
}

// Note puts a note on an order's timeline, for members only: nobody else is told. The same Key writes it once. It refuses
// with Forbidden, Invalid (nothing, or more than 2000 characters) and NotFound.
func (d *Desk) Note(ctx context.Context, n Noting) (tickets.Order, error) {
	n.Text = strings.TrimSpace(strings.ToValidUTF8(n.Text, "\uFFFD"))
	var o tickets.Order
	err := d.update(ctx, func(t *turn) (err error) {
		if err := n.By.may(tickets.ActAsk); err != nil {
			return err
		}
		if n.Text == "" || utf8.RuneCountInString(n.Text) > noteLimit {
			return tickets.Refuse(tickets.Invalid, "a note has 1 to %d characters", noteLimit).With("field", "note").With("max", noteLimit)
		}
		if o, err = t.Order(n.Order); err != nil {
			return err
		}
		if done, err := t.doneAs(o, tickets.OrderNoted, n.Key); done || err != nil {
			return err
		}
		f := o.Record(tickets.OrderNoted, t.now, n.By.Actor, n.By.Source, "", o.Stage, map[string]any{"note": n.Text})
		f.Hidden, f.Key = true, n.Key
		if err := t.PutOrder(o); err != nil {
			return err
		}
		return t.tell(o, f)
	})
	if err != nil {
		return o, fmt.Errorf("note on order: %w", err)
	}
	return o, nil
}

// doneAs reports whether the order has a fact of that name and key: what it was asked is done.
func (t *turn) doneAs(o tickets.Order, name tickets.FactName, key string) (bool, error) {
	if key == "" {
		return false, nil
	}
	facts, err := t.Timeline(o.ID, 0, 0)
	for _, f := range facts {
		if f.Name == name && f.Key == key {
			return true, nil
		}
	}
	return false, err
}
