package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"boxoffice/checkout/stripe"
	"boxoffice/tickets"
)

// charge is one row of a provider's list of charges: money that arrived there.
type charge struct {
	gateway  string
	names    []string // the provider's names of the payment, the one we keep first
	amount   tickets.Money
	refunded *int64 // nil when the list does not say
	disputed *bool  // the same
	created  time.Time
}

// readCharges reads a list of charges: JSON as Stripe's API answers it, or CSV with our columns or Stripe's. gateway is
// whose list it is where it does not say; "" is Stripe's. Every problem is reported at once, with line and column.
func readCharges(raw []byte, gateway string) ([]charge, error) {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	start := bytes.TrimLeft(raw, " \t\r\n")
	if len(start) > 0 && (start[0] == '{' || start[0] == '[') {
		return readJSONCharges(raw, gateway)
	}
	return readCSVCharges(raw, gateway)
}

// moneyStatuses are the words of lists for a charge that is money; the others say that none arrived.
var (
	moneyStatuses = []string{"", "succeeded", "paid", "captured", "refunded", "partially refunded", "partially_refunded", "disputed"}
	otherStatuses = []string{
		"failed", "canceled", "cancelled", "pending", "processing", "blocked", "expired", "requires_payment_method", "requires_confirmation",
		"requires_action", "requires_capture", "incomplete", "uncaptured",
	}
)

// columns are where a CSV list has what; -1 is nowhere.
type columns struct {
	gateway, charge, id, amount, currency, refunded, disputed, status, created int
	major                                                                      bool // amounts are decimals of major units
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
		disputed: at("disputed"), status: at("status"), created: at("created"),
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
		return c, fmt.Errorf("line 1: no column for %s; a list has gateway,charge,amount,currency,refunded,disputed,status,created, or is Stripe's export of payments", strings.Join(missing, "; "))
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
	var problems []error
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, errors.Join(problems...)
		}
		if err != nil && !errors.Is(err, csv.ErrFieldCount) {
			return nil, errors.Join(append(problems, csvError(err))...)
		}
		if err != nil {
			problems = append(problems, csvError(err))
			continue
		}
		row := csvRow{fields: fields, reader: r}
		if c, ok := row.charge(cols, gateway); ok {
			out = append(out, c)
		}
		problems = append(problems, row.problems...)
	}
}

func csvError(err error) error {
	var p *csv.ParseError
	if errors.As(err, &p) {
		return fmt.Errorf("line %d, column %d: %w", p.Line, p.Column, p.Err)
	}
	return err
}

// csvRow reads the fields of one line.
type csvRow struct {
	fields   []string
	reader   *csv.Reader
	problems []error
}

func (r *csvRow) text(i int) string {
	if i < 0 || i >= len(r.fields) {
		return ""
	}
	return strings.TrimSpace(r.fields[i])
}

func (r *csvRow) wrong(i int, format string, args ...any) {
	line, col := r.reader.FieldPos(i)
	r.problems = append(r.problems, fmt.Errorf("line %d, column %d: "+format, append([]any{line, col}, args...)...))
}

