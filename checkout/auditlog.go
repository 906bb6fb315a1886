package checkout

import (
	"errors"

	"boxoffice/tickets"
)

// seeRecord judges a row of the log of acts by the one before: A1.
func (a *audit) seeRecord(e *tickets.AuditEntry) {
	switch prev := a.record; {
	case e.Hash != e.Sum():
		a.fault("A1", recordName(e), "the row was changed")
	case !e.Follows(prev):
		a.fault("A1", recordName(e), "it does not follow row %d", prev.Seq)
	}
	a.record = *e
}

// recordsEnd compares the log's end with what is remembered of it: A2.
func (a *audit) recordsEnd() error {
	want, err := a.r.Setting(settingHead)
	if errors.Is(err, tickets.NotFound) {
		want = headOf(tickets.AuditEntry{})
	} else if err != nil {
		return err
	}
	if got := headOf(a.record); got != want {
		a.fault("A2", recordName(&a.record), "the log ends at %q, and should at %q", got, want)
	}
	return nil
}

func recordName(e *tickets.AuditEntry) string {
	return "log " + e.At.UTC().Format("2006-01-02T15:04:05Z")
}
