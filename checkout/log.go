package checkout

import (
	"context"
	"errors"
	"fmt"

	"boxoffice/tickets"
)

// recordTries is how often a row is chained anew when another came between. A store whose Updates run one after the
// other needs one.
const recordTries = 5

// Record appends a row to the log of what people did, after the last one; e's Seq, Prev and Hash are set here.
func (d *Desk) Record(ctx context.Context, e tickets.AuditEntry) error {
	var err error
	for range recordTries {
		err = d.Store.Update(ctx, func(tx tickets.Tx) error { return chain(tx, e) })
		if !errors.Is(err, tickets.Exists) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("record %s: %w", e.Act, err)
	}
	return nil
}

func chain(tx tickets.Tx, e tickets.AuditEntry) error {
	prev, err := lastRecord(tx)
	if err != nil {
		return err
	}
	return tx.AppendAudit(e.Chain(prev))
}

// lastRecord is the newest row of the log, the zero one while there is none.
func lastRecord(r tickets.Reader) (tickets.AuditEntry, error) {
	last, _, err := r.AuditEntries(tickets.Page{Limit: 1})
	if err != nil || len(last) == 0 {
		return tickets.AuditEntry{}, err
	}
	return last[0], nil
}
