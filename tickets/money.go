package tickets

import (
	"strconv"
	"strings"
)

// Currency is an ISO 4217 code in upper case, or XTR for Telegram Stars.
type Currency string

// Stars is the currency of Telegram's own in-app money; it has no minor unit.
const Stars Currency = "XTR"

// exponents lists the currencies whose minor unit is not 1/100 (ISO 4217, list one of 2024), and Stars.
var exponents = map[Currency]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
	"UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0, "XTR": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

// Exponent is the number of decimals of the currency's minor unit (ISO 4217): 2 for SGD, 0 for JPY, 3 for KWD.
// A provider's own unit may differ; converting is its adapter's work.
func (c Currency) Exponent() int {
	if e, ok := exponents[c]; ok {
		return e
	}
	return 2
}

// step is the least that providers move, in minor units: hundredths also of currencies that have more decimals, and whole
// ariary.
func (c Currency) step() int64 {
	step := int64(1)
	if c == "MGA" {
		step = 100
	}
	for range c.Exponent() - 2 {
		step *= 10
	}
	return step
}

// Valid reports whether c is three upper-case letters.
func (c Currency) Valid() bool {
	if len(c) != 3 {
		return false
	}
	for _, r := range c {
		if r < 'A' || r > 'Z' {
			return false
		}
	}
	return true
}

// Money is an amount in the currency's minor unit (ISO 4217). There are no floats in money.
type Money struct {
	Amount   int64    `json:"amount"`
	Currency Currency `json:"currency"`
}

// String is for logs: "119.00 SGD".
func (m Money) String() string { return m.Decimal() + " " + string(m.Currency) }

// Decimal is the amount in major units with all its decimals: "119.00", "-0.05", "500" for JPY.
func (m Money) Decimal() string {
	e := m.Currency.Exponent()
	sign, u := "", uint64(m.Amount)
	if m.Amount < 0 {
		sign, u = "-", uint64(-(m.Amount+1))+1
	}
	s := strconv.FormatUint(u, 10)
	if e == 0 {
		return sign + s
	}
	if len(s) <= e {
		s = strings.Repeat("0", e+1-len(s)) + s
	}
	return sign + s[:len(s)-e] + "." + s[len(s)-e:]
}

// Number is the amount in major units as a JSON number without trailing zeros: 119, 119.5, 0.05.
func (m Money) Number() string {
	s := m.Decimal()
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// Fee is what a payment method costs the customer on top: a share in basis points (1/100 %) and a fixed amount in
// minor units of the order's currency. The zero Fee is free.
type Fee struct {
	BasisPoints int64 `json:"basis_points,omitempty"`
	Fixed       int64 `json:"fixed,omitempty"`
}

// Of returns the fee on total, rounded half up to a minor unit; never negative.
func (f Fee) Of(total Money) Money {
	part := (total.Amount*f.BasisPoints + 5000) / 10000
	return Money{max(part+f.Fixed, 0), total.Currency}
}
