package console

import (
	"context"
	"errors"
	"fmt"

	"boxoffice/tickets"
)

// The results of an act in the log; any other text is why it was not done.
const (
	auditOK      = "ok"
	auditRefused = "refused"
)

// auditTries is how often a row is chained anew when another came between. A store whose Updates run one after the
// other needs one.
const auditTries = 5

// auditText is the most that one text of the log holds, in bytes: it says what was done and does not keep copies.
const auditText = 2000

// audit records what the member did: an act as a word for programs (refund_ask, member_add), the id of what it was
// done to, ok or why not, and the reason that the member gave. It is called after the act; where the act is one
// transaction of the console's own, chained inside it is better. No secret is ever written here.
func (v *visit) audit(act, object, result, reason string) error {
	return v.auditChange(act, object, result, reason, "", "")
}

// auditChange is audit with what was there before and after, as short texts.
func (v *visit) auditChange(act, object, result, reason, before, after string) error {
	return v.k.record(v.Context(), v.entry(act, object, result, reason, before, after))
}

// entry is the row of an act by who visits.
func (v *visit) entry(act, object, result, reason, before, after string) tickets.AuditEntry {
	from := fromOf(v.Context())
	return tickets.AuditEntry{
		At: v.Now, Actor: tickets.Actor{Kind: tickets.ActorMember, ID: string(v.Member.ID), Name: v.Member.Name}, IP: from.ip, Agent: from.agent,
		Act: act, Object: shortened(object, 200), Result: shortened(result, auditText), Reason: shortened(reason, auditText),
		Before: shortened(before, auditText), After: shortened(after, auditText),
	}
}

// record appends a row to the log.
func (k *Console) record(ctx context.Context, e tickets.AuditEntry) error {
	var err error
	for range auditTries {
		err = k.Desk.Store.Update(ctx, func(tx tickets.Tx) error { return chained(tx, e) })
		if !errors.Is(err, tickets.Exists) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Act, err)
	}
	return nil
}

// chained appends a row after the last inside a transaction, so that the act and its record are one.
func chained(tx tickets.Tx, e tickets.AuditEntry) error {
	last, _, err := tx.AuditEntries(tickets.Page{Limit: 1})
	if err != nil {
		return err
	}
	var prev tickets.AuditEntry
	if len(last) > 0 {
		prev = last[0]
	}
	return tx.AppendAudit(e.Chain(prev))
}
