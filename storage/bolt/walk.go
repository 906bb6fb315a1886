package bolt

import "boxoffice/tickets"

// Walk implements tickets.Reader: the catalog, then kind by kind in key order. Settings and the numbers of order codes
// have no noun and are left out.
func (r *reader) Walk(fn func(thing any) error) error {
	c, err := r.Catalog()
	switch {
	case tickets.KindOf(err) == tickets.NotFound:
	case err != nil:
		return err
	default:
		if err := fn(c); err != nil {
			return err
		}
	}
	for _, k := range []interface {
		walk(*reader, func(any) error) error
	}{
		&stocks, &customers, &members, &invites, &tokens, &signingKeys, &orders, &holds, &payments, &captures, &refunds, &disputes, &cases, &issued,
		&admissions, facts{tFact}, facts{tLooseFact}, &deliveries, &notices, &incoming, &conversations,
		&logins, &signIns, &auditEntries, &tallies,
	} {
		if err := k.walk(r, fn); err != nil {
			return err
		}
	}
	return nil
}

func (k *kind[T]) walk(r *reader, fn func(any) error) error {
	c := r.src.scan(k.table, nil, nil, false)
	for key, raw := c.next(); key != nil; key, raw = c.next() {
		v := new(T)
		if err := decodeRow(k.table, key, raw, v); err != nil {
			return err
		}
		if err := fn(v); err != nil {
			return err
		}
	}
	return nil
}

// facts is a table of facts as a kind: its rows hold several.
type facts struct{ table table }

func (f facts) walk(r *reader, fn func(any) error) error {
	c := r.src.scan(f.table, nil, nil, false)
	for key, raw := c.next(); key != nil; key, raw = c.next() {
		var some []tickets.Fact
		if err := decodeRow(f.table, key, raw, &some); err != nil {
			return err
		}
		for i := range some {
			if err := fn(&some[i]); err != nil {
				return err
			}
		}
	}
	return nil
}
