package checkout

import (
	"encoding/json"

	"boxoffice/tickets"
)

// moneyFact is a fact about the capture with the words people need.
func (t *turn) moneyFact(m *money, name tickets.FactName, row tickets.TransitionID, before tickets.Stage, reason string) tickets.Fact {
	c := m.capture
	data := map[string]any{
		"sessionId": c.Session, "chargeId": c.Charge, "gateway": c.Gateway, "amount": json.Number(c.Amount.Number()),
		"currency": c.Amount.Currency, "expected": json.Number(m.payment.Total.Number()), "disposition": c.Disposition,
	}
	if c.Owed > 0 {
		data["owed"] = json.Number(tickets.Money{Amount: c.Owed, Currency: c.Amount.Currency}.Number())
	}
	if reason != "" {
		data["reason"] = reason
	}
	if m.gateway == GatewayManual {
		data["words"] = m.report.Reason
	}
	if name == tickets.OrderMoved {
		data["visitDate"], data["to"] = m.order.Slot().Date, m.order.Slot().String()
	}
	f := m.order.Record(name, t.now, m.actor, m.source, row, before, data)
	f.Result, f.Key = string(c.Disposition), m.gateway+":"+c.Charge
	return f
}

// putAmount puts money into a fact's data.
func putAmount(data map[string]any, m tickets.Money) {
	data["amount"], data["currency"] = json.Number(m.Number()), m.Currency
}

// factAbout records a fact under a key: by a row where the order's stage has it, else without one. Money of no order has a
// fact of no order, whose key must say what happened to it.
func (t *turn) factAbout(o *tickets.Order, key string, name tickets.FactName, row tickets.TransitionID, by tickets.Actor, source string, data map[string]any) (tickets.Fact, error) {
	if o.ID == "" {
		f := new(tickets.Order).Record(name, t.now, by, source, "", "", data)
		f.Seq, f.Key = 0, key
		return f, nil
	}
	before := o.Stage
	if row == "" || !o.Allows(row) {
		row = ""
	} else if _, err := o.Move(row, t.now); err != nil {
		return tickets.Fact{}, err
	}
	f := o.Record(name, t.now, by, source, row, before, data)
	f.Key = key
	return f, nil
}

// orderOr is an order; for none one that says only the merchant.
func (t *turn) orderOr(id tickets.OrderID, m tickets.MerchantID) (tickets.Order, error) {
	if id == "" {
		return tickets.Order{Merchant: m}, nil
	}
	return t.Order(id)
}
