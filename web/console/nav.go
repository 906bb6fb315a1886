package console

import (
	"slices"
	"unicode/utf8"

	"boxoffice/tickets"
)

// navItem is a line of the navigation.
type navItem struct {
	Icon, URL, Text string
	Here            bool
	Count           int64
}

// parts of the console in the order of a merchant's day, each with the act that opens it.
var parts = []struct {
	icon, path string
	act        tickets.Act
}{
	{"today", "/console/", tickets.ActToday},
	{"bell", "/console/cases", tickets.ActAsk},
	{"orders", "/console/orders", tickets.ActOrders},
	{"gate", "/console/gate", tickets.ActAdmit},
	{"calendar", "/console/calendar", tickets.ActToday},
	{"ticket", "/console/tickets", tickets.ActOrders},
	{"money", "/console/refunds", tickets.ActOrders},
	{"people", "/console/customers", tickets.ActOrders},
	{"message", "/console/messages", tickets.ActOrders},
	{"notice", "/console/notices", tickets.ActOrders},
	{"trend", "/console/trends", tickets.ActToday},
	{"catalog", "/console/catalog", tickets.ActToday},
	{"settings", "/console/settings", tickets.ActInvite},
}

// Nav is what the member may open.
func (v *visit) Nav() ([]navItem, error) {
	var n tickets.Counts
	if err := v.view(func(r tickets.Reader) (err error) { n, err = r.Counts(); return err }); err != nil {
		return nil, err
	}
	var out []navItem
	for _, p := range parts {
		if !v.Member.Role.May(p.act) {
			continue
		}
		item := navItem{Icon: p.icon, URL: p.path, Text: v.Words.T("console.nav." + p.icon), Here: v.At(p.path)}
		if p.icon == "settings" {
			item.Here = slices.ContainsFunc(v.SettingsTabs(), func(t navItem) bool { return t.Here })
		}
		if p.path == "/console/" {
			item.Here = v.URL.Path == p.path
		}
		if p.icon == "bell" {
			item.Count = n.CasesOpen
		}
		out = append(out, item)
	}
	return out, nil
}

// Initial is the first letter of the member's name.
func (v *visit) Initial() string {
	r, _ := utf8.DecodeRuneInString(v.Member.Name)
	if r == utf8.RuneError {
		return "?"
	}
	return string(r)
}
