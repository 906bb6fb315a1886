package console

import "boxoffice/tickets"

// The results of an act in the log; any other text is why it was not done.
const (
	auditOK      = "ok"
	auditRefused = "refused"
)

// auditText is the most that one text of the log holds, in bytes: it says what was done and does not keep copies.
const auditText = 2000

// audit records what the member did: an act as a word for programs (refund_ask, member_add), the id of what it was
// done to, ok or why not, and the reason that the member gave. It is called after the act. No secret is ever written here.
func (v *visit) audit(act, object, result, reason string) error {
	return v.auditChange(act, object, result, reason, "", "")
}

// auditChange is audit with what was there before and after, as short texts.
func (v *visit) auditChange(act, object, result, reason, before, after string) error {
	return v.k.Desk.Record(v.Context(), v.entry(act, object, result, reason, before, after))
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
