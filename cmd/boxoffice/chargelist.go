package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"boxoffice/tickets"
)

// charge is one row of a provider's list of charges: money that arrived there, or did not.
type charge struct {
	gateway  string
	names    []string      // the provider's names of the payment, the one we keep first
	lack     string        // the list's word for why no money arrived; "" where it did
	amount   tickets.Money // that arrived; where none did, its currency at most, and nothing of the next three
	refunded *int64        // nil when the list does not say
	disputed *bool         // the same
	test     *bool         // the same, of play money
	created  time.Time
}

// faults are what is wrong with a list: the first by name, the others by number.
type faults struct {
	named []error
	more  int
}

// faultsNamed is how many faults of a list are told by name.
const faultsNamed = 20

// add keeps a fault; say is called only for one that is named.
func (f *faults) add(say func() error) {
	if len(f.named) < faultsNamed {
		f.named = append(f.named, say())
		return
	}
	f.more++
}

// err is all of them, and what ended the reading if that is one; nil where there is nothing.
func (f *faults) err(end error) error {
	all := slices.Clone(f.named)
	if f.more > 0 {
		all = append(all, fmt.Errorf("and %d more", f.more))
	}
	return errors.Join(append(all, end)...)
}

// readCharges reads a list of charges: JSON as Stripe's API answers it, or CSV with our columns or Stripe's. gateway is
// whose list it is where it does not say; "" is Stripe's. Problems are reported at once, with line and column, of many
// the first.
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

// readAll reads a list that a person names: a file, or - for standard input.
func readAll(in io.Reader) ([]byte, error) {
	const most = 1 << 30
	raw, err := io.ReadAll(io.LimitReader(bufio.NewReader(in), most+1))
	if err == nil && len(raw) > most {
		err = fmt.Errorf("the list is longer than %d bytes", most)
	}
	return raw, err
}
