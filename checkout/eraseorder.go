package checkout

import (
	"bytes"
	"encoding/json"
	"strconv"

	"boxoffice/tickets"
)

// This file takes out of an order's rows what says who its buyer is: their name and numbers, what they or members wrote,
// and what providers told word for word. Ids, amounts, times and what happened stay, so that all that an audit derives
// comes out as before.

// eraseOrder cleans an order and all that is of it. Twice is once.
func (t *turn) eraseOrder(id tickets.OrderID) error {
	o, err := t.Order(id)
	if err != nil {
		return err
	}
	f, err := readFile(t, o)
	if err != nil {
		return err
	}
	for _, step := range []func(OrderFile) error{t.erasePayments, t.eraseRefunds, t.eraseFacts, t.eraseDeliveries} {
		if err := step(f); err != nil {
			return err
		}
	}
	o.Erase()
	return t.PutOrder(o)
}

func (t *turn) erasePayments(f OrderFile) error {
	for _, p := range f.Payments {
		p.Lang, p.URL, p.Created, p.Notified = "", "", nil, nil
		if err := t.PutPayment(p); err != nil {
			return err
		}
	}
	for _, c := range f.Captures {
		if n := f.Order.Buyer.TelegramID; n == 0 || c.Payer != strconv.FormatInt(n, 10) {
			continue
		}
		c.Payer = "" // from now on only a person can send it back
		if err := t.Tx.PutCapture(c); err != nil {
			return err
		}
	}
	for _, x := range f.Disputes {
		x.Raw = nil
		if err := t.Tx.PutDispute(x); err != nil {
			return err
		}
	}
	return nil
}

func (t *turn) eraseRefunds(f OrderFile) error {
	for _, r := range f.Refunds {
		r.Raw = nil
		r.Reason, r.Note = erased(r.Reason), erased(r.Note)
		if r.By = unnamed(r.By); r.By.Kind == tickets.ActorCustomer && r.Key != "" {
			r.Key = "erased:" + string(r.ID) // it was made of the chat's number
		}
		eraseApprovals(r.Approvals)
		if err := t.Tx.PutRefund(r); err != nil {
			return err
		}
	}
	return nil
}

// eraseCase cleans what people wrote about a case.
func (t *turn) eraseCase(id tickets.CaseID) error {
	c, err := t.Case(id)
	if err != nil {
		return err
	}
	c.By, c.Note = unnamed(c.By), erased(c.Note)
	if c.Kind == tickets.CaseUnfulfilled && c.Why != ReasonReversed {
		c.Why = erased(c.Why)
	}
	eraseApprovals(c.Agreed)
	return t.Tx.PutCase(c)
}

func (t *turn) eraseDeliveries(f OrderFile) error {
	for _, d := range f.Deliveries {
		d.Erase()
		if err := t.PutDelivery(d); err != nil {
			return err
		}
	}
	return nil
}

func (t *turn) eraseFacts(f OrderFile) error {
	for _, x := range f.Facts {
		actor, data, said := unnamed(x.Actor), eraseData(x), x.Error
		if x.Name == tickets.FulfillmentFailed {
			said = erased(said)
		}
		if actor == x.Actor && bytes.Equal(data, x.Data) && said == x.Error {
			continue
		}
		x.Actor, x.Data, x.Error = actor, data, said
		if err := t.PutFact(x); err != nil {
			return err
		}
	}
	return nil
}

// wordsOf are the names under which facts carry what somebody typed, beside "note" and "words".
var wordsOf = map[tickets.FactName]string{
	tickets.MoneyKept: "reason", tickets.FulfillmentFailed: "reason", tickets.AdmissionUndone: "reason",
}

// eraseData is a fact's data without the customer's numbers and without what somebody typed.
func eraseData(f tickets.Fact) json.RawMessage {
	var data map[string]json.RawMessage
	if json.Unmarshal(f.Data, &data) != nil {
		return f.Data
	}
	changed := false
	set := func(name, to string) {
		if old, ok := data[name]; ok && string(old) != `""` && string(old) != to {
			data[name], changed = json.RawMessage(to), true
		}
	}
	const gone = `"` + tickets.ErasedText + `"`
	set("note", gone)
	set("words", gone)
	if name := wordsOf[f.Name]; name != "" && string(data[name]) != `"`+ReasonReversed+`"` {
		set(name, gone)
	}
	set("customer", `{"telegram_user_id":"","telegram_username":""}`)
	if !changed {
		return f.Data
	}
	out, err := json.Marshal(data)
	if err != nil {
		return f.Data
	}
	return out
}

// erased stands for a text where there was one.
func erased(s string) string {
	if s == "" {
		return ""
	}
	return tickets.ErasedText
}

// unnamed is the actor without a customer's name.
func unnamed(a tickets.Actor) tickets.Actor {
	if a.Kind == tickets.ActorCustomer {
		a.Name = ""
	}
	return a
}

func eraseApprovals(all []tickets.Approval) {
	for i := range all {
		all[i].By, all[i].Reason = unnamed(all[i].By), erased(all[i].Reason)
	}
}
