package bolt

import (
	"fmt"
	"slices"
	"sort"

	"boxoffice/tickets"
)

// This file keeps what the merchant's console needs: logins, sign-ins, its log and the days' numbers.

var logins = kind[tickets.Login]{
	table: tLogin, what: "login",
	key:    func(b []byte, l *tickets.Login) []byte { return appendID(b, tickets.PrefixMember, string(l.Member)) },
	name:   func(l *tickets.Login) string { return string(l.Member) + " " + l.Name },
	refuse: func(l *tickets.Login) error { return keyText("login", string(l.Member), l.Name) },
	milli: func(l *tickets.Login) {
		milli(&l.Changed, &l.Last)
		l.Passkeys = slices.Clone(l.Passkeys) // the caller's stay as they are
		for i := range l.Passkeys {
			milli(&l.Passkeys[i].At, &l.Passkeys[i].Used)
		}
	},
	image: func(l *tickets.Login, id []byte, m *image) {
		if l.Name != "" {
			m.unique(tLoginName, hashKey(m.b(), l.Name), id)
		}
	},
}

var signIns = kind[tickets.SignIn]{
	table: tSignIn, what: "sign-in",
	key:    func(b []byte, s *tickets.SignIn) []byte { return hashKey(b, s.Hash) },
	name:   func(s *tickets.SignIn) string { return s.Hash },
	refuse: func(s *tickets.SignIn) error { return keyText("sign-in", s.Hash) },
	milli:  func(s *tickets.SignIn) { milli(&s.Expiry, &s.At, &s.Seen) },
}

var auditEntries = kind[tickets.AuditEntry]{
	table: tAudit, what: "audit entry",
	key:   func(b []byte, e *tickets.AuditEntry) []byte { return appendInt(b, e.Seq) },
	name:  func(e *tickets.AuditEntry) string { return fmt.Sprint(e.Seq) },
	milli: func(e *tickets.AuditEntry) { milli(&e.At) },
}

var tallies = kind[tickets.Tally]{
	table: tTally, what: "tally",
	key: func(b []byte, t *tickets.Tally) []byte {
		return appendInt32(tallyPrefix(b, t.Merchant, t.Sort), int(t.Day))
	},
	name:   func(t *tickets.Tally) string { return t.Sort + " " + t.Day.String() },
	refuse: func(t *tickets.Tally) error { return keyText("tally", string(t.Merchant), t.Sort) },
}

func tallyPrefix(b []byte, m tickets.MerchantID, sort string) []byte {
	return appendText(appendText(b, string(m)), sort)
}

// Member implements tickets.Reader.
func (r *reader) Member(id tickets.MemberID) (tickets.Member, error) {
	return read(r, &members, appendID(nil, tickets.PrefixMember, string(id)), string(id))
}

// Login implements tickets.Reader.
func (r *reader) Login(id tickets.MemberID) (tickets.Login, error) {
	return read(r, &logins, appendID(nil, tickets.PrefixMember, string(id)), string(id))
}

// LoginByName implements tickets.Reader.
func (r *reader) LoginByName(name string) (tickets.Login, error) {
	return by(r, &logins, tLoginName, hashKey(nil, name), name)
}

// SignIn implements tickets.Reader.
func (r *reader) SignIn(hash string) (tickets.SignIn, error) {
	return read(r, &signIns, hashKey(nil, hash), hash)
}

// SignIns implements tickets.Reader.
func (r *reader) SignIns() ([]tickets.SignIn, error) {
	out, err := under(r, &signIns, tSignIn, nil, 0)
	sort.SliceStable(out, func(i, j int) bool { return out[i].At.Before(out[j].At) })
	return out, err
}

// AuditEntries implements tickets.Reader.
func (r *reader) AuditEntries(p tickets.Page) ([]tickets.AuditEntry, string, error) {
	return newest(r, &auditEntries, "audit", p)
}

// Tallies implements tickets.Reader.
func (r *reader) Tallies(m tickets.MerchantID, sort string, from, to tickets.Date) ([]tickets.Tally, error) {
	if from > to {
		return nil, nil
	}
	first := appendInt32(tallyPrefix(nil, m, sort), int(from))
	last := after(appendInt32(tallyPrefix(nil, m, sort), int(to)))
	return collect(r, &tallies, r.src.scan(tTally, first, last, false), 0, func(key, _ []byte) []byte { return key })
}

// Customers implements tickets.Reader.
func (r *reader) Customers(p tickets.Page) ([]tickets.Customer, string, error) {
	return newest(r, &customers, "customers", p)
}

// AllDeliveries implements tickets.Reader.
func (r *reader) AllDeliveries(p tickets.Page) ([]tickets.Delivery, string, error) {
	return newest(r, &deliveries, "deliveries", p)
}

// AllNotices implements tickets.Reader.
func (r *reader) AllNotices(p tickets.Page) ([]tickets.Notice, string, error) {
	return newest(r, &notices, "notices", p)
}

// AllCases implements tickets.Reader.
func (r *reader) AllCases(p tickets.Page) ([]tickets.Case, string, error) {
	return newest(r, &cases, "all cases", p)
}

// AllTickets implements tickets.Reader.
func (r *reader) AllTickets(p tickets.Page) ([]tickets.Ticket, string, error) {
	return newest(r, &issued, "tickets", p)
}

// PutLogin implements tickets.Tx.
func (t *tx) PutLogin(l tickets.Login) error { return put(t, &logins, l) }

// PutSignIn implements tickets.Tx.
func (t *tx) PutSignIn(s tickets.SignIn) error { return put(t, &signIns, s) }

// DeleteSignIn implements tickets.Tx.
func (t *tx) DeleteSignIn(hash string) error {
	_, err := drop(t, &signIns, hashKey(nil, hash))
	return err
}

// AppendAudit implements tickets.Tx.
func (t *tx) AppendAudit(e tickets.AuditEntry) error {
	last, _, err := t.AuditEntries(tickets.Page{Limit: 1})
	if err != nil {
		return err
	}
	var prev tickets.AuditEntry
	if len(last) > 0 {
		prev = last[0]
	}
	switch {
	case e.Seq <= prev.Seq:
		return tickets.Refuse(tickets.Exists, "audit entry %d", e.Seq)
	case !e.Follows(prev):
		return tickets.Refuse(tickets.Invalid, "audit entry %d does not follow %d", e.Seq, prev.Seq)
	}
	return create(t, &auditEntries, e)
}

// PutTally implements tickets.Tx.
func (t *tx) PutTally(v tickets.Tally) error { return put(t, &tallies, v) }
