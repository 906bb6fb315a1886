package bot

import (
	"strings"

	"boxoffice/tickets"
)

// cutLink reads what a deep link carries: its kind ("product", "order", "ticket", "join"), and of which. ok is false
// for anything else.
func cutLink(arg string) (kind, of string, ok bool) {
	for prefix, kind := range map[string]string{"p_": "product", "join_": "join", "v_": "ticket"} {
		if rest, ok := strings.CutPrefix(arg, prefix); ok && rest != "" {
			return kind, rest, true
		}
	}
	if id := tickets.PrefixOrder + strings.TrimPrefix(arg, "o_"); strings.HasPrefix(arg, "o_") && tickets.ValidID(tickets.PrefixOrder, id) {
		return "order", id, true
	}
	if _, err := tickets.ParseScan(arg); err == nil {
		return "ticket", arg, true
	}
	return "", "", false
}

// ProductLink is the deep link that opens a product, for who advertises it.
func ProductLink(username string, p tickets.ProductID) string {
	return "https://t.me/" + username + "?start=p_" + string(p)
}

// OrderLink is the deep link that opens an order in its customer's chat.
func OrderLink(username string, o tickets.OrderID) string {
	return "https://t.me/" + username + "?start=o_" + strings.TrimPrefix(string(o), tickets.PrefixOrder)
}