// charge reads the row; it is false for one without money and for one with problems.
func (r *csvRow) charge(cols columns, gateway string) (charge, bool) {
	status := strings.ToLower(r.text(cols.status))
	if slices.Contains(otherStatuses, status) {
		return charge{}, false
	}
	if !slices.Contains(moneyStatuses, status) {
		r.wrong(cols.status, "status %q is not known", status)
	}
	c := charge{gateway: gateway, amount: tickets.Money{Currency: tickets.Currency(strings.ToUpper(r.text(cols.currency)))}}
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
	var err error
	if c.created, err = moment(r.text(cols.created)); err != nil {
		r.wrong(cols.created, "%v", err)
	}
	return c, len(r.problems) == 0
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

// number is digits, thousands apart by commas or not at all, and decimals.
var number = regexp.MustCompile(`^([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]+))?$`)

// decimal reads an amount without a sign, exactly: "1,234.50" with two decimals is 123450. More decimals than the
// currency has must be zeros.
func decimal(s string, decimals int) (int64, error) {
	m := number.FindStringSubmatch(s)
	if m == nil {
		return 0, fmt.Errorf("amount %q is not a number", s)
	}
	part := strings.TrimRight(m[2], "0")
	if len(part) > decimals {
		return 0, fmt.Errorf("amount %q has more than %d decimals", s, decimals)
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(m[1], ",", "")+part+strings.Repeat("0", decimals-len(part)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("amount %q is too large", s)
	}
	return n, nil
}

// moment reads a time as lists have it: RFC 3339, seconds since 1970, or Stripe's "2026-03-20 08:36:16" and
// "2026-03-20 08:36" in UTC.
func moment(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateTime, "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 0 && n < math.MaxInt32*4 {
		return time.Unix(n, 0).UTC(), nil
	}
	return time.Time{}, fmt.Errorf("time %q is neither RFC 3339 nor YYYY-MM-DD HH:MM:SS in UTC", s)
}

// stripeCharge is what is read of a charge in JSON; amounts are as Stripe counts them.
type stripeCharge struct {
	ID             string          `json:"id"`
	Object         string          `json:"object"`
	PaymentIntent  json.RawMessage `json:"payment_intent"`
	Amount         *int64          `json:"amount"`
	AmountCaptured *int64          `json:"amount_captured"`
	AmountRefunded *int64          `json:"amount_refunded"`
	Currency       string          `json:"currency"`
	Status         string          `json:"status"`
	Captured       *bool           `json:"captured"`
	Disputed       *bool           `json:"disputed"`
	Created        int64           `json:"created"`
}

func readJSONCharges(raw []byte, gateway string) ([]charge, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	at := func(offset int64, err error) error {
		line, col := position(raw, offset)
		return fmt.Errorf("line %d, column %d: %w", line, col, err)
	}
	var wrong error
	if err := intoList(d); err != nil {
		return nil, at(d.InputOffset(), err)
	}
	var out []charge
	for d.More() {
		before := d.InputOffset()
		offset := before + int64(len(raw[before:])-len(bytes.TrimLeft(raw[before:], ", \t\r\n")))
		var s stripeCharge
		err := d.Decode(&s)
		var syntax *json.SyntaxError
		var kind *json.UnmarshalTypeError
		switch {
		case errors.As(err, &kind): // its offset counts from the end of the charge before
			wrong = errors.Join(wrong, at(before+kind.Offset-1, fmt.Errorf("%q is a %s", kind.Field, kind.Value)))
			continue
		case errors.As(err, &syntax):
			return nil, errors.Join(wrong, at(syntax.Offset, err))
		case err != nil: // the list ends early
			return nil, errors.Join(wrong, at(int64(len(raw)), err))
		}
		c, ok, err := s.charge(gateway)
		if err != nil {
			wrong = errors.Join(wrong, at(offset, err))
		} else if ok {
			out = append(out, c)
		}
	}
	if _, err := d.Token(); err != nil {
		wrong = errors.Join(wrong, at(d.InputOffset(), err))
	}
	return out, wrong
}

// intoList reads up to the first charge: of an array, or of the data of a list.
func intoList(d *json.Decoder) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	if t == json.Delim('[') {
		return nil
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		if key == "data" {
			if t, err = d.Token(); err == nil && t != json.Delim('[') {
				err = errors.New("data is not a list")
			}
			return err
		}
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			return err
		}
	}
	return errors.New(`there is no "data": a list of charges looks like {"object": "list", "data": [...]}`)
}

// position is the line and column of an offset, from 1.
func position(raw []byte, offset int64) (line, col int) {
	before := raw[:min(int(offset), len(raw))]
	return bytes.Count(before, []byte("\n")) + 1, len(before) - bytes.LastIndexByte(before, '\n')
}

func (s stripeCharge) charge(gateway string) (charge, bool, error) {
	if slices.Contains(otherStatuses, strings.ToLower(s.Status)) || s.Captured != nil && !*s.Captured {
		return charge{}, false, nil
	}
	c := charge{gateway: gateway, disputed: s.Disputed, created: time.Unix(s.Created, 0).UTC()}
	if gateway == "" {
		c.gateway = "stripe"
	}
	amount := s.Amount
	if s.AmountCaptured != nil {
		amount = s.AmountCaptured
	}
	switch {
	case s.ID == "":
		return c, false, errors.New("the charge has no id")
	case amount == nil || *amount < 0 || s.AmountRefunded != nil && *s.AmountRefunded < 0:
		return c, false, fmt.Errorf("charge %s has no amount", s.ID)
	case s.Created <= 0:
		return c, false, fmt.Errorf("charge %s has no created", s.ID)
	case !slices.Contains(moneyStatuses, strings.ToLower(s.Status)):
		return c, false, fmt.Errorf("charge %s has the status %q, which is not known", s.ID, s.Status)
	}
	var err error
	if c.amount, err = stripe.Amount(*amount, s.Currency); err != nil {
		return c, false, fmt.Errorf("charge %s: %w", s.ID, err)
	}
	if s.AmountRefunded != nil {
		back, err := stripe.Amount(*s.AmountRefunded, s.Currency)
		if err != nil {
			return c, false, fmt.Errorf("charge %s: %w", s.ID, err)
		}
		c.refunded = &back.Amount
	}
	if intent := s.intent(); intent != "" {
		c.names = append(c.names, intent)
	}
	c.names = append(c.names, s.ID)
	return c, true, nil
}

// intent is the charge's payment: its id, or the object with its id where the list was asked to expand it.
func (s stripeCharge) intent() string {
	var id string
	if json.Unmarshal(s.PaymentIntent, &id) == nil {
		return id
	}
	var whole struct{ ID string }
	if json.Unmarshal(s.PaymentIntent, &whole) == nil {
		return whole.ID
	}
	return ""
}

// readAll reads a list that a person names: a file, or - for standard input.
func readAll(in io.Reader) ([]byte, error) {
	const most = 1 << 30
	raw, err := io.ReadAll(io.LimitReader(bufio.NewReader(in), most+1))
	if err == nil && len(raw) > most {
		err = fmt.Errorf("the list is longer than %d bytes", most)
	}
	return raw, err
}
