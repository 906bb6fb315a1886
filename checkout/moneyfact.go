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
	f := m.order.Record(name, t.now, m.actor, m.source, row, before, data)
	f.Result, f.Key = string(c.Disposition), m.gateway+":"+c.Charge
	return f
}

// putAmount puts money into a fact's data.
func putAmount(data map[string]any, m tickets.Money) {
	data["amount"], data["currency"] = json.Number(m.Number()), m.Currency
}
