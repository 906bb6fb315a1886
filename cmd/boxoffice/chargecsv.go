package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"boxoffice/tickets"
)

// columns are where a CSV list has what; -1 is nowhere.
type columns struct {
	gateway, charge, id, amount, currency, refunded, disputed, status, mode, created int
	major                                                                            bool // amounts are decimals of major units
}

func findColumns(header []string) (columns, error) {
	at := func(names ...string) int {
		for i, h := range header {
			if slices.Contains(names, strings.ToLower(strings.TrimSpace(h))) {
				return i
			}
		}
		return -1
	}
	c := columns{
		gateway: at("gateway"), charge: at("charge"), id: -1, amount: at("amount"), currency: at("currency"), refunded: at("refunded"),
		disputed: at("disputed"), status: at("status"), mode: at("mode"), created: at("created"),
	}
	if c.charge < 0 {
		c.major = true
		c.id, c.charge = at("id"), at("paymentintent id", "payment intent id")
		c.refunded, c.created = at("amount refunded"), at("created (utc)", "created date (utc)")
		if c.disputed = at("disputed amount"); c.disputed < 0 {
			c.disputed = at("dispute status")
		}
	}
	var missing []string
	for name, i := range map[string]int{"charge, or id": max(c.charge, c.id), "amount": c.amount, "currency": c.currency, "created": c.created} {
		if i < 0 {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return c, fmt.Errorf("line 1: no column for %s; a list has gateway,charge,amount,currency,refunded,disputed,status,mode,created, or is Stripe's export of payments", strings.Join(missing, "; "))
	}
	return c, nil
}

func readCSVCharges(raw []byte, gateway string) ([]charge, error) {
	r := csv.NewReader(bytes.NewReader(raw))
	r.TrimLeadingSpace = true
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("line 1: the list is empty")
	}
	if err != nil {
		return nil, csvError(err)
	}
	cols, err := findColumns(header)
	if err != nil {
		return nil, err
	}
	var out []charge
	row := csvRow{reader: r}
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, row.faults.err(nil)
		}
		if err != nil && !errors.Is(err, csv.ErrFieldCount) {
			return nil, row.faults.err(csvError(err))
		}
		if err != nil {
			row.faults.add(func() error { return csvError(err) })
			continue
		}
		row.fields = fields
		out = append(out, row.charge(cols, gateway))
	}
}

func csvError(err error) error {
	var p *csv.ParseError
	if errors.As(err, &p) {
		return fmt.Errorf("line %d, column %d: %w", p.Line, p.Column, p.Err)
	}
	return err
}

// csvRow reads the fields of one line after the other.
type csvRow struct {
	fields []string
	reader *csv.Reader
	faults faults // of all
}

func (r *csvRow) text(i int) string {
	if i < 0 || i >= len(r.fields) {
		return ""
	}
	return strings.TrimSpace(r.fields[i])
}

func (r *csvRow) wrong(i int, format string, args ...any) {
	r.faults.add(func() error {
		line, col := r.reader.FieldPos(i)
		return fmt.Errorf("line %d, column %d: "+format, append([]any{line, col}, args...)...)
	})
}

// charge reads the row.
func (r *csvRow) charge(cols columns, gateway string) charge {
	c := charge{gateway: gateway}
	if own := r.text(cols.gateway); own != "" {
		c.gateway = own
	} else if c.gateway == "" {
		c.gateway = "stripe"
	}
	for _, i := range []int{cols.charge, cols.id} {
		if name := r.text(i); name != "" {
			c.names = append(c.names, name)
		}
	}
	if len(c.names) == 0 {
		r.wrong(max(cols.charge, cols.id), "the charge has no name")
	}
	c.amount.Currency = tickets.Currency(strings.ToUpper(r.text(cols.currency)))
	if status := strings.ToLower(r.text(cols.status)); slices.Contains(otherStatuses, status) {
		c.lack = status
	} else {
		if !slices.Contains(moneyStatuses, status) {
			r.wrong(cols.status, "status %q is not known", status)
		}
		r.money(cols, &c)
	}
	var err error
	if c.created, err = moment(r.text(cols.created)); err != nil {
		r.wrong(cols.created, "%v", err)
	}
	return c
}

// money reads what a row with money has besides.
func (r *csvRow) money(cols columns, c *charge) {
	if !c.amount.Currency.Valid() {
		r.wrong(cols.currency, "currency %q is not three letters", r.text(cols.currency))
	}
	c.amount.Amount = r.amount(cols.amount, cols.major, c.amount.Currency)
	if r.text(cols.refunded) != "" {
		back := r.amount(cols.refunded, cols.major, c.amount.Currency)
		c.refunded = &back
	}
	if word := strings.ToLower(r.text(cols.disputed)); word != "" {
		yes := !slices.Contains([]string{"0", "0.00", "false", "no"}, word)
		c.disputed = &yes
	}
	switch word := strings.ToLower(r.text(cols.mode)); word {
	case "":
	case "live", "test":
		test := word == "test"
		c.test = &test
	default:
		r.wrong(cols.mode, "mode %q is neither live nor test", word)
	}
}

func (r *csvRow) amount(i int, major bool, cur tickets.Currency) int64 {
	decimals, text := 0, r.text(i)
	if major {
		decimals = cur.Exponent()
	} else if strings.Contains(text, ".") {
		r.wrong(i, "amount %q is not in minor units, which have no decimals", text)
		return 0
	}
	n, err := decimal(text, decimals)
	if err != nil {
		r.wrong(i, "%v", err)
	}
	return n
}
