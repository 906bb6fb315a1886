package catalogfile

import (
	"fmt"
	"strings"

	"boxoffice/tickets"
)

// Problem is one thing that is wrong with a catalog file, said so that it can be mended without reading anything
// else.
type Problem struct {
	Where string // "catalog.yaml:12:11"; only the file's name where there is no better place
	Path  string // "products[0].skus[1].price"; empty for the file as a whole
	What  string // what is wrong
	Fix   string // what to write instead
}

// String returns the problem as one line.
func (p Problem) String() string {
	s := p.Where + ": "
	if p.Path != "" {
		s += p.Path + ": "
	}
	s += p.What
	if p.Fix != "" {
		s += "; " + p.Fix
	}
	return s
}

// Problems are all problems of a file, in the order of its lines. It is the error of Parse; find it with errors.As.
// It is also tickets.Invalid to errors.Is.
type Problems []Problem

// Error returns one line a problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes errors.Is(err, tickets.Invalid) work.
func (ps Problems) Unwrap() error { return tickets.Invalid }

// suggest words the fix for a name that is none of names.
func suggest(name string, names []string) string {
	if near := nearest(name, names); near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	return "write one of: " + strings.Join(names, ", ")
}

// nearest returns the name with the smallest edit distance to s, or "" when none is near enough to be a slip of the
// pen.
func nearest(s string, names []string) string {
	if len(s) > 64 {
		return ""
	}
	best, near := len(s)/3+2, ""
	for _, n := range names {
		if strings.EqualFold(s, n) {
			return n
		}
		if d := distance(s, n); d < best {
			best, near = d, n
		}
	}
	return near
}

// distance is the Levenshtein distance over bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		corner := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j], corner = min(row[j]+1, row[j-1]+1, corner+cost), row[j]
		}
	}
	return row[len(b)]
}
