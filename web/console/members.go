package console

import (
	"encoding/base32"
	"errors"
	"fmt"
	"net/http"
	"sort"
	"strings"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// memberRow is a line of the list of members.
type memberRow struct {
	tickets.Member
	Login    string
	Last     time.Time // the newest of the sign-ins
	Ways     []string  // how they prove who they are: password, passkey, totp, telegram
	Unsafe   bool      // a strong role without a second factor
	MayTouch bool
}

// membersPage is the list.
type membersPage struct {
	Rows []memberRow
	Left []memberRow
}

func members(v *visit) error {
	p, err := v.memberRows()
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "members", v.Words.T("console_access.members.title"), p)
}

func (v *visit) memberRows() (membersPage, error) {
	var p membersPage
	err := v.view(func(r tickets.Reader) error {
		p = membersPage{}
		list, err := r.Members()
		if err != nil {
			return err
		}
		for _, m := range list {
			if m.Merchant != v.Cat.Merchant.ID {
				continue
			}
			l, err := r.Login(m.ID)
			if err != nil && !errors.Is(err, tickets.NotFound) {
				return err
			}
			if row := v.memberRow(m, l); m.Here() {
				p.Rows = append(p.Rows, row)
			} else {
				p.Left = append(p.Left, row)
			}
		}
		return nil
	})
	sort.SliceStable(p.Rows, func(i, j int) bool {
		a, b := p.Rows[i].Role, p.Rows[j].Role
		return a != b && a.AtLeast(b)
	})
	return p, err
}

func (v *visit) memberRow(m tickets.Member, l tickets.Login) memberRow {
	row := memberRow{Member: m, Login: l.Name, Last: l.Last, MayTouch: v.Member.Role.MayInvite(m.Role) && m.ID != v.Member.ID}
	if l.Password != "" {
		row.Ways = append(row.Ways, "password")
	}
	if len(l.Passkeys) > 0 {
		row.Ways = append(row.Ways, "passkey")
	}
	if l.TOTP != "" {
		row.Ways = append(row.Ways, "totp")
	}
	if m.TelegramID != 0 {
		row.Ways = append(row.Ways, "telegram")
	}
	row.Unsafe = urged(m, l)
	return row
}

// urged reports whether a member should have a second factor and has none: who moves money, with a password alone.
func urged(m tickets.Member, l tickets.Login) bool {
	return m.Role.May(tickets.ActMoney) && l.Password != "" && l.TOTP == "" && len(l.Passkeys) == 0
}

// memberForm is the form of a new member, with what was typed.
type memberForm struct {
	Name, Login, Role string
	Roles             []tickets.Role // that the visitor may give
	Wrong             map[string]string
}

// Givable are the roles that the visitor may give.
func (v *visit) Givable() []tickets.Role {
	var out []tickets.Role
	for _, r := range tickets.Roles {
		if v.Member.Role.MayInvite(r) {
			out = append(out, r)
		}
	}
	return out
}

func memberNew(v *visit) error {
	return v.page(http.StatusOK, "member_new", v.Words.T("console_access.members.add"), memberForm{Roles: v.Givable(), Role: string(tickets.RoleSupport)})
}

func memberAdd(v *visit) error {
	f := memberForm{
		Name: strings.TrimSpace(v.PostFormValue("name")), Login: strings.ToLower(strings.TrimSpace(v.PostFormValue("login"))),
		Role: v.PostFormValue("role"), Roles: v.Givable(),
	}
	password := NewPassword()
	hash, err := hashPassword(v.Context(), password)
	if err != nil {
		return err
	}
	m, err := v.k.Desk.AddMember(v.Context(), v.staff(), checkout.NewMember{
		Name: f.Name, Login: f.Login, Role: tickets.Role(f.Role), Lang: string(v.Words.Lang()), Password: hash,
	})
	if field, words := v.wrongField(err); field != "" {
		f.Wrong = map[string]string{field: words}
		return v.page(http.StatusUnprocessableEntity, "member_new", v.Words.T("console_access.members.add"), f)
	}
	if err := v.tried("member_add", string(m.ID), "", "", f.Login+" "+f.Role, err); err != nil {
		return err
	}
	return v.showOnce(v.Words.T("console_access.members.added", "Name", m.Name), v.Words.T("console_access.members.give"), "/console/members", f.Login, password)
}

// wrongField is the field of a form that a refusal is about, and what to say beside it.
func (v *visit) wrongField(err error) (field, words string) {
	r := tickets.RefusalOf(err)
	if r == nil {
		return "", ""
	}
	reason, _ := r.Args["reason"].(string)
	switch {
	case r.Kind == tickets.Invalid && reason != "":
		return reason, v.Words.T("console_access.wrong." + reason)
	case r.Kind == tickets.Exists:
		return "login", v.Words.T("console_access.wrong.taken")
	}
	return "", ""
}

