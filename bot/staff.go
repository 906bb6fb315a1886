package bot

import (
	"context"
	"errors"
	"strings"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// link is /link CODE in a group: the group becomes the merchant's, the sender its owner.
func (t *talk) link(ctx context.Context, code string) error {
	if code == "" {
		return t.say(ctx, Message{HTML: t.HTML("bot.staff.link_how")})
	}
	_, err := t.Desk.Join(ctx, t.joining(code, tickets.InviteLink))
	if err != nil {
		return t.sayCodeRefused(ctx, err)
	}
	if err := t.dropHello(ctx); err != nil { // a leftover on the screen is no reason to keep the good news back
		t.Log.WarnContext(ctx, "introduction left behind", "chat", t.chat, "error", err)
	}
	defer t.reachable() // what waited for a group comes after the good news
	return t.say(ctx, Message{HTML: t.HTML("bot.staff.linked", "Merchant", t.merchant(), "Name", t.name())})
}

func (t *talk) joining(code, purpose string) checkout.Joining {
	return checkout.Joining{
		Code: code, Purpose: purpose, Chat: t.chat, TelegramID: t.who.ID, Name: t.name(), Lang: langOf(t.cat, t.who.LanguageCode),
	}
}

func (t *talk) name() string {
	return clip(strings.TrimSpace(t.who.FirstName+" "+t.who.LastName), 80)
}

func (t *talk) sayCodeRefused(ctx context.Context, err error) error {
	switch tickets.KindOf(err) {
	case tickets.NotFound:
		return t.say(ctx, Message{HTML: t.HTML("bot.staff.code_unknown")})
	case tickets.Expired:
		return t.say(ctx, Message{HTML: t.HTML("bot.staff.code_expired")})
	default:
		return err
	}
}

// join is /join CODE: the sender becomes staff.
func (t *talk) join(ctx context.Context, code string) error {
	if code == "" {
		return t.say(ctx, Message{HTML: t.HTML("bot.staff.join_how")})
	}
	m, err := t.Desk.Join(ctx, t.joining(code, tickets.InviteRole))
	if err != nil {
		return t.sayCodeRefused(ctx, err)
	}
	return t.say(ctx, Message{HTML: t.HTML("bot.staff.joined", "Name", t.name(), "Role", t.roleName(m.Role)) + "\n" + t.abilities(m.Role)})
}

func (v voice) roleName(r tickets.Role) string {
	key := "bot.role." + strings.ReplaceAll(string(r), "-", "_")
	if !v.Has(key) {
		return string(r)
	}
	return v.T(key)
}

// abilities lists what a role may do.
func (v voice) abilities(r tickets.Role) string {
	var out []string
	for _, a := range []tickets.Act{tickets.ActAdmit, tickets.ActIssue, tickets.ActToday, tickets.ActAsk, tickets.ActRefund, tickets.ActMoney, tickets.ActInvite} {
		if r.May(a) {
			out = append(out, v.HTML("bot.ability."+string(a)))
		}
	}
	return strings.Join(out, "\n")
}

// allowed returns the person as a member who may do something. Who may not is told so, and ok is false.
func (t *talk) allowed(ctx context.Context, a tickets.Act) (m tickets.Member, ok bool, err error) {
	m, err = t.member(ctx)
	switch {
	case errors.Is(err, tickets.NotFound):
		return m, false, t.deny(ctx, t.T("bot.staff.not_member"))
	case err != nil:
		return m, false, err
	case !m.Role.May(a):
		return m, false, t.deny(ctx, t.T("bot.staff.not_role", "Role", t.roleName(m.Role)))
	}
	return m, true, nil
}

func (t *talk) deny(ctx context.Context, words string) error {
	if t.query != nil {
		return t.alert(ctx, words)
	}
	return t.say(ctx, Message{HTML: text.Escape(words)})
}

// invite is /invite ROLE.
func (t *talk) invite(ctx context.Context, role string) error {
	m, ok, err := t.allowed(ctx, tickets.ActInvite)
	if !ok {
		return err
	}
	want := tickets.Role(strings.ReplaceAll(strings.ToLower(role), "_", "-"))
	if !want.Valid() {
		var roles []string
		for _, r := range tickets.Roles {
			if m.Role.MayInvite(r) {
				roles = append(roles, t.HTML("bot.staff.role_line", "Command", "/invite "+string(r), "Role", t.roleName(r)))
			}
		}
		return t.say(ctx, Message{HTML: t.HTML("bot.staff.invite_how") + "\n" + strings.Join(roles, "\n")})
	}
	code, err := t.Desk.InviteCode(ctx, m, want)
	if errors.Is(err, tickets.Forbidden) {
		return t.say(ctx, Message{HTML: t.HTML("bot.staff.invite_stronger", "Role", t.roleName(want))})
	}
	if err != nil {
		return err
	}
	out := Message{HTML: t.HTML("bot.staff.invited", "Role", t.roleName(want), "Command", "/join "+code)}
	if name := t.Username(); name != "" {
		out.HTML += "\n" + t.HTML("bot.staff.invited_link", "URL", "https://t.me/"+name+"?start=join_"+code)
	}
	return t.say(ctx, out)
}

// today is /today.
func (t *talk) today(ctx context.Context) error {
	_, ok, err := t.allowed(ctx, tickets.ActToday)
	if !ok {
		return err
	}
	s, err := t.Desk.Today(ctx)
	if err != nil {
		return err
	}
	words := t.HTML("bot.today.text", "Day", t.DateLong(s.Date), "Orders", t.T("common.orders", "Count", s.Orders), "Money", t.Money(s.Money),
		"Places", t.T("common.places", "Count", s.Places), "Visits", t.T("common.people", "Count", s.Visits), "Admitted", s.Admitted)
	if s.Review > 0 {
		words += "\n\n" + t.HTML("bot.today.review", "Count", s.Review)
	}
	more, err := t.waitingLines(ctx)
	if err != nil {
		return err
	}
	if len(more) > 0 {
		words += "\n\n" + strings.Join(more, "\n")
	}
	return t.say(ctx, Message{HTML: words})
}

// issueMessage asks staff to issue an order's tickets, or says that it is done.
func (b *Bot) issueMessage(ctx context.Context, v voice, o tickets.Order) (Message, error) {
	if o.Stage == tickets.StageFulfilled {
		by := ""
		err := b.Store.View(ctx, func(r tickets.Reader) error {
			ms, err := r.Members()
			for _, m := range ms {
				if string(m.ID) == o.Fulfilment.By {
					by = m.Name
				}
			}
			return err
		})
		if err != nil {
			return Message{}, err
		}
		if by == "" {
			by = "–"
		}
		return Message{HTML: v.HTML("notify.merchant.issued", "Name", by, "Time", v.DateTime(o.Fulfilment.At, v.loc)) + "\n" + v.staffOrder(o)}, nil
	}
	if o.Stage != tickets.StagePaid && o.Stage != tickets.StageFulfilling { // the rest is told apart
		return Message{HTML: v.staffOrder(o) + "\n" + v.HTML("bot.sale.status", "Total", v.Money(o.Total()), "Status", v.statusWord(o))}, nil
	}
	return Message{
		HTML: v.HTML("notify.merchant.issue") + "\n" + v.staffOrder(o),
		Keyboard: Keyboard{{
			{Text: v.T("notify.merchant.issue_button"), Data: about(actIssue, packOrder(o.ID)), Style: StyleSuccess},
			{Text: v.T("case.deed.cannot"), Data: staffMove{deed: deedCannot, id: string(o.ID)}.data()},
		}},
	}, nil
}

// issue is a press of Issue tickets.
func (t *talk) issue(ctx context.Context, arg string) error {
	id, _, ok := unpackID(tickets.PrefixOrder, arg)
	if !ok {
		return t.toast(ctx, t.T("bot.button.old"))
	}
	m, ok, err := t.allowed(ctx, tickets.ActIssue)
	if !ok {
		return err
	}
	o, err := t.Desk.Issue(ctx, tickets.OrderID(id), checkout.StaffOf(m, "bot"))
	if r := tickets.RefusalOf(err); r != nil && r.Kind != tickets.Unavailable {
		return t.alert(ctx, t.staffNo(err, subject{caseView: caseView{order: o}}))
	}
	if err != nil {
		return err
	}
	if err := t.toast(ctx, t.T("notify.merchant.issued_toast")); err != nil {
		return err
	}
	show, err := t.issueMessage(ctx, t.voice, o)
	if err != nil {
		return err
	}
	_, err = t.Sender.Edit(ctx, t.chat, t.pressed, show)
	if errors.Is(err, ErrGone) {
		return t.say(ctx, show)
	}
	return err
}
