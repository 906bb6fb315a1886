package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"boxoffice/checkout/stripe"
)

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
	Livemode       *bool           `json:"livemode"`
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
		c, err := s.charge(gateway)
		if err != nil {
			wrong = errors.Join(wrong, at(offset, err))
		}
		out = append(out, c)
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

func (s stripeCharge) charge(gateway string) (charge, error) {
	c := charge{gateway: gateway, created: time.Unix(s.Created, 0).UTC()}
	if gateway == "" {
		c.gateway = "stripe"
	}
	if intent := s.intent(); intent != "" {
		c.names = append(c.names, intent)
	}
	c.names = append(c.names, s.ID)
	status := strings.ToLower(s.Status)
	switch other := slices.Contains(otherStatuses, status); {
	case s.ID == "":
		return c, errors.New("the charge has no id")
	case s.Created <= 0:
		return c, fmt.Errorf("charge %s has no created", s.ID)
	case !other && !slices.Contains(moneyStatuses, status):
		return c, fmt.Errorf("charge %s has the status %q, which is not known", s.ID, s.Status)
	case other:
		c.lack = status
	case s.Captured != nil && !*s.Captured:
		c.lack = "uncaptured"
	default:
		err := s.money(&c)
		return c, err
	}
	return c, nil
}

// money reads what a charge with money has besides.
func (s stripeCharge) money(c *charge) error {
	amount := s.Amount
	if s.AmountCaptured != nil {
		amount = s.AmountCaptured
	}
	if amount == nil || *amount < 0 || s.AmountRefunded != nil && *s.AmountRefunded < 0 {
		return fmt.Errorf("charge %s has no amount", s.ID)
	}
	var err error
	if c.amount, err = stripe.Amount(*amount, s.Currency); err != nil {
		return fmt.Errorf("charge %s: %w", s.ID, err)
	}
	if s.AmountRefunded != nil {
		back, err := stripe.Amount(*s.AmountRefunded, s.Currency)
		if err != nil {
			return fmt.Errorf("charge %s: %w", s.ID, err)
		}
		c.refunded = &back.Amount
	}
	c.disputed = s.Disputed
	if s.Livemode != nil {
		test := !*s.Livemode
		c.test = &test
	}
	return nil
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
