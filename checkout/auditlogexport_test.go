package checkout

import "boxoffice/tickets"

// LogFaults is how many faults the audit finds in rows of the log that come after prev, when it should end with head.
func LogFaults(prev tickets.AuditEntry, rows []tickets.AuditEntry, head tickets.AuditEntry) int {
	n := 0
	a := &audit{r: headReader{head: head}, report: func(string) { n++ }, record: prev}
	for i := range rows {
		a.seeRecord(&rows[i])
	}
	if a.recordsEnd() != nil {
		n++
	}
	return n
}

// headReader remembers where a log ends.
type headReader struct {
	tickets.Reader
	head tickets.AuditEntry
}

func (h headReader) Setting(string) (string, error) { return headOf(h.head), nil }
