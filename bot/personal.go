package bot

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// This file answers who asks what is held of them (/mydata), and who wants it erased (/deleteme). Erasing is pressed twice:
// the first press arms the button, the second, within a minute, does it. Handled again after a crash, the press finds a
// customer who is new and empty, and erases that one.

// listedMost is how many orders that stand in the way are named.
const listedMost = 5

// sendMyData sends everything that is held of the person, as a file.
func (t *talk) sendMyData(ctx context.Context) error {
	p, err := t.Desk.PersonalData(ctx, t.cust.ID)
	if err != nil {
		return err
	}
	b, err := p.JSON()
	if err != nil {
		return err
	}
	_, err = t.Sender.SendDocument(ctx, t.chat, "my-data-"+tickets.DateOf(t.now, t.loc).String()+".json", b, Message{
		HTML: t.HTML("personal.data", "Merchant", t.merchant(), "Count", len(p.Orders)),
	})
	return err
}

// sendErase says what erasing takes away and what it leaves, or what it waits for.
func (t *talk) sendErase(ctx context.Context) error {
	m, err := t.eraseScreen(ctx)
	if err != nil {
		return err
	}
	return t.say(ctx, m)
}

func (t *talk) eraseScreen(ctx context.Context) (Message, error) {
	left, err := t.Desk.Unfinished(ctx, t.cust.ID)
	if err != nil {
		return Message{}, err
	}
	if len(left) > 0 {
		return t.notYetErased(left), nil
	}
	words, err := t.eraseWords(ctx)
	return Message{HTML: words, Keyboard: Keyboard{{{Text: t.T("personal.erase.button"), Data: about(actErase, ""), Style: StyleDanger}}}}, err
}

func (t *talk) eraseWords(ctx context.Context) (string, error) {
	updates := ""
	if t.Updates > 0 {
		updates = t.Duration(t.Updates)
	}
	words := t.HTML("personal.erase.text", "Merchant", t.merchant(), "Updates", updates)
	_, err := t.member(ctx)
	if err == nil {
		words += "\n\n" + t.HTML("personal.erase.staff")
	}
	if errors.Is(err, tickets.NotFound) {
		err = nil
	}
	return words, err
}

// notYetErased names the orders that erasing waits for.
func (t *talk) notYetErased(left []checkout.Unfinished) Message {
	lines := []string{t.HTML("personal.erase.not_yet", "Count", len(left))}
	for _, u := range left[:min(len(left), listedMost)] {
		lines = append(lines, t.HTML("personal.erase.order", "Code", u.Code, "Why", t.T("personal.why."+u.Why)))
	}
	if more := len(left) - listedMost; more > 0 {
		lines = append(lines, t.HTML("personal.erase.more", "Count", more))
	}
	return Message{HTML: strings.Join(append(lines, "", t.HTML("personal.erase.later")), "\n")}
}

// pressErase is a press of the button: the argument says when it was armed.
func (t *talk) pressErase(ctx context.Context, arg string) error {
	if t.group {
		return t.toast(ctx, t.T("bot.button.old"))
	}
	at, err := strconv.ParseInt(arg, 36, 64)
	passed := t.now.Sub(time.Unix(at, 0))
	switch {
	case arg == "":
		return t.armErase(ctx)
	case err != nil || passed < 0:
		return t.toast(ctx, t.T("bot.button.old"))
	case passed > sureFor:
		m, err := t.eraseScreen(ctx)
		if err != nil {
			return err
		}
		return errors.Join(t.toast(ctx, t.T("case.sure.late")), t.draw(ctx, m))
	}
	_, err = t.Desk.Erase(ctx, checkout.Erasing{
		Customer: t.cust.ID, By: checkout.Staff{Actor: tickets.Actor{Kind: tickets.ActorCustomer, ID: string(t.cust.ID)}, Source: "bot"},
	})
	if r := tickets.RefusalOf(err); r != nil && r.Args["reason"] == "unfinished" { // bought meanwhile
		left, _ := r.Args["unfinished"].([]checkout.Unfinished)
		return t.draw(ctx, t.notYetErased(left))
	}
	if err != nil {
		return err
	}
	return t.draw(ctx, Message{HTML: t.HTML("personal.erase.done", "Merchant", t.merchant())})
}

// armErase asks for the second press.
func (t *talk) armErase(ctx context.Context) error {
	m, err := t.eraseScreen(ctx)
	if err != nil {
		return err
	}
	if m.Keyboard != nil {
		m.HTML += "\n\n" + t.HTML("personal.erase.sure")
		armed := about(actErase, strconv.FormatInt(t.now.Unix(), 36))
		m.Keyboard = Keyboard{{{Text: t.T("personal.erase.again"), Data: armed, Style: StyleDanger}}}
	}
	return t.draw(ctx, m)
}
