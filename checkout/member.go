package checkout

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"boxoffice/tickets"
)

// Console is the source of acts in the merchant's console, and CommandLine of those by command.
const (
	SourceConsole     = "console"
	SourceCommandLine = "command line"
)

// Operator is whoever has the machine: commands act as an owner.
func Operator() Staff {
	return Staff{Actor: tickets.Actor{Kind: tickets.ActorSystem, Name: SourceCommandLine}, Role: tickets.RoleOwner, Source: SourceCommandLine}
}

// NewMember is somebody who is to join the staff, with a login for the console.
type NewMember struct {
	Name     string // as people read it
	Login    string // what they type at sign-in, in lower case
	Role     tickets.Role
	Lang     string
	Password string // in its stored form; the member must change it at the first sign-in
}

// The lengths of names, in letters.
const (
	maxMemberName = 80
	maxLoginName  = 64
)

// CheckLogin refuses with Invalid what is no name to sign in with: letters, digits and . _ - @ only, in lower case.
func CheckLogin(name string) error {
	bad := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-@", r)
	}
	if n := utf8.RuneCountInString(name); n < 2 || n > maxLoginName || !utf8.ValidString(name) || name != strings.ToLower(name) || strings.ContainsFunc(name, bad) {
		return tickets.Refuse(tickets.Invalid, "%q is no name to sign in with: 2 to %d letters, digits and . _ - @", name, maxLoginName).With("reason", "login")
	}
	return nil
}

// AddMember makes somebody staff, with a login whose password is to be changed. It refuses with Forbidden when by may
// not give the role, Exists when the login's name is taken, and Invalid.
func (d *Desk) AddMember(ctx context.Context, by Staff, n NewMember) (tickets.Member, error) {
	var m tickets.Member
	n.Name = strings.TrimSpace(n.Name)
	if n.Name == "" || utf8.RuneCountInString(n.Name) > maxMemberName || !utf8.ValidString(n.Name) {
		return m, tickets.Refuse(tickets.Invalid, "a member's name has 1 to %d letters", maxMemberName).With("reason", "name")
	}
	if err := CheckLogin(n.Login); err != nil {
		return m, err
	}
	if !n.Role.Valid() || n.Password == "" {
		return m, tickets.Refuse(tickets.Invalid, "a member needs a role and a password").With("reason", "role")
	}
	if !by.Role.MayInvite(n.Role) {
		return m, tickets.Refuse(tickets.Forbidden, "role %s may not add %s", by.Role, n.Role)
	}
	err := d.update(ctx, func(t *turn) error {
		cat, err := t.Catalog()
		if err != nil {
			return err
		}
		m = tickets.Member{
			ID: tickets.MemberID(t.ids.id(tickets.PrefixMember)), Merchant: cat.Merchant.ID, Name: n.Name, Lang: n.Lang, Role: n.Role,
			By: by.Actor.ID, At: t.now,
		}
		if err := t.PutMember(m); err != nil {
			return err
		}
		return t.PutLogin(tickets.Login{Member: m.ID, Name: n.Login, Password: n.Password, Once: true, Changed: t.now})
	})
	if err != nil {
		return m, fmt.Errorf("add member: %w", err)
	}
	return m, nil
}

// GiveRole changes a member's role and returns the member as they were. It refuses with Forbidden when by may give
// neither role, and Conflict for by's own role and for the last owner.
func (d *Desk) GiveRole(ctx context.Context, by Staff, id tickets.MemberID, role tickets.Role) (was tickets.Member, err error) {
	if !role.Valid() {
		return was, tickets.Refuse(tickets.Invalid, "no role %q", role)
	}
	err = d.update(ctx, func(t *turn) error {
		m, err := t.governed(by, id)
		if err != nil {
			return err
		}
		if !by.Role.MayInvite(role) {
			return tickets.Refuse(tickets.Forbidden, "role %s may not make %s", by.Role, role)
		}
		if err := t.keepsOwner(m, role); err != nil {
			return err
		}
		was, m.Role = m, role
		return t.PutMember(m)
	})
	if err != nil {
		return was, fmt.Errorf("give role: %w", err)
	}
	return was, nil
}

