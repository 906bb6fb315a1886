package console

import (
	"errors"
	"net/http"
	"time"

	"boxoffice/tickets"
)

// caseRow is a line of the queue: a case, and its order where it has one.
type caseRow struct {
	tickets.Case
	Of tickets.Order
}

// Deadline is when somebody outside stops waiting; zero when nobody does.
func (c caseRow) Deadline() time.Time { return c.Due }

// Urgent reports whether a deadline is near.
func (c caseRow) Urgent(now time.Time) bool {
	return c.Open() && !c.Due.IsZero() && c.Due.Before(now.Add(48*time.Hour))
}

// caseRows reads the orders of cases.
func caseRows(r tickets.Reader, cases []tickets.Case) ([]caseRow, error) {
	var out []caseRow
	for _, c := range cases {
		row := caseRow{Case: c}
		if c.Order != "" {
			o, err := r.Order(c.Order)
			if err != nil && !errors.Is(err, tickets.NotFound) {
				return nil, err
			}
			row.Of = o
		}
		out = append(out, row)
	}
	return out, nil
}

// casesPage is the queue of what a person must decide.
type casesPage struct {
	Show    string // open, mine, free or closed
	Rows    []caseRow
	ToIssue []tickets.Order
	More    string // address of the next page
	Count   int64
}

// How many rows a page has, of cases and of orders that wait for their tickets.
const (
	casesOnPage = 50
	issueOnPage = 20
)

func caseList(v *visit) error {
	q := v.URL.Query()
	p := casesPage{Show: q.Get("show")}
	switch p.Show {
	case "mine", "free", "closed":
	default:
		p.Show = "open"
	}
	err := v.view(func(r tickets.Reader) error {
		n, err := r.Counts()
		if err != nil {
			return err
		}
		p.Count = n.CasesOpen
		if p.Show == "open" && q.Get("mark") == "" {
			if p.ToIssue, err = toIssue(r, issueOnPage); err != nil {
				return err
			}
		}
		list, keep := r.OpenCases, func(tickets.Case) bool { return true }
		switch p.Show {
		case "mine":
			keep = func(c tickets.Case) bool { return c.Owner == v.Member.ID }
		case "free":
			keep = func(c tickets.Case) bool { return c.Owner == "" }
		case "closed":
			list, keep = r.AllCases, func(c tickets.Case) bool { return !c.Open() }
		}
		found, next, err := sift(list, q.Get("mark"), casesOnPage, keep)
		if err != nil {
			return err
		}
		p.More = nextPage(v, next)
		p.Rows, err = caseRows(r, found)
		return err
	})
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "cases", v.Words.T("console.nav.bell"), p)
}

// sift reads a list page by page until enough rows are kept, it ends, or so much was looked through that a reader should
// ask for more: a page may hold fewer rows than its limit and still have a next one.
func sift[T any](list func(tickets.Page) ([]T, string, error), mark string, limit int, keep func(T) bool) ([]T, string, error) {
	var out []T
	for looked := 0; looked < siftMost; {
		found, next, err := list(tickets.Page{Mark: mark, Limit: limit})
		if err != nil {
			return nil, "", err
		}
		for _, x := range found {
			if keep(x) {
				out = append(out, x)
			}
		}
		looked += len(found)
		if mark = next; next == "" || len(out) >= limit {
			break
		}
	}
	return out, mark, nil
}

// siftMost is how many rows one page may be sifted from.
const siftMost = 2000

// nextPage is the address of the same list from a mark on; "" at the end.
func nextPage(v *visit, mark string) string {
	if mark == "" {
		return ""
	}
	q := v.URL.Query()
	q.Set("mark", mark)
	return v.URL.Path + "?" + q.Encode()
}
