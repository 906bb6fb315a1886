package checkout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"boxoffice/tickets"
)

// SettingMerchantChat is where the merchant's group is remembered: its chat id in decimal.
const SettingMerchantChat = "merchant_chat"

// inviteLife is how long a code is good.
const inviteLife = 15 * time.Minute

// HashCode is the form in which codes and tokens are stored: hex SHA-256. They carry 128 random bits, so a slow
// hash would add nothing.
func HashCode(code string) string {
	sum := sha256.Sum256([]byte(code))
	return hex.EncodeToString(sum[:])
}

// LinkCode makes a single-use code, good for 15 minutes, with which a group becomes the merchant's and the sender
// its owner.
func (d *Desk) LinkCode(ctx context.Context, by string) (string, error) {
	return d.invite(ctx, tickets.InviteLink, tickets.RoleOwner, by)
}

// InviteCode makes a single-use code for a new member of a role. It refuses with Forbidden when by may not.
func (d *Desk) InviteCode(ctx context.Context, by tickets.Member, role tickets.Role) (string, error) {
	if !role.Valid() {
		return "", tickets.Refuse(tickets.Invalid, "no role %q", role)
	}
	if !by.Role.MayInvite(role) {
		return "", tickets.Refuse(tickets.Forbidden, "role %s may not invite %s", by.Role, role)
	}
	return d.invite(ctx, tickets.InviteRole, role, string(by.ID))
}

func (d *Desk) invite(ctx context.Context, purpose string, role tickets.Role, by string) (string, error) {
	code := tickets.NewSecret(d.Rand)
	err := d.update(ctx, func(t *turn) error {
		cat, err := t.Catalog()
		if err != nil {
			return err
		}
		return t.CreateInvite(tickets.Invite{
			Hash: HashCode(code), Merchant: cat.Merchant.ID, Purpose: purpose, Role: role, By: by, At: t.now, Expiry: t.now.Add(inviteLife),
		})
	})
	return code, err
}

// Joining is somebody using a code.
type Joining struct {
	Code       string
	Purpose    string // InviteLink or InviteRole: what they said
	Chat       int64  // the group, for InviteLink
	TelegramID int64
	Name       string
	Lang       string
}

// Join uses a code: the person becomes a member (a stronger role they have stays), and for a link the group becomes
// the merchant's. It refuses with NotFound (no such code), Expired (too old, or used).
func (d *Desk) Join(ctx context.Context, j Joining) (tickets.Member, error) {
	var m tickets.Member
	err := d.update(ctx, func(t *turn) error {
		inv, err := t.Invite(HashCode(j.Code))
		if err != nil {
			return err
		}
		if inv.Purpose != j.Purpose {
			return tickets.Refuse(tickets.NotFound, "the code is for %s", inv.Purpose)
		}
		if !inv.Used.IsZero() || !t.now.Before(inv.Expiry) {
			return tickets.Refuse(tickets.Expired, "the code was used or is too old")
		}
		inv.Used, inv.UsedBy = t.now, strconv.FormatInt(j.TelegramID, 10)
		if err := t.PutInvite(inv); err != nil {
			return err
		}
		m, err = t.MemberByTelegram(j.TelegramID)
		if errors.Is(err, tickets.NotFound) {
			m = tickets.Member{
				ID: tickets.MemberID(t.ids.id(tickets.PrefixMember)), Merchant: inv.Merchant, TelegramID: j.TelegramID, Role: inv.Role,
				By: inv.By, At: t.now,
			}
		} else if err != nil {
			return err
		}
		m.Name, m.Lang = j.Name, j.Lang
		if !m.Role.Valid() || inv.Role.AtLeast(m.Role) { // who had left comes back with the code's role
			m.Role, m.Left = inv.Role, time.Time{}
		}
		if err := t.PutMember(m); err != nil {
			return err
		}
		if inv.Purpose == tickets.InviteLink {
			return t.PutSetting(SettingMerchantChat, strconv.FormatInt(j.Chat, 10))
		}
		return nil
	})
	if err != nil {
		return m, fmt.Errorf("use code: %w", err)
	}
	return m, nil
}

