package stripe

import (
	"math"
	"strings"

	"boxoffice/tickets"
)

// decimals lists the currencies whose amounts Stripe does not count in hundredths (docs.stripe.com/currencies). Its
// unit differs from the minor unit of ISO 4217 for ISK and UGX, which have no decimals but are sent as if they had
// two, and for MGA, which has two but is sent in whole ariary.
var decimals = map[tickets.Currency]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "JPY": 0, "KMF": 0, "KRW": 0, "MGA": 0, "PYG": 0, "RWF": 0, "VND": 0,
	"VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3,
}

// shift is by how many powers of ten Stripe's unit is smaller than the minor unit of ISO 4217.
func shift(c tickets.Currency) int {
	d, ok := decimals[c]
	if !ok {
		d = 2
	}
	return d - c.Exponent()
}

// toStripe converts to Stripe's unit and lower-case code. It fails with Invalid for what Stripe cannot collect exactly:
// Stars, parts of an ariary, and thousandths of a dinar, whose last digit must be 0.
func toStripe(m tickets.Money) (amount int64, currency string, err error) {
	if !m.Currency.Valid() || m.Currency == "XTR" || m.Amount < 0 {
		return 0, "", tickets.Refuse(tickets.Invalid, "stripe cannot collect %s", m)
	}
	amount = m.Amount
	n := shift(m.Currency)
	for ; n > 0; n-- {
		if amount > math.MaxInt64/10 {
			return 0, "", tickets.Refuse(tickets.Invalid, "%s is too large for stripe", m)
		}
		amount *= 10
	}
	for ; n < 0; n++ {
		if amount%10 != 0 {
			return 0, "", tickets.Refuse(tickets.Invalid, "stripe cannot collect %s exactly", m)
		}
		amount /= 10
	}
	if decimals[m.Currency] == 3 && amount%10 != 0 {
		return 0, "", tickets.Refuse(tickets.Invalid, "stripe cannot collect %s: its last digit must be 0", m)
	}
	return amount, strings.ToLower(string(m.Currency)), nil
}

// fromStripe converts what Stripe collected. A part of a minor unit, which no real payment has, is dropped: never more
// is recorded than arrived. It fails with Invalid for what is not an amount of money.
func fromStripe(amount int64, currency string) (tickets.Money, error) {
	m := tickets.Money{Amount: amount, Currency: tickets.Currency(strings.ToUpper(currency))}
	if !m.Currency.Valid() || amount < 0 {
		return tickets.Money{}, tickets.Refuse(tickets.Invalid, "stripe says %d %q", amount, currency)
	}
	n := shift(m.Currency)
	for ; n > 0; n-- {
		m.Amount /= 10
	}
	for ; n < 0; n++ {
		if m.Amount > math.MaxInt64/10 {
			return tickets.Money{}, tickets.Refuse(tickets.Invalid, "stripe says %d %q", amount, currency)
		}
		m.Amount *= 10
	}
	return m, nil
}

// Amount is an amount as Stripe's API has it, in ours. It fails with Invalid for what does not fit a currency's minor
// unit.
func Amount(amount int64, currency string) (tickets.Money, error) {
	return fromStripe(amount, currency)
}
