package main

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"boxoffice/tickets"
)

// loadCharges reads the list of charges that --ledger names. It fails with a usageError.
func loadCharges(c *cobra.Command, name, gateway string) ([]charge, error) {
	in := c.InOrStdin()
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, usageError{err}
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	raw, err := readAll(in)
	if err != nil {
		return nil, usageError{fmt.Errorf("read %s: %w", name, err)}
	}
	list, err := readCharges(raw, gateway)
	if err != nil {
		return nil, usageError{fmt.Errorf("%s: %w", name, err)}
	}
	return list, nil
}

// oddities compares a provider's list of charges with what the store has, rule M14, and reports each difference by
// itself: nothing is summed, so that two that cancel out are both seen.
func oddities(r tickets.Reader, list []charge, report func(line string)) error {
	here, err := capturesBeside(r, list)
	if err != nil {
		return err
	}
	seen := map[tickets.CaptureID]bool{}
	for _, c := range list {
		switch s := captureOf(here, c); {
		case c.lack != "":
		case s == nil:
			c.fault(report, "%s there, and not here", c.amount)
		case seen[s.ID]:
			c.fault(report, "it is in the list twice")
		default:
			seen[s.ID] = true
			s.compare(c, func(format string, args ...any) { c.fault(report, format, args...) })
		}
	}
	for _, c := range list { // after those with money: what was paid may have been tried in vain before
		if s := captureOf(here, c); c.lack != "" && s != nil && !seen[s.ID] && s.Disposition != tickets.TestMode {
			seen[s.ID] = true
			c.fault(report, "no money there (%s), %s here", c.lack, s.Amount)
		}
	}
	missing(here, seen, report)
	return nil
}

// fault reports a difference of a charge.
func (c charge) fault(report func(line string), format string, args ...any) {
	report(fmt.Sprintf("M14 %s %s: ", c.gateway, c.names[0]) + fmt.Sprintf(format, args...))
}

// captureOf finds the capture of a charge, nil when there is none.
func captureOf(here map[string]*standing, c charge) *standing {
	for _, name := range c.names {
		if s := here[c.gateway+" "+name]; s != nil {
			return s
		}
	}
	return nil
}

// standing is a capture, and what became of it.
type standing struct {
	tickets.Capture
	arrived  time.Time // by the provider's clock, where it said
	went, on int64     // refunds that succeeded, and that may be in a list: on their way, or settled by hand
	disputed bool
}

func (s *standing) compare(c charge, fault func(format string, args ...any)) {
	play := s.Disposition == tickets.TestMode || c.test != nil && s.Test // in play, a list need not say so of what was sold
	switch test := c.test != nil && *c.test; {
	case test && !s.Test:
		fault("play money there, %s here", s.Amount)
	case !test && play:
		fault("%s there, counted as play money here", c.amount)
	}
	if s.Amount.Currency != c.amount.Currency {
		fault("in %s there, in %s here", c.amount.Currency, s.Amount.Currency)
		return
	}
	if s.Amount != c.amount {
		fault("%s there, %s here", c.amount, s.Amount)
	}
	if c.refunded != nil && (*c.refunded < s.went || *c.refunded > s.went+s.on) {
		there, here, most := c.amount, c.amount, c.amount
		there.Amount, here.Amount, most.Amount = *c.refunded, s.went, s.went+s.on
		if s.on == 0 {
			fault("refunded %s there, %s here", there, here)
		} else {
			fault("refunded %s there, %s to %s here", there, here, most)
		}
	}
	if c.disputed != nil && *c.disputed != s.disputed {
		fault("disputed %t there, %t here", *c.disputed, s.disputed)
	}
}

// book is what a list is about: Telegram has a list of Stars, and the processor behind it one of the money.
type book struct {
	gateway string
	stars   bool
}

func bookOf(gateway string, m tickets.Money) book { return book{gateway, m.Currency == tickets.Stars} }

// capturesBeside reads the captures of the list's gateways: those that the list names, and those of its books and time.
// They are keyed by gateway and charge, and by gateway and the processor's name of the charge where it has one.
func capturesBeside(r tickets.Reader, list []charge) (map[string]*standing, error) {
	named, gateways, books := map[string]bool{}, map[string]bool{}, map[book]bool{}
	for _, c := range list {
		gateways[c.gateway], books[bookOf(c.gateway, c.amount)] = true, true
		for _, name := range c.names {
			named[c.gateway+" "+name] = true
		}
	}
	out := map[string]*standing{}
	paid := map[string]time.Time{}
	err := r.Walk(func(thing any) error {
		switch x := thing.(type) {
		case *tickets.Payment:
			if gateways[x.Gateway] && x.Charge != "" && !x.PaidAt.IsZero() {
				paid[x.Gateway+" "+x.Charge] = x.PaidAt
			}
		case *tickets.Capture:
			if key := x.Gateway + " " + x.Charge; gateways[x.Gateway] {
				at, said := paid[key]
				if !said {
					at = x.At
				}
				out[key] = &standing{Capture: *x, arrived: at}
				if own := x.Gateway + " " + x.Processor; x.Processor != "" && out[own] == nil {
					out[own] = out[key]
				}
			}
		case *tickets.Refund:
			if s := out[x.Gateway+" "+x.Charge]; s != nil {
				s.give(x)
			}
		case *tickets.Dispute:
			if s := out[x.Gateway+" "+x.Charge]; s != nil && x.State != tickets.DisputeWarning && x.State != tickets.DisputeDropped {
				s.disputed = true
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read captures: %w", err)
	}
	first, last := span(list)
	for key, s := range out {
		if !named[key] && (!books[bookOf(s.Gateway, s.Amount)] || s.arrived.Before(first) || s.arrived.After(last)) {
			delete(out, key)
		}
	}
	return out, nil
}

func (s *standing) give(r *tickets.Refund) {
	switch went := r.State == tickets.RefundSucceeded; {
	case went && r.Evidence == "":
		s.went += r.Amount.Amount
	case went, r.Sent():
		s.on += r.Amount.Amount
	}
}

// span is the time that a list covers: from its first charge to its last.
func span(list []charge) (first, last time.Time) {
	for i, c := range list {
		if i == 0 || c.created.Before(first) {
			first = c.created
		}
		if c.created.After(last) {
			last = c.created
		}
	}
	return first, last
}

// missing reports what the store has of the list's time and gateways and the list has not. Play money is in no list.
func missing(here map[string]*standing, seen map[tickets.CaptureID]bool, report func(line string)) {
	var keys []string
	for key, s := range here {
		if !seen[s.ID] && s.Disposition != tickets.TestMode && key == s.Gateway+" "+s.Charge {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		s := here[key]
		of := "of no order"
		if s.Order != "" {
			of = "of order " + string(s.Order)
		}
		report(fmt.Sprintf("M14 %s %s: %s here, %s, and not in the list", s.Gateway, s.Charge, s.Amount, of))
	}
}
