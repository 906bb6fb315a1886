package tickets

import (
	"math"
	"testing"
)

func TestMoneyInMajorUnits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		m               Money
		decimal, number string
	}{
		{Money{11900, "SGD"}, "119.00", "119"},
		{Money{11950, "SGD"}, "119.50", "119.5"},
		{Money{5, "SGD"}, "0.05", "0.05"},
		{Money{-5, "SGD"}, "-0.05", "-0.05"},
		{Money{0, "SGD"}, "0.00", "0"},
		{Money{100, "SGD"}, "1.00", "1"},
		{Money{500, "JPY"}, "500", "500"},
		{Money{1234, "KWD"}, "1.234", "1.234"},
		{Money{1230, "KWD"}, "1.230", "1.23"},
		{Money{12345, "CLF"}, "1.2345", "1.2345"},
		{Money{250, "XTR"}, "250", "250"},
		{Money{math.MinInt64, "SGD"}, "-92233720368547758.08", "-92233720368547758.08"},
		{Money{math.MaxInt64, "JPY"}, "9223372036854775807", "9223372036854775807"},
	} {
		if d, n := c.m.Decimal(), c.m.Number(); d != c.decimal || n != c.number {
			t.Errorf("%d %s: %s and %s, want %s and %s", c.m.Amount, c.m.Currency, d, n, c.decimal, c.number)
		}
	}
	if s := (Money{11900, "SGD"}).String(); s != "119.00 SGD" {
		t.Error(s)
	}
}

func TestExponentsOfISO4217(t *testing.T) {
	t.Parallel()
	for c, want := range map[Currency]int{
		"SGD": 2, "USD": 2, "EUR": 2, "HKD": 2, "CNY": 2, "TWD": 2, "JPY": 0, "KRW": 0, "VND": 0, "ISK": 0, "UGX": 0, "BHD": 3, "KWD": 3, "TND": 3,
		"CLF": 4, "XTR": 0,
	} {
		if got := c.Exponent(); got != want {
			t.Errorf("%s has %d decimals, want %d", c, got, want)
		}
	}
	for c, want := range map[Currency]bool{"SGD": true, "sgd": false, "SG": false, "SGDD": false, "": false, "S1D": false} {
		if c.Valid() != want {
			t.Errorf("%q valid: %v", c, !want)
		}
	}
}

func TestFeeRoundsHalfUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fee   Fee
		total int64
		want  int64
	}{
		{Fee{}, 11900, 0},
		{Fee{BasisPoints: 340, Fixed: 50}, 11900, 455}, // 404.6 + 50
		{Fee{BasisPoints: 50}, 100, 1},                 // 0.5
		{Fee{BasisPoints: 49}, 100, 0},
		{Fee{Fixed: -50}, 100, 0},
		{Fee{BasisPoints: 10000}, maxAmount, maxAmount},
	} {
		if got := c.fee.Of(Money{c.total, "SGD"}); got.Amount != c.want || got.Currency != "SGD" {
			t.Errorf("%+v of %d: %s, want %d", c.fee, c.total, got, c.want)
		}
	}
}

func TestAPolicyGivesWhatProvidersCanSend(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		bracket RefundBracket
		price   Money
		want    int64
	}{
		{RefundBracket{Percent: 50}, Money{Amount: 4990, Currency: "KWD"}, 2490},
		{RefundBracket{Percent: 50}, Money{Amount: 4980, Currency: "KWD"}, 2490},
		{RefundBracket{Percent: 100, Fee: 5}, Money{Amount: 4990, Currency: "OMR"}, 4980},
		{RefundBracket{Percent: 100}, Money{Amount: 4995, Currency: "BHD"}, 4995}, // it came so
		{RefundBracket{Percent: 80}, Money{Amount: 12300, Currency: "MGA"}, 9800},
		{RefundBracket{Percent: 50}, Money{Amount: 99, Currency: "SGD"}, 49},
		{RefundBracket{Percent: 50}, Money{Amount: 501, Currency: "JPY"}, 250},
		{RefundBracket{Percent: 10, Fee: 900}, Money{Amount: 4990, Currency: "KWD"}, 0},
	} {
		if got := c.bracket.Of(c.price); got.Amount != c.want || got.Currency != c.price.Currency {
			t.Errorf("%+v of %s gives %s", c.bracket, c.price, got)
		}
	}
}
