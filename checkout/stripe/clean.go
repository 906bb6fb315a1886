package stripe

import (
	"bytes"
	"encoding/json"
)

// kept are the fields of Stripe's objects that are stored, at any depth. A field that Stripe adds stays out until
// somebody has looked at it. Left out on purpose: success_url and cancel_url (they hold the customer's status token),
// client_secret, customer details, fingerprint, iin, a dispute's evidence, and everything that names a person.
var kept = map[string]bool{
	"id": true, "object": true, "type": true, "created": true, "livemode": true, "api_version": true, "data": true,
	"status": true, "payment_status": true, "mode": true, "locale": true, "expires_at": true, "url": true,
	"amount": true, "amount_received": true, "amount_subtotal": true, "amount_total": true, "currency": true,
	"currency_conversion": true, "fx_rate": true, "source_currency": true,
	"client_reference_id": true, "metadata": true, "order_id": true, "order_code": true, "session": true,
	"payment_intent": true, "payment_method_types": true, "latest_charge": true, "payment_method_details": true,
	"card": true, "brand": true, "last4": true, "network": true, "funding": true, "country": true,
	"last_payment_error": true, "code": true, "decline_code": true, "message": true,
	"charge": true, "refund_id": true, "reason": true, "failure_reason": true, "refunds": true, "has_more": true,
	"amount_refunded": true, "refunded": true, "previous_attributes": true,
	"destination_details": true, "reference": true, "reference_status": true, // where a bank finds a refund
	"evidence_details": true, "due_by": true, "has_evidence": true, "past_due": true, "submission_count": true,
	"is_charge_refundable": true, "network_reason_code": true, "actionable": true, "fraud_type": true,
}

// clean keeps the harmless fields of a JSON object, with its numbers as they are written; nil when it is not one.
func clean(raw []byte) json.RawMessage {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v map[string]any
	if d.Decode(&v) != nil || v == nil {
		return nil
	}
	out, err := json.Marshal(sieve(v))
	if err != nil {
		return nil
	}
	return out
}

func sieve(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			if !kept[name] {
				delete(v, name)
				continue
			}
			v[name] = sieve(x)
		}
		return v
	case []any:
		for i := range v {
			v[i] = sieve(v[i])
		}
		return v
	default:
		return v
	}
}
