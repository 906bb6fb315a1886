package console

import (
	"context"
	"errors"
	"net/http"
	"time"

	"boxoffice/tickets"
)

// Bot is how the shop's bot stands.
type Bot struct {
	Username    string
	Mode        string // webhook or polling
	URL         string // where updates go, "" when they are fetched
	Pending     int    // updates not delivered yet
	LastError   string // of the last delivery that failed
	LastErrorAt time.Time
	Err         error // why it could not be asked, or does not work
}

// Keep is how long things are kept by the configuration; a zero field is not said.
type Keep struct {
	Notices time.Duration // what providers told, word for word
	Updates time.Duration // what Telegram told
}

// settingsTabs are the pages of the settings, each with the act that opens it.
var settingsTabs = []struct {
	path, word string
	act        tickets.Act
}{
	{"/console/settings", "shop", tickets.ActSettings},
	{"/console/settings/gateways", "gateways", tickets.ActSettings},
	{"/console/members", "members", tickets.ActInvite},
	{"/console/settings/tokens", "tokens", tickets.ActSettings},
	{"/console/settings/texts", "texts", tickets.ActSettings},
	{"/console/settings/privacy", "privacy", tickets.ActSettings},
	{"/console/log", "log", tickets.ActLog},
}

// SettingsTabs is what the member may open of the settings.
func (v *visit) SettingsTabs() []navItem {
	var out []navItem
	for _, t := range settingsTabs {
		if v.Member.Role.May(t.act) {
			out = append(out, navItem{URL: t.path, Text: v.Words.T("console_settings.tab." + t.word), Here: v.URL.Path == t.path || (t.path != "/console/settings" && v.At(t.path))})
		}
	}
	return out
}

// settingsPage is the shop, its bot and its group.
type settingsPage struct {
	Bot      *Bot // nil where there is none
	Group    int64
	MayLink  bool
	Merchant tickets.Merchant
	Address  string
}

// botWithin bounds how long Telegram is asked.
const botWithin = 3 * time.Second

func settings(v *visit) error {
	p := settingsPage{MayLink: v.Member.Role.May(tickets.ActLink), Merchant: v.Cat.Merchant, Address: v.k.PublicURL}
	if v.k.Bot != nil {
		ctx, cancel := context.WithTimeout(v.Context(), botWithin)
		defer cancel()
		b := v.k.Bot(ctx)
		p.Bot = &b
	}
	var err error
	if p.Group, err = v.k.Desk.MerchantChat(v.Context()); err != nil && !errors.Is(err, tickets.NotFound) {
		return err
	}
	return v.page(http.StatusOK, "settings", v.Words.T("console_settings.tab.shop"), p)
}

// settingsLink makes a code that links a group.
func settingsLink(v *visit) error {
	code, err := v.k.Desk.LinkCode(v.Context(), string(v.Member.ID))
	if err := v.tried("group_code", "", "", "", "", err); err != nil {
		return err
	}
	return v.showOnce(v.Words.T("console_settings.group.code"), v.Words.T("console_settings.group.code_text"), "/console/settings", "", "/link "+code)
}

// privacyPage says what is kept how long.
type privacyPage struct {
	Keep    Keep
	SignIns time.Duration
	Pages   []textRow // the privacy text in each language
}

func privacy(v *visit) error {
	p := privacyPage{Keep: v.k.Keep, SignIns: signInLife}
	for _, lang := range v.Cat.Merchant.Languages {
		p.Pages = append(p.Pages, textRow{Lang: lang, Text: v.Cat.Merchant.Privacy[lang]})
	}
	return v.page(http.StatusOK, "settings_privacy", v.Words.T("console_settings.tab.privacy"), p)
}
