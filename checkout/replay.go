package checkout

import (
	"context"
	"fmt"

	"boxoffice/tickets"
)

// Replay judges a stored notice again, as when its provider sends it once more, and returns what came of it. It is for
// notices that could not be read, or were of no interest when they came: what was judged and changed something, and
// money that is known to be of no order, is answered "duplicate" and left as it is, so that a second press does no
// harm. It fails with NotFound (no such notice, or its gateway is not configured), and with Expired when its body was
// dropped.
//
// Where it can stop: the notice is made due in one commit and judged in the next; between them [Desk.Catch] takes it up.
func (d *Desk) Replay(ctx context.Context, id tickets.NoticeID) (string, error) {
	var n tickets.Notice
	settled := false
	err := d.update(ctx, func(t *turn) (err error) {
		if n, err = t.Notice(id); err != nil {
			return err
		}
		settled = false
		switch {
		case n.Done.IsZero():
			return nil
		case n.Outcome != outcomeError && n.Outcome != outcomeIgnored:
			settled = true
			return nil
		case len(n.Body) == 0:
			return tickets.Refuse(tickets.Expired, "the body of notice %s was dropped", id)
		}
		if _, err := d.Gateway(n.Gateway); err != nil {
			return err
		}
		n.Done, n.Due = never, t.now.Add(noticeLease)
		return t.PutNotice(n)
	})
	if err != nil {
		return "", fmt.Errorf("replay notice: %w", err)
	}
	if settled {
		return outcomeDuplicate, nil
	}
	gw, err := d.Gateway(n.Gateway)
	if err != nil {
		return "", fmt.Errorf("replay notice: %w", err)
	}
	return d.judgeNotice(context.WithoutCancel(ctx), gw, id)
}
