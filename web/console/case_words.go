package console

import (
	"strings"

	"boxoffice/tickets"
)

// Outcome is what became of a case, in words.
func (v *visit) Outcome(c tickets.Case) string {
	key := "case.outcome." + strings.ToLower(strings.ReplaceAll(c.Outcome, "-", "_"))
	if c.Outcome != "" && v.Words.Has(key) {
		return v.Words.T(key)
	}
	return c.Outcome
}

// Who is somebody who did something: a name where there is one, else what sort of somebody.
func (v *visit) Who(a tickets.Actor) string {
	if a.Name != "" {
		return a.Name
	}
	return v.k.word(v.Words, "actor", string(a.Kind))
}

// Reason is why somebody asked: one of our words, or their own.
func (v *visit) Reason(s string) string {
	if key := "refund.why." + s; v.Words.Has(key) {
		return v.Words.T(key)
	}
	return s
}

// Plain is a word for programs as people can read it.
func (v *visit) Plain(s string) string { return strings.ReplaceAll(s, "_", " ") }
