package console

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// linkLife is how long a link from the bot lets in.
const linkLife = 5 * time.Minute

// linkTell bounds how long a link may take on its way to the chat.
const linkTell = 20 * time.Second

// A link is good only in the browser that asked for it: what it must be is remembered in that browser's own session,
// so that one which somebody else asked for and forwarded opens nothing.

// linkPage is what the browser that asked shows.
type linkPage struct {
	Next, Match string
	Mine        bool   // the link belongs to this browser
	Token       string // of the link that was opened
}

func linkForm(v *visit) error {
	if v.k.Tell == nil {
		return missing(v)
	}
	return v.page(http.StatusOK, "link", v.Words.T("console_access.link.title"), linkPage{Next: v.FormValue("next")})
}

// linkAsk sends a link to who is named, and says the same whether or not there is such a member.
func linkAsk(v *visit) error {
	if v.k.Tell == nil {
		return missing(v)
	}
	name := strings.ToLower(strings.TrimPrefix(strings.TrimSpace(v.PostFormValue("name")), "@"))
	_, wait, err := v.mayTry(tickets.Login{}, "link", name)
	if err != nil {
		return err
	}
	if wait > 0 {
		return v.tooMany(wait)
	}
	m, err := v.reached(name)
	if err != nil {
		return err
	}
	token, match := tickets.NewSecret(nil), matchCode()
	if err := v.k.sessions.RenewToken(v.Context()); err != nil {
		return err
	}
	v.k.sessions.Put(v.Context(), sessionLink, strings.Join([]string{
		checkout.HashCode(token), string(m.ID), match, strconv.FormatInt(v.Now.Add(linkLife).UnixMilli(), 10),
	}, "\n"))
	if m.ID != "" {
		v.tellLink(m, token, match)
	}
	return v.page(http.StatusOK, "link_wait", v.Words.T("console_access.link.sent"), linkPage{Match: match, Next: v.PostFormValue("next")})
}

// matchCode is two digits that the chat and the browser both show.
func matchCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(90))
	if err != nil {
		panic("console: the system has no randomness: " + err.Error())
	}
	return strconv.FormatInt(n.Int64()+10, 10)
}

// reached is the member with a chat who has a login of that name or a Telegram username; the zero one for nobody.
func (v *visit) reached(name string) (found tickets.Member, err error) {
	err = v.view(func(r tickets.Reader) error {
		found = tickets.Member{}
		list, err := r.Members()
		if err != nil {
			return err
		}
		for _, m := range list {
			if !m.Here() || m.TelegramID == 0 || m.Merchant != v.Cat.Merchant.ID {
				continue
			}
			l, err := r.Login(m.ID)
			if err != nil && !errors.Is(err, tickets.NotFound) {
				return err
			}
			c, err := r.CustomerByTelegram(m.TelegramID)
			if err != nil && !errors.Is(err, tickets.NotFound) {
				return err
			}
			if name != "" && (l.Name == name || strings.EqualFold(c.Username, name)) {
				found = m
			}
		}
		return nil
	})
	return found, err
}

// tellLink sends the link, after the answer: who asks must not see from the time whether there is somebody.
func (v *visit) tellLink(m tickets.Member, token, match string) {
	words := v.k.words(text.Match(m.Lang))
	html := words.HTML("console_access.link.message", "Match", match, "Shop", v.Shop(), "URL", strings.TrimSuffix(v.k.PublicURL, "/")+"/console/login/link/"+token)
	k, ctx := v.k, context.WithoutCancel(v.Context())
	k.working.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, linkTell)
		defer cancel()
		if err := k.Tell(ctx, m, html); err != nil {
			k.Log.Warn("sign-in link not sent", "member_id", m.ID, "error", err)
		}
	})
}

// linked is what this browser asked for; ok is false when the opened link is not that.
func (v *visit) linked(token string) (m tickets.MemberID, match string, ok bool) {
	parts := strings.Split(v.k.sessions.GetString(v.Context(), sessionLink), "\n")
	if len(parts) != 4 || parts[0] != checkout.HashCode(token) || parts[1] == "" {
		return "", "", false
	}
	until, err := strconv.ParseInt(parts[3], 10, 64)
	return tickets.MemberID(parts[1]), parts[2], err == nil && v.Now.Before(time.UnixMilli(until))
}

// linkOpen shows what the link would do. Opening it does nothing: programs look at links too.
func linkOpen(v *visit) error {
	token := v.PathValue("token")
	_, match, ok := v.linked(token)
	status := http.StatusOK
	if !ok {
		status = http.StatusForbidden
	}
	return v.page(status, "link_open", v.Words.T("console_access.link.open_title"), linkPage{Mine: ok, Match: match, Token: token})
}

// linkTake signs in by a link, once.
func linkTake(v *visit) error {
	id, _, ok := v.linked(v.PathValue("token"))
	v.k.sessions.Remove(v.Context(), sessionLink)
	if !ok {
		return v.page(http.StatusForbidden, "link_open", v.Words.T("console_access.link.open_title"), linkPage{})
	}
	var m tickets.Member
	var l tickets.Login
	err := v.view(func(r tickets.Reader) (err error) {
		if m, err = r.Member(id); err != nil {
			return err
		}
		if l, err = r.Login(id); errors.Is(err, tickets.NotFound) {
			l, err = tickets.Login{}, nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("link: %w", err)
	}
	if !m.Here() {
		return tickets.Refuse(tickets.Unauthorized, "member %s was removed", m.ID)
	}
	return v.half(m, l, "link")
}
