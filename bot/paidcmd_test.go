package bot

import (
	"testing"

	"boxoffice/tickets"
)

func TestANumberBeforeTheReasonIsAReferenceUnlessItIsAnAmount(t *testing.T) {
	t.Parallel()
	sgd, jpy := tickets.Money{Amount: 11900, Currency: "SGD"}, tickets.Money{Amount: 12000, Currency: "JPY"}
	for _, c := range []struct {
		word  string
		due   tickets.Money
		minor int64
		ok    bool
	}{
		{"20250901", sgd, 0, false},
		{"4711", sgd, 0, false},
		{"50", sgd, 0, false},
		{"119", sgd, 11900, true},
		{"50.00", sgd, 5000, true},
		{"130.50", sgd, 13050, true},
		{"0.00", sgd, 0, false},
		{"-5.00", sgd, 0, false},
		{"FT-4711", sgd, 0, false},
		{"1.234", sgd, 0, false},
		{"12000", jpy, 12000, true},
		{"5000", jpy, 5000, true},
		{"20250901", jpy, 0, false},
	} {
		if minor, ok := amountTyped(c.word, c.due); ok != c.ok || ok && minor != c.minor {
			t.Errorf("%q of %s: %d, %v", c.word, c.due, minor, ok)
		}
	}
}
