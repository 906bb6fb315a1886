package checkout_test

import (
	"fmt"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// acts writes some rows into the log, and shows the audit the log through edit.
func (s *auditShop) acts(edit func(rows []tickets.AuditEntry) []tickets.AuditEntry) {
	for i := range 5 {
		err := s.desk.Record(s.ctx, tickets.AuditEntry{At: s.clock.Now(), Actor: owner.Actor, Act: "refund_approve", Object: fmt.Sprint("ref_", i), Result: "ok"})
		if err != nil {
			s.t.Fatalf("record: %v", err)
		}
	}
	s.clean()
	s.through = func(r tickets.Reader) tickets.Reader { return &relogged{Reader: r, edit: edit} }
}

// relogged is a store whose log somebody edited.
type relogged struct {
	tickets.Reader
	edit func([]tickets.AuditEntry) []tickets.AuditEntry
}

func (l *relogged) Walk(fn func(any) error) error {
	var rows []tickets.AuditEntry
	err := l.Reader.Walk(func(thing any) error {
		if e, ok := thing.(*tickets.AuditEntry); ok {
			rows = append(rows, *e)
			return nil
		}
		return fn(thing)
	})
	for _, e := range l.edit(rows) {
		if err := fn(&e); err != nil {
			return err
		}
	}
	return err
}

var brokenLog = []corruption{
	{"act by somebody else", "A1", func(s *auditShop) {
		s.acts(func(rows []tickets.AuditEntry) []tickets.AuditEntry { rows[2].Actor.ID = "mem_other"; return rows })
	}},
	{"act left out", "A1", func(s *auditShop) {
		s.acts(func(rows []tickets.AuditEntry) []tickets.AuditEntry { return append(rows[:2], rows[3:]...) })
	}},
	{"acts in another order", "A1", func(s *auditShop) {
		s.acts(func(rows []tickets.AuditEntry) []tickets.AuditEntry { rows[1], rows[2] = rows[2], rows[1]; return rows })
	}},
	{"act changed and hashed anew", "A1", func(s *auditShop) {
		s.acts(func(rows []tickets.AuditEntry) []tickets.AuditEntry {
			rows[2].Result = "refused"
			rows[2].Hash = rows[2].Sum()
			return rows
		})
	}},
	{"last act cut off", "A2", func(s *auditShop) {
		s.acts(func(rows []tickets.AuditEntry) []tickets.AuditEntry { return rows[:4] })
	}},
	{"log emptied", "A2", func(s *auditShop) {
		s.acts(func([]tickets.AuditEntry) []tickets.AuditEntry { return nil })
	}},
	{"last acts written anew", "A2", func(s *auditShop) {
		s.acts(func(rows []tickets.AuditEntry) []tickets.AuditEntry {
			rows[3].Reason = "as agreed"
			rows[3] = rows[3].Chain(rows[2])
			rows[4] = rows[4].Chain(rows[3])
			return rows
		})
	}},
}

// TestEveryEditOfTenThousandActsIsFound changes, leaves out and swaps each of 10,000 rows in turn. What the audit says
// of a row depends on the row before it alone, so that each is judged among its neighbours.
func TestEveryEditOfTenThousandActsIsFound(t *testing.T) {
	t.Parallel()
	const many = 10_000
	rows := make([]tickets.AuditEntry, many+1) // the first is none: what comes before the log
	at := time.Date(2026, 3, 20, 8, 0, 0, 0, time.UTC)
	for i := 1; i <= many; i++ {
		rows[i] = tickets.AuditEntry{
			At: at.Add(time.Duration(i) * time.Second), Actor: owner.Actor, IP: "192.0.2.7", Act: "order_note", Object: fmt.Sprint("order_", i), Result: "ok",
		}.Chain(rows[i-1])
	}
	head := rows[many]
	if n := checkout.LogFaults(tickets.AuditEntry{}, rows[1:], head); n != 0 {
		t.Fatalf("%d faults in a whole log", n)
	}
	found := 0
	for i := 1; i <= many; i++ {
		end := head // what the log must end with, among the rows that are judged
		last := min(i+2, many)
		if last < many {
			end = rows[last]
		}
		altered := rows[i]
		altered.Object += "0"
		for _, edited := range [][]tickets.AuditEntry{
			append([]tickets.AuditEntry{altered}, rows[i+1:last+1]...),
			rows[i+1 : last+1],
			swapped(rows[i : last+1]),
		} {
			if checkout.LogFaults(rows[i-1], edited, end) > 0 {
				found++
			}
		}
	}
	if want := 3 * many; found != want {
		t.Errorf("%d of %d edits found", found, want)
	}
}

// swapped is rows with the first two in each other's place; of the last row alone, the row twice.
func swapped(rows []tickets.AuditEntry) []tickets.AuditEntry {
	out := append([]tickets.AuditEntry(nil), rows...)
	if len(out) == 1 {
		return append(out, out[0])
	}
	out[0], out[1] = out[1], out[0]
	return out
}
