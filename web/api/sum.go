package api

import (
	"encoding/json"
	"strings"

	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// sumJSON is an amount in the shape of the payment resource, which other systems fixed: dollars is major units; cents
// is whole dollars for the currencies in wholeCents, minor units (ISO 4217) for others.
type sumJSON struct {
	Cents          int64            `json:"cents"`
	CurrencySymbol string           `json:"currency_symbol"`
	CurrencyISO    tickets.Currency `json:"currency_iso"`
	Label          string           `json:"label"` // as people write it; empty for zero
	Dollars        json.Number      `json:"dollars"`
}

// wholeCents lists currencies whose "cents" are whole dollars in this shape, although ISO 4217 gives them a minor
// unit: the systems that the shape comes from count them without.
var wholeCents = map[tickets.Currency]bool{"TWD": true}

func sumOf(m tickets.Money, p *text.Printer) sumJSON {
	s := sumJSON{
		Cents: m.Amount, CurrencySymbol: symbol(m.Currency, p), CurrencyISO: m.Currency, Dollars: json.Number(m.Number()),
	}
	if wholeCents[m.Currency] {
		s.Cents = toWhole(m)
	}
	if m.Amount != 0 {
		s.Label = p.Money(m)
	}
	return s
}

// toWhole is an amount in major units, rounded half away from zero: shops that sell in such a currency charge no
// fractions of it.
func toWhole(m tickets.Money) int64 {
	unit := int64(1)
	for range m.Currency.Exponent() {
		unit *= 10
	}
	half := unit / 2
	if m.Amount < 0 {
		half = -half
	}
	return (m.Amount + half) / unit
}

// symbol is how a currency is written beside an amount.
func symbol(c tickets.Currency, p *text.Printer) string {
	return strings.TrimRight(p.Money(tickets.Money{Currency: c}), "0., ")
}
