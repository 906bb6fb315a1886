package text

import (
	"strings"

	"boxoffice/tickets"
)

// Money returns an amount as people of the printer's language write it:
// "S$119.00", "NT$623", "KWD 1.250", "-US$5.00". Symbols that several
// currencies share carry their country, because one shop sells in several. A
// currency without a symbol here is written by its ISO 4217 code.
func (p *Printer) Money(m tickets.Money) string {
	style := styles[m.Currency]
	symbol := style.symbol
	if local := style.local[p.lang]; local != "" {
		symbol = local
	}
	if symbol == "" {
		symbol = string(m.Currency) + " "
	}
	number, minus := strings.CutPrefix(m.Decimal(), "-")
	number = group(number)
	if major, rest, ok := strings.Cut(number, "."); ok && style.wholes && strings.Trim(rest, "0") == "" {
		number = major
	}
	if minus {
		return "-" + symbol + number
	}
	return symbol + number
}

// style is how a currency is written.
type style struct {
	symbol string
	local  map[Lang]string // where a language has its own
	wholes bool            // decimals are left out when they are zero
}

var styles = map[tickets.Currency]style{
	"AUD": {symbol: "A$"},
	"BRL": {symbol: "R$"},
	"CAD": {symbol: "CA$"},
	"CNY": {symbol: "CN¥", local: map[Lang]string{Simplified: "¥"}},
	"EUR": {symbol: "€"},
	"GBP": {symbol: "£"},
	"HKD": {symbol: "HK$"},
	"IDR": {symbol: "Rp", wholes: true},
	"INR": {symbol: "₹"},
	"JPY": {symbol: "JP¥", local: map[Lang]string{English: "¥"}},
	"KRW": {symbol: "₩"},
	"MOP": {symbol: "MOP$"},
	"MYR": {symbol: "RM"},
	"NZD": {symbol: "NZ$"},
	"PHP": {symbol: "₱"},
	"SGD": {symbol: "S$"},
	"THB": {symbol: "฿"},
	"TWD": {symbol: "NT$", wholes: true},
	"USD": {symbol: "US$"},
	"VND": {symbol: "₫"},
	"XTR": {symbol: "⭐"}, // Telegram Stars
}

// group puts a comma before every third digit of the whole part; the languages
// here all write it so.
func group(number string) string {
	major, rest, decimals := strings.Cut(number, ".")
	var b strings.Builder
	for i, d := range major {
		if i > 0 && (len(major)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	if decimals {
		b.WriteString("." + rest)
	}
	return b.String()
}
