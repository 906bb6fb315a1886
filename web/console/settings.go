package console

import "boxoffice/tickets"

// settingsTabs are the pages of the settings, each with the act that opens it.
var settingsTabs = []struct {
	path, word string
	act        tickets.Act
}{
	{"/console/members", "members", tickets.ActInvite},
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
