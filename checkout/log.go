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

// settingHead is where the log's last row is remembered beside it, so that rows which are cut off its end show.
const settingHead = "log.head"

func chain(tx tickets.Tx, e tickets.AuditEntry) error {
	prev, err := lastRecord(tx)
	if err != nil {
		return err
	}
	e = e.Chain(prev)
	if err := tx.AppendAudit(e); err != nil {
		return err
	}
	return tx.PutSetting(settingHead, headOf(e))
}

// headOf names a row of the log with all rows before it: its number and hash.
func headOf(e tickets.AuditEntry) string { return fmt.Sprintf("%d %s", e.Seq, e.Hash) }

// RecordHead is the number and hash of the log's last row, 0 and "" of an empty one. Kept somewhere else, it proves
// later that no row up to it was changed.
func (d *Desk) RecordHead(ctx context.Context) (seq int64, hash string, err error) {
	err = d.Store.View(ctx, func(r tickets.Reader) error {
		e, err := lastRecord(r)
		seq, hash = e.Seq, e.Hash
		return err
	})
	return seq, hash, err
}

// lastRecord is the newest row of the log, the zero one while there is none.
func lastRecord(r tickets.Reader) (tickets.AuditEntry, error) {
	last, _, err := r.AuditEntries(tickets.Page{Limit: 1})
	if err != nil || len(last) == 0 {
		return tickets.AuditEntry{}, err
	}
	return last[0], nil
}