// GivePassword gives a member a password that they must change at the next sign-in, and ends their sign-ins. Who has
// no login yet gets one of that name; "" keeps the name. A second factor is taken off too: who lost it asks for this.
func (d *Desk) GivePassword(ctx context.Context, by Staff, id tickets.MemberID, login, password string) (tickets.Login, error) {
	var l tickets.Login
	err := d.update(ctx, func(t *turn) error {
		m, err := t.governed(by, id)
		if err != nil {
			return err
		}
		l, err = t.Login(m.ID)
		if err != nil && !errors.Is(err, tickets.NotFound) {
			return err
		}
		if login != "" {
			l.Name = login
		}
		if err := CheckLogin(l.Name); err != nil {
			return err
		}
		l = tickets.Login{Member: m.ID, Name: l.Name, Password: password, Once: true, Changed: t.now, Last: l.Last}
		if err := t.PutLogin(l); err != nil {
			return err
		}
		return endSignIns(t, m.ID, "")
	})
	if err != nil {
		return l, fmt.Errorf("give password: %w", err)
	}
	return l, nil
}

// RemoveMember ends somebody's being staff: no role, no login, no sign-ins. The row stays for the history's sake. It
// refuses with Conflict for by's own row and for the last owner.
func (d *Desk) RemoveMember(ctx context.Context, by Staff, id tickets.MemberID) (was tickets.Member, err error) {
	err = d.update(ctx, func(t *turn) error {
		m, err := t.governed(by, id)
		if err != nil {
			return err
		}
		if err := t.keepsOwner(m, ""); err != nil {
			return err
		}
		was = m
		m.Role, m.Left = "", t.now
		if err := t.PutMember(m); err != nil {
			return err
		}
		if err := t.PutLogin(tickets.Login{Member: m.ID, Changed: t.now}); err != nil { // no name: it is free again
			return err
		}
		return endSignIns(t, m.ID, "")
	})
	if err != nil {
		return was, fmt.Errorf("remove member: %w", err)
	}
	return was, nil
}

// EndSignIns ends a member's sign-ins, but the one whose cookie has the hash keep.
func (d *Desk) EndSignIns(ctx context.Context, id tickets.MemberID, keep string) error {
	return d.Store.Update(ctx, func(tx tickets.Tx) error { return endSignIns(tx, id, keep) })
}

func endSignIns(tx tickets.Tx, id tickets.MemberID, keep string) error {
	list, err := tx.SignIns()
	if err != nil {
		return err
	}
	for _, in := range list {
		if in.Member != id || in.Hash == keep {
			continue
		}
		if err := tx.DeleteSignIn(in.Hash); err != nil {
			return err
		}
	}
	return nil
}

// TidySignIns deletes sign-ins whose time was over before t, and returns how many.
func (d *Desk) TidySignIns(ctx context.Context, t time.Time) (n int, err error) {
	err = d.Store.Update(ctx, func(tx tickets.Tx) error {
		n = 0
		list, err := tx.SignIns()
		if err != nil {
			return err
		}
		for _, in := range list {
			if !in.Expiry.Before(t) {
				continue
			}
			if err := tx.DeleteSignIn(in.Hash); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// governed is a member of this merchant whom by may change: somebody else, of no higher rank.
func (t *turn) governed(by Staff, id tickets.MemberID) (tickets.Member, error) {
	m, err := t.Member(id)
	if err != nil {
		return m, err
	}
	cat, err := t.Catalog()
	if err != nil {
		return m, err
	}
	switch {
	case m.Merchant != cat.Merchant.ID || !m.Here():
		return m, tickets.Refuse(tickets.NotFound, "member %s", id)
	case !by.Role.MayInvite(m.Role):
		return m, tickets.Refuse(tickets.Forbidden, "role %s may not change %s", by.Role, m.Role)
	case by.Actor.ID == string(m.ID):
		return m, tickets.Refuse(tickets.Conflict, "somebody else does that").With("reason", "own")
	}
	return m, nil
}

// keepsOwner refuses to leave the merchant without an owner.
func (t *turn) keepsOwner(m tickets.Member, next tickets.Role) error {
	if m.Role != tickets.RoleOwner || next == tickets.RoleOwner {
		return nil
	}
	list, err := t.Members()
	if err != nil {
		return err
	}
	for _, o := range list {
		if o.ID != m.ID && o.Merchant == m.Merchant && o.Role == tickets.RoleOwner && o.Here() {
			return nil
		}
	}
	return tickets.Refuse(tickets.Conflict, "the last owner stays").With("reason", "last_owner")
}
