package stripe

import (
	"errors"
	"math"
	"testing"

	"boxoffice/tickets"
)

func TestAmountsConvertBothWays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		money  tickets.Money
		amount int64
		code   string
	}{
		{tickets.Money{Amount: 11900, Currency: "SGD"}, 11900, "sgd"},
		{tickets.Money{Amount: 1, Currency: "HKD"}, 1, "hkd"},
		{tickets.Money{Amount: 35050, Currency: "TWD"}, 35050, "twd"},
		{tickets.Money{Amount: 99900, Currency: "HUF"}, 99900, "huf"},
		{tickets.Money{Amount: 500, Currency: "JPY"}, 500, "jpy"},
		{tickets.Money{Amount: 12000, Currency: "KRW"}, 12000, "krw"},
		{tickets.Money{Amount: 99999, Currency: "VND"}, 99999, "vnd"},
		{tickets.Money{Amount: 5, Currency: "CLP"}, 5, "clp"},
		{tickets.Money{Amount: 2500, Currency: "ISK"}, 250000, "isk"},
		{tickets.Money{Amount: 7, Currency: "UGX"}, 700, "ugx"},
		{tickets.Money{Amount: 50000, Currency: "MGA"}, 500, "mga"},
		{tickets.Money{Amount: 12340, Currency: "KWD"}, 12340, "kwd"},
		{tickets.Money{Amount: 10, Currency: "BHD"}, 10, "bhd"},
		{tickets.Money{Amount: 990, Currency: "TND"}, 990, "tnd"},
		{tickets.Money{Amount: 12340, Currency: "IQD"}, 1234, "iqd"},
		{tickets.Money{Amount: 0, Currency: "USD"}, 0, "usd"},
	} {
		amount, code, err := toStripe(c.money)
		if err != nil || amount != c.amount || code != c.code {
			t.Errorf("%s: %d %s, %v; want %d %s", c.money, amount, code, err, c.amount, c.code)
		}
		if back, err := fromStripe(c.amount, c.code); err != nil || back != c.money {
			t.Errorf("%d %s: %s, %v; want %s", c.amount, c.code, back, err, c.money)
		}
	}
}

func TestAmountsThatStripeCannotCollectAreRefused(t *testing.T) {
	t.Parallel()
	for _, m := range []tickets.Money{
		{Amount: 12345, Currency: "KWD"}, {Amount: 1, Currency: "OMR"}, {Amount: 50001, Currency: "MGA"}, {Amount: 1, Currency: "IQD"},
		{Amount: 1, Currency: "XTR"}, {Amount: -1, Currency: "SGD"}, {Amount: 1, Currency: "sgd"}, {Amount: 1},
		{Amount: math.MaxInt64, Currency: "ISK"},
	} {
		if n, code, err := toStripe(m); !errors.Is(err, tickets.Invalid) {
			t.Errorf("%s: %d %s, %v", m, n, code, err)
		}
	}
}

func TestAmountsThatCannotBeMoneyAreRefusedAndPartsDropped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		amount int64
		code   string
	}{{-1, "sgd"}, {1, ""}, {1, "dollars"}, {1, "s1d"}, {math.MaxInt64, "mga"}} {
		if m, err := fromStripe(c.amount, c.code); !errors.Is(err, tickets.Invalid) {
			t.Errorf("%d %q: %s, %v", c.amount, c.code, m, err)
		}
	}
	if m, err := fromStripe(250099, "ISK"); err != nil || m != (tickets.Money{Amount: 2500, Currency: "ISK"}) {
		t.Errorf("%s, %v", m, err)
	}
}
