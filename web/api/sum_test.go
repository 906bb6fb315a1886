package api

import (
	"encoding/json"
	"testing"

	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

func TestSumsAreWrittenAsThePaymentResourceHasThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		money tickets.Money
		want  string
	}{
		{tickets.Money{Amount: 62300, Currency: "TWD"}, `{"cents":623,"currency_symbol":"NT$","currency_iso":"TWD","label":"NT$623","dollars":623}`},
		{tickets.Money{Amount: 5100, Currency: "TWD"}, `{"cents":51,"currency_symbol":"NT$","currency_iso":"TWD","label":"NT$51","dollars":51}`},
		{tickets.Money{Amount: 5150, Currency: "TWD"}, `{"cents":52,"currency_symbol":"NT$","currency_iso":"TWD","label":"NT$51.50","dollars":51.5}`},
		{tickets.Money{Amount: -5150, Currency: "TWD"}, `{"cents":-52,"currency_symbol":"NT$","currency_iso":"TWD","label":"-NT$51.50","dollars":-51.5}`},
		{tickets.Money{Amount: 0, Currency: "TWD"}, `{"cents":0,"currency_symbol":"NT$","currency_iso":"TWD","label":"","dollars":0}`},
		{tickets.Money{Amount: 11900, Currency: "SGD"}, `{"cents":11900,"currency_symbol":"S$","currency_iso":"SGD","label":"S$119.00","dollars":119}`},
		{tickets.Money{Amount: 11950, Currency: "SGD"}, `{"cents":11950,"currency_symbol":"S$","currency_iso":"SGD","label":"S$119.50","dollars":119.5}`},
		{tickets.Money{Amount: 500, Currency: "JPY"}, `{"cents":500,"currency_symbol":"¥","currency_iso":"JPY","label":"¥500","dollars":500}`},
		{tickets.Money{Amount: 1250, Currency: "KWD"}, `{"cents":1250,"currency_symbol":"KWD","currency_iso":"KWD","label":"KWD 1.250","dollars":1.25}`},
		{tickets.Money{Amount: 1234567800, Currency: "USD"}, `{"cents":1234567800,"currency_symbol":"US$","currency_iso":"USD","label":"US$12,345,678.00","dollars":12345678}`},
	} {
		got, err := json.Marshal(sumOf(c.money, text.For(text.English)))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v\nwant %s", c.money, got, err, c.want)
		}
	}
}

func TestOrderCarriesItsAmountUnderItsCurrency(t *testing.T) {
	t.Parallel()
	for currency, want := range map[tickets.Currency]string{"SGD": "119.5", "JPY": "11950"} {
		m := tickets.Money{Amount: 11950, Currency: currency}
		b, err := json.Marshal(orderJSON{QuoteAmount: json.Number(m.Number()), Currency: currency})
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]json.RawMessage
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%v in %s", err, b)
		}
		name := map[tickets.Currency]string{"SGD": "quote_amount_sgd", "JPY": "quote_amount_jpy"}[currency]
		if string(got[name]) != want || string(got["quote_amount"]) != want {
			t.Errorf("%s: %s", currency, b)
		}
	}
}

func TestMethodsAreNamedInEveryLanguage(t *testing.T) {
	t.Parallel()
	if got := methodNames("card"); got["en"] != "Card" || got["zh-cn"] != "银行卡" || got["zh-hant"] != "信用卡" || len(got) != 3 {
		t.Errorf("%v", got)
	}
	if got := methodNames("atome"); got["en"] != "atome" || got["zh-hant"] != "atome" {
		t.Errorf("a method without a name: %v", got)
	}
}

func TestCardIsFoundWhereverTheProviderPutsIt(t *testing.T) {
	t.Parallel()
	deep := `{"data":{"object":{"charges":[{"payment_method_details":{"card":{"brand":"visa","last4":"4242"}}}]}}}`
	for name, c := range map[string]struct {
		p    tickets.Payment
		want card
	}{
		"in the notice":     {tickets.Payment{Notified: json.RawMessage(deep)}, card{"visa", "4242"}},
		"at creation":       {tickets.Payment{Created: json.RawMessage(deep), Notified: json.RawMessage(`{"a":1}`)}, card{"visa", "4242"}},
		"no card":           {tickets.Payment{Notified: json.RawMessage(`{"last4":null,"x":[{"last4":"12345"}]}`)}, card{}},
		"nothing":           {tickets.Payment{}, card{}},
		"no JSON":           {tickets.Payment{Notified: json.RawMessage(`{`)}, card{}},
		"without a brand":   {tickets.Payment{Notified: json.RawMessage(`{"last4":"0005"}`)}, card{"", "0005"}},
		"the first by name": {tickets.Payment{Notified: json.RawMessage(`{"b":{"last4":"2222"},"a":{"last4":"1111"}}`)}, card{"", "1111"}},
	} {
		if got := cardOf(c.p); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