// tried records an act with its outcome and passes the outcome on. What failed for reasons of ours is no act.
func (v *visit) tried(act, object, reason, before, after string, err error) error {
	result := auditOK
	if kind := tickets.KindOf(err); kind != "" {
		result = string(kind)
	} else if err != nil {
		return err
	}
	return errors.Join(err, v.auditChange(act, object, result, reason, before, after))
}

// oncePage shows a secret, once.
type oncePage struct {
	Text, Back string
	Name       string // beside the secret, where it has one
	Secret     string
}

// showOnce answers with a secret that no other page will show again.
func (v *visit) showOnce(title, words, back, name, secret string) error {
	return v.page(http.StatusOK, "once", title, oncePage{Text: words, Back: back, Name: name, Secret: secret})
}

// memberPage is one member.
type memberPage struct {
	memberRow
	Roles   []tickets.Role
	SignIns int
}

func memberShow(v *visit) error {
	p := memberPage{Roles: v.Givable()}
	err := v.view(func(r tickets.Reader) error {
		m, err := v.colleague(r)
		if err != nil {
			return err
		}
		l, err := r.Login(m.ID)
		if err != nil && !errors.Is(err, tickets.NotFound) {
			return err
		}
		p.memberRow, p.SignIns = v.memberRow(m, l), 0
		list, err := r.SignIns()
		for _, in := range list {
			if in.Member == m.ID && in.Expiry.After(time.Now()) { // the session library's clock
				p.SignIns++
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "member", p.Name, p)
}

// colleague is the member that the address names, of this merchant.
func (v *visit) colleague(r tickets.Reader) (tickets.Member, error) {
	m, err := r.Member(tickets.MemberID(v.PathValue("id")))
	if err == nil && (m.Merchant != v.Cat.Merchant.ID || !m.Here()) {
		err = tickets.Refuse(tickets.NotFound, "member %s", m.ID)
	}
	return m, err
}

func memberRole(v *visit) error {
	id, role := tickets.MemberID(v.PathValue("id")), tickets.Role(v.PostFormValue("role"))
	was, err := v.k.Desk.GiveRole(v.Context(), v.staff(), id, role)
	return v.memberDone("member_role", id, string(was.Role), string(role), "console_access.members.role_given", was.Name, err)
}

func memberRemove(v *visit) error {
	id := tickets.MemberID(v.PathValue("id"))
	was, err := v.k.Desk.RemoveMember(v.Context(), v.staff(), id)
	return v.memberDone("member_remove", id, string(was.Role), "", "console_access.members.removed", was.Name, err)
}

// memberDone records what was done to a member and goes back: to the list, or to the member's page with why not.
func (v *visit) memberDone(act string, id tickets.MemberID, before, after, key, name string, err error) error {
	if err := v.tried(act, string(id), v.PostFormValue("reason"), before, after, err); err != nil {
		if r := tickets.RefusalOf(err); r != nil && r.Kind == tickets.Conflict {
			v.flash("bad", "console_access.wrong."+fmt.Sprint(r.Args["reason"]))
			return v.redirect("/console/members/" + string(id))
		}
		return err
	}
	v.flash("good", key, "Name", name)
	return v.redirect("/console/members")
}

func memberPassword(v *visit) error {
	id := tickets.MemberID(v.PathValue("id"))
	password := NewPassword()
	hash, err := hashPassword(v.Context(), password)
	if err != nil {
		return err
	}
	l, err := v.k.Desk.GivePassword(v.Context(), v.staff(), id, strings.ToLower(strings.TrimSpace(v.PostFormValue("login"))), hash)
	if field, words := v.wrongField(err); field != "" {
		v.k.sessions.Put(v.Context(), sessionFlash, "bad\n"+words)
		return v.redirect("/console/members/" + string(id))
	}
	if err := v.tried("member_password", string(id), "", "", "", err); err != nil {
		return err
	}
	return v.showOnce(v.Words.T("console_access.members.reset_done"), v.Words.T("console_access.members.give"), "/console/members", l.Name, password)
}

func memberInvite(v *visit) error {
	role := tickets.Role(v.PostFormValue("role"))
	code, err := v.k.Desk.InviteCode(v.Context(), v.Member, role)
	if err := v.tried("member_invite", "", "", "", string(role), err); err != nil {
		return err
	}
	return v.showOnce(v.Words.T("console_access.invite.title"), v.Words.T("console_access.invite.text", "Role", v.k.word(v.Words, "role", string(role))), "/console/members", "", "/join "+code)
}

// NewPassword is 80 random bits in a form that can be read over the telephone.
func NewPassword() string {
	s := strings.ToLower(base32.StdEncoding.EncodeToString(randomBytes(10)))
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
}