// MerchantChat is the merchant's group. It fails with NotFound when none is linked.
func (d *Desk) MerchantChat(ctx context.Context) (int64, error) {
	var id int64
	err := d.Store.View(ctx, func(r tickets.Reader) error {
		s, err := r.Setting(SettingMerchantChat)
		if err != nil {
			return err
		}
		id, err = strconv.ParseInt(s, 10, 64)
		return err
	})
	return id, err
}

// MoveMerchantChat follows a group that Telegram gave a new id.
func (d *Desk) MoveMerchantChat(ctx context.Context, from, to int64) error {
	return d.update(ctx, func(t *turn) error {
		s, err := t.Setting(SettingMerchantChat)
		if errors.Is(err, tickets.NotFound) || (err == nil && s != strconv.FormatInt(from, 10)) {
			return nil
		}
		if err != nil {
			return err
		}
		return t.PutSetting(SettingMerchantChat, strconv.FormatInt(to, 10))
	})
}

// NewToken makes an API token and returns its text, which is shown once; only its hash is kept.
func (d *Desk) NewToken(ctx context.Context, name string, scopes []string) (string, tickets.APIToken, error) {
	text := "box_" + tickets.NewSecret(d.Rand)
	var tok tickets.APIToken
	err := d.update(ctx, func(t *turn) error {
		cat, err := t.Catalog()
		if err != nil {
			return err
		}
		tok = tickets.APIToken{
			ID: tickets.TokenID(t.ids.id(tickets.PrefixToken)), Merchant: cat.Merchant.ID, Name: name, Hash: HashCode(text), Scopes: scopes, At: t.now,
		}
		return t.CreateToken(tok)
	})
	return text, tok, err
}

// Sales is what /today shows.
type Sales struct {
	Date     tickets.Date
	Orders   int           // paid today
	Money    tickets.Money // applied today
	Places   int           // sold today
	Visits   int           // places booked for a visit today
	Admitted int           // of them, in already
	Review   int           // orders that wait for a person
}

// Today sums the merchant's day in its zone.
func (d *Desk) Today(ctx context.Context) (Sales, error) {
	var s Sales
	now := d.now()
	err := d.Store.View(ctx, func(r tickets.Reader) error {
		cat, err := r.Catalog()
		if err != nil {
			return err
		}
		loc, err := cat.Merchant.Location()
		if err != nil {
			return err
		}
		day := tickets.DateOf(now, loc)
		s = Sales{Date: day, Money: tickets.Money{Currency: cat.Merchant.Currency}}
		if err := soldOn(r, &s, day.At("", loc), (day+1).At("", loc)); err != nil {
			return err
		}
		if err := visitsOn(r, &s); err != nil {
			return err
		}
		n, err := r.Counts()
		s.Review = int(n.Orders[tickets.StagePaymentReview])
		return err
	})
	return s, err
}

func soldOn(r tickets.Reader, s *Sales, from, until time.Time) error {
	mark := ""
	counted := map[tickets.OrderID]bool{}
	for {
		caps, next, err := r.CapturesBetween(from, until, tickets.Page{Mark: mark, Limit: 500})
		if err != nil {
			return err
		}
		for _, c := range caps {
			if c.Applied == 0 || c.Amount.Currency != s.Money.Currency {
				continue
			}
			s.Money.Amount += c.Applied
			if counted[c.Order] {
				continue
			}
			counted[c.Order] = true
			o, err := r.Order(c.Order)
			if err != nil {
				return err
			}
			s.Orders++
			s.Places += o.Places()
		}
		if mark = next; mark == "" {
			return nil
		}
	}
}

func visitsOn(r tickets.Reader, s *Sales) error {
	return orders(r, tickets.OrderQuery{Date: s.Date}, func(o tickets.Order) error {
		if !o.Paid() {
			return nil
		}
		s.Visits += o.Places()
		ts, err := r.Tickets(o.ID)
		for _, k := range ts {
			s.Admitted += k.Admitted
		}
		return err
	})
}

// orders calls fn with every order of a query.
func orders(r tickets.Reader, q tickets.OrderQuery, fn func(tickets.Order) error) error {
	q.Limit = 500
	for {
		list, next, err := r.Orders(q)
		if err != nil {
			return err
		}
		for _, o := range list {
			if err := fn(o); err != nil {
				return err
			}
		}
		if q.Mark = next; next == "" {
			return nil
		}
	}
}
