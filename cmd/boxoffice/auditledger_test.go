package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"boxoffice/storage/bolt"
	"boxoffice/tickets"
)

var ledgerStart = time.Date(2026, time.March, 20, 8, 0, 0, 0, time.UTC)

// soldCharges is a store with captures pi_0 to pi_5 of 119.00 SGD, a minute apart, one partly refunded, one with a
// refund on its way, one disputed; one of another gateway, play money, and what was sold in play; and of Telegram, where
// the processor has names of its own, two of SGD, one of them with a refund settled by hand beside one that went, and one
// of Stars.
func soldCharges(t *testing.T) tickets.Store {
	t.Helper()
	s, err := bolt.Open(t.Context(), filepath.Join(t.TempDir(), "shop.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	put := func(tx tickets.Tx, n int, edit func(*tickets.Capture)) error {
		c := tickets.Capture{
			ID: tickets.CaptureID(fmt.Sprintf("cap_%024x", n)), Gateway: "stripe", Charge: fmt.Sprintf("pi_%d", n),
			Order: tickets.OrderID(fmt.Sprintf("order_%024x", n)), Amount: tickets.Money{Amount: 11900, Currency: "SGD"},
			Disposition: tickets.Applied, Applied: 11900, At: ledgerStart.Add(time.Duration(n) * time.Minute),
		}
		edit(&c)
		return tx.CreateCapture(c)
	}
	settled := func(tx tickets.Tx, id int, gateway string, n int, state tickets.RefundState, evidence string) error {
		return tx.CreateRefund(tickets.Refund{
			ID: tickets.RefundID(fmt.Sprintf("ref_%024x", id)), Gateway: gateway, Charge: fmt.Sprintf("pi_%d", n), State: state,
			Amount: tickets.Money{Amount: 1900, Currency: "SGD"}, Evidence: evidence,
		})
	}
	back := func(tx tickets.Tx, n int, state tickets.RefundState) error {
		return settled(tx, n, "stripe", n, state, "")
	}
	if err := s.Update(context.Background(), func(tx tickets.Tx) error {
		for n := range 6 {
			if err := put(tx, n, func(*tickets.Capture) {}); err != nil {
				return err
			}
		}
		for _, err := range []error{
			back(tx, 1, tickets.RefundSucceeded), back(tx, 2, tickets.RefundSubmitted), back(tx, 3, tickets.RefundFailed),
			tx.CreateDispute(tickets.Dispute{ID: "dsp_000000000000000000000004", Gateway: "stripe", Remote: "dp_4", Charge: "pi_4", State: tickets.DisputeOpen}),
			put(tx, 7, func(c *tickets.Capture) { c.Gateway = "till" }),
			put(tx, 8, func(c *tickets.Capture) {
				c.Disposition, c.Test, c.At = tickets.TestMode, true, ledgerStart.Add(time.Minute)
			}),
			put(tx, 10, func(c *tickets.Capture) { c.Gateway, c.Test = "play", true }),
			put(tx, 20, func(c *tickets.Capture) { c.Gateway, c.Processor = "telegrampay", "ch_20" }),
			put(tx, 21, func(c *tickets.Capture) { c.Gateway, c.Processor = "telegrampay", "ch_21" }),
			settled(tx, 20, "telegrampay", 20, tickets.RefundSucceeded, ""),
			settled(tx, 21, "telegrampay", 20, tickets.RefundSucceeded, "transfer 7"),
			settled(tx, 22, "telegrampay", 20, tickets.RefundFailed, "transfer 6, not paid after all"),
			put(tx, 22, func(c *tickets.Capture) { c.Gateway, c.Amount.Currency = "telegrampay", tickets.Stars }),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return s
}

// matching is the list of charges that differs in nothing.
const matching = `gateway,charge,amount,currency,refunded,disputed,status,created
stripe,pi_0,11900,SGD,0,0,succeeded,2026-03-20T08:00:00Z
stripe,pi_1,11900,SGD,1900,0,refunded,2026-03-20T08:01:00Z
stripe,pi_2,11900,SGD,1900,,succeeded,2026-03-20T08:02:00Z
stripe,pi_3,11900,SGD,0,,succeeded,2026-03-20T08:03:00Z
stripe,pi_4,11900,SGD,0,11900,succeeded,2026-03-20T08:04:00Z
stripe,pi_5,11900,SGD,,,paid,2026-03-20T08:05:00Z
`

func TestLedgerDifferencesAreListedOneByOne(t *testing.T) {
	t.Parallel()
	_, later, _ := strings.Cut(matching, "stripe,pi_4")
	s := soldCharges(t)
	for _, c := range []struct {
		name, old, new string
		want           []string
	}{
		{"nothing", "", "", nil},
		{"refund under way not counted there yet", "pi_2,11900,SGD,1900", "pi_2,11900,SGD,0", nil},
		{"amount", "pi_0,11900", "pi_0,11800", []string{"M14 stripe pi_0: 118.00 SGD there, 119.00 SGD here"}},
		{"currency", "pi_0,11900,SGD", "pi_0,11900,USD", []string{"M14 stripe pi_0: in USD there, in SGD here"}},
		{"refunded there only", "pi_0,11900,SGD,0", "pi_0,11900,SGD,500", []string{"M14 stripe pi_0: refunded 5.00 SGD there, 0.00 SGD here"}},
		{"refunded here only", "pi_1,11900,SGD,1900", "pi_1,11900,SGD,0", []string{"M14 stripe pi_1: refunded 0.00 SGD there, 19.00 SGD here"}},
		{"refunded not told", "pi_1,11900,SGD,1900", "pi_1,11900,SGD,", nil},
		{"disputed not told", "0,11900,succeeded", "0,,succeeded", nil},
		{"disputed here only", "0,11900,succeeded", "0,0,succeeded", []string{"M14 stripe pi_4: disputed false there, true here"}},
		{"there, and not here", "pi_3,", "pi_9,", []string{
			"M14 stripe pi_9: 119.00 SGD there, and not here",
			"M14 stripe pi_3: 119.00 SGD here, of order order_000000000000000000000003, and not in the list",
		}},
		{"twice", "pi_3,", "pi_4,", []string{
			"M14 stripe pi_4: it is in the list twice",
			"M14 stripe pi_3: 119.00 SGD here, of order order_000000000000000000000003, and not in the list",
		}},
		{"differences that cancel out", "pi_0,11900,SGD,0,0,succeeded,2026-03-20T08:00:00Z\nstripe,pi_1,11900", "pi_0,11800,SGD,0,0,succeeded,2026-03-20T08:00:00Z\nstripe,pi_1,12000", []string{
			"M14 stripe pi_0: 118.00 SGD there, 119.00 SGD here", "M14 stripe pi_1: 120.00 SGD there, 119.00 SGD here",
		}},
		{"only part of the time", "stripe,pi_4" + later, "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := differences(t, s, strings.Replace(matching, c.old, c.new, 1), ""); !slices.Equal(got, c.want) {
				t.Errorf("differences\n %q, want\n %q", got, c.want)
			}
		})
	}
}

// differences is what the store and a list of charges differ in.
func differences(t *testing.T, s tickets.Store, raw, gateway string) []string {
	t.Helper()
	list, err := readCharges([]byte(raw), gateway)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	if err := s.View(context.Background(), func(r tickets.Reader) error {
		got = nil
		return oddities(r, list, func(line string) { got = append(got, line) })
	}); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestLedgerTellsOfMoneyThatTheProviderHasNot(t *testing.T) {
	t.Parallel()
	s := soldCharges(t)
	bounced := []string{"M14 stripe pi_0: no money there (failed), 119.00 SGD here"}
	for _, c := range []struct {
		name, list string
		want       []string
	}{
		{"the only row", "gateway,charge,amount,currency,status,created\nstripe,pi_0,11900,SGD,failed,2026-03-20T08:00:00Z\n", bounced},
		{"without an amount", "gateway,charge,amount,currency,status,created\nstripe,pi_0,,,failed,2026-03-20T08:00:00Z\n", bounced},
		{"among others", strings.Replace(matching, "0,0,succeeded", "0,0,failed", 1), bounced},
		{"Stripe's export", "id,Created date (UTC),Amount,Currency,Status,PaymentIntent ID\nch_0,2026-03-20 08:00:00,119.00,sgd,Failed,pi_0\n", bounced},
		{"JSON", `[{"id": "ch_0", "payment_intent": "pi_0", "amount": 11900, "currency": "sgd", "status": "failed", "created": 1773993600}]`, bounced},
		{
			"JSON, held only", `[{"id": "ch_0", "payment_intent": "pi_0", "amount": 11900, "currency": "sgd", "status": "succeeded", "captured": false, "created": 1773993600}]`,
			[]string{"M14 stripe pi_0: no money there (uncaptured), 119.00 SGD here"},
		},
		{"tried in vain, then paid", strings.Replace(matching, "stripe,pi_1", "stripe,pi_0,11900,SGD,,,failed,2026-03-20T08:00:10Z\nstripe,pi_1", 1), nil},
		{"told once", "gateway,charge,amount,currency,status,created\nstripe,pi_0,,,failed,2026-03-20T08:00:00Z\nstripe,pi_0,,,canceled,2026-03-20T08:00:00Z\n", bounced},
		{"not ours", matching + "stripe,pi_77,11900,SGD,,,failed,2026-03-20T08:05:00Z\n", nil},
		{"play money", matching + "stripe,pi_8,11900,SGD,,,failed,2026-03-20T08:05:00Z\n", nil},
		{"the list's time goes on to it", "gateway,charge,amount,currency,status,created\nstripe,pi_0,11900,SGD,paid,2026-03-20T08:00:00Z\nstripe,pi_77,,,failed,2026-03-20T08:01:30Z\n", []string{
			"M14 stripe pi_1: 119.00 SGD here, of order order_000000000000000000000001, and not in the list",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := differences(t, s, c.list, ""); !slices.Equal(got, c.want) {
				t.Errorf("differences\n %q, want\n %q", got, c.want)
			}
		})
	}
}

func TestLedgerTellsRealMoneyFromPlay(t *testing.T) {
	t.Parallel()
	s := soldCharges(t)
	row := func(gateway string, n int, mode string) string {
		return fmt.Sprintf("gateway,charge,amount,currency,mode,created\n%s,pi_%d,11900,SGD,%s,2026-03-20T07:59:00Z\n", gateway, n, mode)
	}
	object := func(n int, live bool) string {
		return fmt.Sprintf(`[{"id": "pi_%d", "amount": 11900, "currency": "sgd", "status": "succeeded", "livemode": %t, "created": 1773993540}]`, n, live)
	}
	for _, c := range []struct {
		name, list, want string
	}{
		{"play here, live there", row("stripe", 8, "Live"), "M14 stripe pi_8: 119.00 SGD there, counted as play money here"},
		{"play here, not said there", row("stripe", 8, ""), "M14 stripe pi_8: 119.00 SGD there, counted as play money here"},
		{"play in both", row("stripe", 8, "Test"), ""},
		{"play here, live there, JSON", object(8, true), "M14 stripe pi_8: 119.00 SGD there, counted as play money here"},
		{"play in both, JSON", object(8, false), ""},
		{"real here, test there", row("stripe", 0, "test"), "M14 stripe pi_0: play money there, 119.00 SGD here"},
		{"real here, test there, JSON", object(0, false), "M14 stripe pi_0: play money there, 119.00 SGD here"},
		{"real in both", row("stripe", 0, "live"), ""},
		{"real in both, JSON", object(0, true), ""},
		{"sold in play, live there", row("play", 10, "live"), "M14 play pi_10: 119.00 SGD there, counted as play money here"},
		{"sold in play, not said there", row("play", 10, ""), ""},
		{"sold in play, test there", row("play", 10, "test"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(differences(t, s, c.list, ""), "\n"); got != c.want {
				t.Errorf("differences %q, want %q", got, c.want)
			}
		})
	}
}

func TestLedgerOfAProcessorNamesTelegramsChargesItsWay(t *testing.T) {
	t.Parallel()
	s := soldCharges(t)
	const (
		head   = "gateway,charge,amount,currency,status,created\n"
		first  = "telegrampay,ch_20,11900,SGD,paid,2026-03-20T08:20:00Z\n"
		second = "telegrampay,ch_21,11900,SGD,paid,2026-03-20T08:21:00Z\n"
		end    = "telegrampay,ch_77,,,failed,2026-03-20T08:30:00Z\n"
		stars  = "telegrampay,pi_22,11900,XTR,paid,2026-03-20T08:22:00Z\n"
	)
	for _, c := range []struct {
		name, list string
		want       []string
	}{
		{"all of its money", head + first + second + end, nil},
		{"by Telegram's names", head + strings.NewReplacer("ch_", "pi_").Replace(first+second), nil},
		{"amount", head + strings.Replace(first, "11900", "11800", 1) + second, []string{"M14 telegrampay ch_20: 118.00 SGD there, 119.00 SGD here"}},
		{"bounced", head + strings.Replace(first, "paid", "failed", 1) + second, []string{"M14 telegrampay ch_20: no money there (failed), 119.00 SGD here"}},
		{"twice, by both names", head + first + strings.Replace(first, "ch_", "pi_", 1), []string{"M14 telegrampay pi_20: it is in the list twice"}},
		{"not in the list", head + first + end, []string{
			"M14 telegrampay pi_21: 119.00 SGD here, of order order_000000000000000000000015, and not in the list",
		}},
		{"Stars", head + stars, nil},
		{"Stars, and not in their list", head + strings.Replace(stars, "pi_22", "pi_78", 1), []string{
			"M14 telegrampay pi_78: 11900 XTR there, and not here",
			"M14 telegrampay pi_22: 11900 XTR here, of order order_000000000000000000000016, and not in the list",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := differences(t, s, c.list, ""); !slices.Equal(got, c.want) {
				t.Errorf("differences\n %q, want\n %q", got, c.want)
			}
		})
	}
}

func TestLedgerMayHaveARefundThatWasSettledByHand(t *testing.T) {
	t.Parallel()
	s := soldCharges(t)
	for _, c := range []struct {
		gateway, charge string
		refunded        int
		want            string
	}{
		{"telegrampay", "ch_20", 0, "refunded 0.00 SGD there, 19.00 SGD to 38.00 SGD here"},
		{"telegrampay", "ch_20", 1900, ""},
		{"telegrampay", "ch_20", 3800, ""},
		{"telegrampay", "ch_20", 3801, "refunded 38.01 SGD there, 19.00 SGD to 38.00 SGD here"},
		{"stripe", "pi_2", 2000, "refunded 20.00 SGD there, 0.00 SGD to 19.00 SGD here"},
	} {
		list := fmt.Sprintf("gateway,charge,amount,currency,refunded,created\n%s,%s,11900,SGD,%d,2026-03-20T07:00:00Z\n", c.gateway, c.charge, c.refunded)
		if c.want != "" {
			c.want = "M14 " + c.gateway + " " + c.charge + ": " + c.want
		}
		if got := strings.Join(differences(t, s, list, ""), "\n"); got != c.want {
			t.Errorf("refunded %d: %q, want %q", c.refunded, got, c.want)
		}
	}
}

func TestLedgerReadsEveryPageOfAList(t *testing.T) {
	t.Parallel()
	object := func(id string) string {
		return fmt.Sprintf(`{"id": %q, "amount": 5, "currency": "sgd", "created": 1774000000}`, id)
	}
	page := func(more bool, ids ...string) string {
		var rows []string
		for _, id := range ids {
			rows = append(rows, object(id))
		}
		return fmt.Sprintf("{\"object\": \"list\", \"data\": [%s],\n \"has_more\": %t, \"url\": \"/v1/charges\"}\n", strings.Join(rows, ", "), more)
	}
	const goesOn = "has_more is true: the list goes on; give all its pages, one after the other"
	for _, c := range []struct {
		name, list, want, err string
	}{
		{"one page", page(false, "a", "b"), "a b", ""},
		{"one after the other", page(true, "a", "b") + page(true, "c") + page(false, "d"), "a b c d", ""},
		{"arrays", "[" + object("a") + "]\n[" + object("b") + "][]", "a b", ""},
		{"told before the charges", `{"has_more": false, "data": [` + object("a") + `]}`, "a", ""},
		{"only the first", page(true, "a"), "", goesOn},
		{"without the last", page(true, "a") + page(true, "b"), "", goesOn},
		{"told before the charges that it goes on", `{"has_more": true, "data": [` + object("a") + `]}`, "", goesOn},
		{"then something else", page(false, "a") + "and so on", "", "line 3, column 1: invalid character 'a' looking for beginning of value"},
		{"then a bracket too many", page(false, "a") + " ]", "", "line 3, column 2: invalid character ']' looking for beginning of value"},
		{"then a comma", "[" + object("a") + "],\n", "", "line 1, column 69: invalid character ',' looking for beginning of value"},
		{"then what is no list", page(false, "a") + "17", "", "line 3, column 1: this is no list of charges"},
		{"then an object without charges", page(false, "a") + `{"error": "too many requests"}`, "", `line 3, column 1: there is no "data"`},
		{"broken in the second charge", "[" + object("a") + ",\n {\"id\": \"b\",\n  \"amount\": 5;}]", "", "line 3, column 14: invalid character ';' after object key:value pair"},
		{"charges without a comma", "[" + object("a") + "\n " + object("b") + "]", "", "line 2, column 2: expected comma after array element"},
		{"keys without a comma", `{"data": [] "has_more": false}`, "", "line 1, column 13: invalid character '\"' after object key:value pair"},
		{"broken in what is passed over", `{"data": [], "url": [}}`, "", "line 1, column 22: invalid character '}' looking for beginning of value"},
		{"not closed", `{"data": [` + object("a") + "]\n", "", "line 2, column 1: unexpected EOF"},
		{"has_more is no yes or no", `{"data": [], "has_more": "perhaps"}`, "", `line 1, column 35: has_more is neither true nor false`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			list, err := readCharges([]byte(c.list), "")
			if err != nil {
				if c.err == "" || !strings.Contains(err.Error(), c.err) {
					t.Errorf("error %q, want %q", err, c.err)
				}
				return
			}
			var ids []string
			for _, x := range list {
				ids = append(ids, x.names[0])
			}
			if got := strings.Join(ids, " "); got != c.want || c.err != "" {
				t.Errorf("read %q, want %q, %q", got, c.want, c.err)
			}
		})
	}
}

func TestLedgerNamesTheFirstTwentyFaultsOfAList(t *testing.T) {
	t.Parallel()
	const many = 20_000
	rows := func(begin, row, end string) string { return begin + strings.Repeat(row, many) + end }
	for _, c := range []struct{ name, list, first, twentieth, last string }{
		{
			"CSV", rows("gateway,charge,amount,currency,created\n", "stripe,pi_1,much,SGD,1774000000\n", ""),
			`line 2, column 13: amount "much" is not a number`, `line 21, column 13: amount "much" is not a number`, "and 19980 more",
		},
		{
			"CSV, cut", rows("gateway,charge,amount,currency,created\n", "stripe,pi_1\n", "\"stripe"),
			"line 2, column 1: wrong number of fields", "line 21, column 1: wrong number of fields", `line 20002, column 8: extraneous or missing " in quoted-field`,
		},
		{
			"JSON", rows("[\n", ` {"id": "ch_1", "created": 1774000000},`+"\n", ` {"id": "ch_1", "created": 1774000000}]`),
			"line 2, column 2: charge ch_1 has no amount", "line 21, column 2: charge ch_1 has no amount", "and 19981 more",
		},
		{
			"JSON, in one line", rows("[", `{"id": 1},`, `{"id": 2}]`),
			`line 1, column 9: "id" is a number`, `line 1, column 199: "id" is a number`, "and 19981 more",
		},
		{
			"JSON, cut", rows("[\n", `{"id": 1},`+"\n", ""),
			`line 2, column 8: "id" is a number`, `line 21, column 8: "id" is a number`, "line 20002, column 1: unexpected EOF",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := readCharges([]byte(c.list), "")
			if err == nil {
				t.Fatal("no error")
			}
			lines := strings.Split(err.Error(), "\n")
			if lines[0] != c.first || len(lines) < 21 || lines[19] != c.twentieth || lines[len(lines)-1] != c.last || len(lines) > 22 {
				t.Errorf("%d lines, %q, %q, %q", len(lines), lines[0], lines[min(19, len(lines)-1)], lines[len(lines)-1])
			}
		})
	}
}

func FuzzReadCharges(f *testing.F) {
	f.Add([]byte(matching))
	f.Add([]byte("id,Created (UTC),Amount,Currency\nch_1,2026-03-20 08:36,1.50,sgd\n"))
	f.Add([]byte(`{"object":"list","data":[{"id":"ch_1","amount":5,"currency":"sgd","created":1}]}`))
	f.Add([]byte(`{"data":[],"has_more":true}{"has_more":false,"data":[{"id":"ch_1","amount":5,"currency":"sgd","created":1}]}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		list, err := readCharges(raw, "")
		for _, c := range list {
			if err == nil && (len(c.names) == 0 || c.amount.Amount < 0 || c.refunded != nil && *c.refunded < 0 || !c.amount.Currency.Valid() || c.gateway == "") {
				t.Errorf("read %+v", c)
			}
		}
	})
}
