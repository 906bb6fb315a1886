package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// jsonList reads lists of charges, one after the other: arrays, or pages as Stripe's API answers them.
type jsonList struct {
	raw     []byte
	d       *json.Decoder
	gateway string
	out     []charge
	more    bool   // the newest page says that others follow
	faults  faults // of charges

	counted int64 // up to here, lines are counted
	line    int   // lines before it
	begin   int64 // where its line begins
}

func readJSONCharges(raw []byte, gateway string) ([]charge, error) {
	l := jsonList{raw: raw, d: json.NewDecoder(bytes.NewReader(raw)), gateway: gateway}
	for l.next(blank) < int64(len(raw)) {
		if err := l.list(); err != nil {
			return nil, l.faults.err(err)
		}
	}
	if l.more {
		return nil, l.faults.err(errors.New("has_more is true: the list goes on; give all its pages, one after the other"))
	}
	return l.out, l.faults.err(nil)
}

// list reads one list. It fails where the JSON is broken, and where it is no list of charges; what is wrong with a charge
// it keeps.
func (l *jsonList) list() error {
	begin := l.next(blank)
	switch t, err := l.token(); {
	case err != nil:
		return err
	case t == json.Delim('['):
		return l.charges()
	case t == json.Delim('{'):
		return l.page(begin)
	default:
		return l.at(begin, errors.New("this is no list of charges"))
	}
}

// page reads what a list object has after its "{".
func (l *jsonList) page(begin int64) error {
	found := false
	l.more = false
	for l.d.More() {
		key, err := l.token()
		if err != nil {
			return err
		}
		if key == "data" {
			found = true
			t, err := l.token()
			if err == nil && t != json.Delim('[') {
				err = l.at(l.d.InputOffset(), errors.New("data is not a list"))
			}
			if err == nil {
				err = l.charges()
			}
			if err != nil {
				return err
			}
			continue
		}
		var value json.RawMessage
		if err := l.d.Decode(&value); err != nil {
			return l.broken(err)
		}
		if key == "has_more" && json.Unmarshal(value, &l.more) != nil {
			return l.at(l.d.InputOffset(), errors.New("has_more is neither true nor false"))
		}
	}
	if !found {
		return l.at(begin, errors.New(`there is no "data": a list of charges looks like {"object": "list", "data": [...]}`))
	}
	_, err := l.token()
	return err
}

// charges reads an array after its "[".
func (l *jsonList) charges() error {
	for l.d.More() {
		before, begin := l.d.InputOffset(), l.next(blank+",")
		var s stripeCharge
		err := l.d.Decode(&s)
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) { // its offset counts from the end of the charge before, and the comma
			if l.raw[before] == ',' {
				before++
			}
			l.faults.add(func() error { return l.at(before+kind.Offset-1, fmt.Errorf("%q is a %s", kind.Field, kind.Value)) })
			continue
		}
		if err != nil {
			return l.broken(err)
		}
		c, err := s.charge(l.gateway)
		if err != nil {
			l.faults.add(func() error { return l.at(begin, err) })
		}
		l.out = append(l.out, c)
	}
	_, err := l.token()
	return err
}

const blank = " \t\r\n"

// next is where the next thing begins that is none of the passed characters.
func (l *jsonList) next(passed string) int64 {
	return int64(len(l.raw) - len(bytes.TrimLeft(l.raw[l.d.InputOffset():], passed)))
}

func (l *jsonList) token() (json.Token, error) {
	t, err := l.d.Token()
	if err != nil {
		return nil, l.broken(err)
	}
	return t, nil
}

// broken says where the JSON is broken.
func (l *jsonList) broken(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return l.at(int64(len(l.raw)), io.ErrUnexpectedEOF)
	}
	offset := l.d.InputOffset()
	var syntax *json.SyntaxError // counts only what was decoded, not what was read as tokens
	if errors.As(json.NewDecoder(bytes.NewReader(l.raw[offset:])).Decode(new(json.RawMessage)), &syntax) {
		offset += syntax.Offset - 1
	}
	return l.at(offset, err)
}

// at says where something is wrong, by line and column from 1. It counts on from the place before.
func (l *jsonList) at(offset int64, err error) error {
	offset = min(offset, int64(len(l.raw)))
	if offset < l.counted {
		l.counted, l.line, l.begin = 0, 0, 0
	}
	passed := l.raw[l.counted:offset]
	l.line += bytes.Count(passed, []byte("\n"))
	if i := bytes.LastIndexByte(passed, '\n'); i >= 0 {
		l.begin = l.counted + int64(i) + 1
	}
	l.counted = offset
	return fmt.Errorf("line %d, column %d: %w", l.line+1, offset-l.begin+1, err)
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
