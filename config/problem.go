package config

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with a configuration, said so that it can
// be mended without reading anything else.
type Problem struct {
	Key   string // "hold_ttl"; empty for the file as a whole
	Where string // "boxoffice.yaml:12:11", "BOXOFFICE_HOLD_TTL"; empty for a default or a contradiction
	What  string // what is wrong
	Fix   string // what to write instead
}

// String returns the problem as one line.
func (p Problem) String() string {
	var b strings.Builder
	if p.Where != "" {
		b.WriteString(p.Where + ": ")
	}
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.What)
	if p.Fix != "" {
		b.WriteString("; " + p.Fix)
	}
	return b.String()
}

// Problems are all problems of a configuration at once. It is the error that
// Load, Validate and ValidateServe return; find it with errors.As.
type Problems []Problem

// Error returns one line a problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// orNil returns the problems as an error, or nil when there are none: a nil
// Problems in an error interface would not be nil.
func (ps Problems) orNil() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

func (ps *Problems) add(key, where, what, fix string) {
	*ps = append(*ps, Problem{Key: key, Where: where, What: what, Fix: fix})
}

// has reports whether a problem of key was found already: a contradiction
// with a value that is wrong in itself is not worth saying.
func (ps Problems) has(keys ...string) bool {
	for _, p := range ps {
		for _, k := range keys {
			if p.Key == k {
				return true
			}
		}
	}
	return false
}

// unknownKey words the refusal of a name that is not in names.
func unknownKey(name string, names []string) (what, fix string) {
	if near := nearest(name, names); near != "" {
		return "there is no such key", fmt.Sprintf("did you mean %s?", near)
	}
	return "there is no such key", "boxoffice config lists every key"
}

// nearest returns the name with the smallest edit distance to s, or "" when
// none is near enough to be a slip of the pen.
func nearest(s string, names []string) string {
	best, near := len(s)/3+2, ""
	for _, n := range names {
		if d := distance(s, n); d < best {
			best, near = d, n
		}
	}
	return near
}

// distance is the optimal string alignment distance over bytes: insertions,
// deletions, substitutions and swaps of neighbours each cost one.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}
