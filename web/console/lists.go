package console

import "boxoffice/tickets"

// How much one page of a sifted list looks at: what is rare is found page by page.
const (
	siftRounds = 10
	siftPage   = 200
)

// leafOf is one page of a list.
type leafOf[T any] struct {
	Rows  []T
	Mark  string // of the next page; "" at the end
	Tired bool   // the page stopped looking before it was full
}

// leaf reads a list page by page and keeps what fits, until a page is full; a nil fits takes all.
func leaf[T any](mark string, list func(tickets.Page) ([]T, string, error), fits func(T) (bool, error)) (f leafOf[T], err error) {
	p := tickets.Page{Mark: mark, Limit: pageRows}
	if fits == nil {
		f.Rows, f.Mark, err = list(p)
		return f, err
	}
	p.Limit = siftPage
	for range siftRounds {
		rows, next, err := list(p)
		if err != nil {
			return leafOf[T]{}, err
		}
		for _, row := range rows {
			ok, err := fits(row)
			if err != nil {
				return leafOf[T]{}, err
			}
			if ok {
				f.Rows = append(f.Rows, row)
			}
		}
		f.Mark, p.Mark = next, next
		if next == "" || len(f.Rows) >= pageRows {
			return f, nil
		}
	}
	f.Tired = true
	return f, nil
}
