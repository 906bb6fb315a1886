package notify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"boxoffice/tickets"
)

// ReminderBefore is how long before the hold's end the customer is reminded.
const ReminderBefore = 2 * time.Minute

// Names of Delivery.Args. Deliveries about money also carry every plain value of their fact's data under its own name,
// such as amount, currency, paymentMethod and reason.
const (
	ArgFact     = "fact"     // name of the fact that the delivery tells
	ArgExpiry   = "expiry"   // of a hold when the reminder was routed, RFC 3339
	ArgDelivery = "delivery" // id of the delivery that failed
	ArgKind     = "kind"     // of the delivery that failed
	ArgError    = "error"    // why it failed, for people who support
	ArgRefund   = "refund"   // id of the refund it is about
	ArgDispute  = "dispute"  // id of the dispute it is about
	ArgCase     = "case"     // id of the case it is about; without it, the open one about the refund, dispute or order
)

// subjects are the names under which facts carry ids, and those under which deliveries do.
var subjects = map[string]string{"refundId": ArgRefund, "disputeId": ArgDispute, "caseId": ArgCase}

// Route says which deliveries follow from facts that were just appended to order o, in the order in which they are
// to arrive. It is pure: the same facts give the same deliveries with the same ids and keys, so it may run inside a
// store's transaction, and again.
//
// A customer without a chat (an order that came by API) gets none. The live message is drawn at most once a call.
// For a fact of no order (PAYMENT_UNMATCHED) o says only the merchant, and Fact.Key, or where it is empty time and
// data, tell such facts apart.
func Route(o tickets.Order, facts []tickets.Fact) []tickets.Delivery {
	r := router{order: o}
	for _, f := range facts {
		r.fact(f, facts)
	}
	return r.out
}

type router struct {
	order tickets.Order
	live  bool // the live message is among out
	out   []tickets.Delivery
}

func (r *router) fact(f tickets.Fact, with []tickets.Fact) {
	rule, ok := ruleOf(r.order, f, with)
	if !ok {
		return
	}
	for _, say := range rule.customer {
		r.tellCustomer(f, rule, say)
	}
	for _, say := range rule.merchant {
		r.add(f, rule, say, tickets.Destination{Kind: tickets.ToMerchant})
	}
}

func (r *router) tellCustomer(f tickets.Fact, rule rule, say string) {
	chat := r.order.Buyer.Chat
	if chat == 0 || (say == tickets.SayLive && r.live) {
		return
	}
	r.live = r.live || say == tickets.SayLive
	to := tickets.Destination{Kind: tickets.ToCustomer, Chat: chat}
	if say != tickets.SayHoldReminder {
		r.add(f, rule, say, to)
		return
	}
	expiry, ok := lockExpiry(f)
	if due := expiry.Add(-ReminderBefore); ok && due.After(f.At) {
		d := r.add(f, rule, say, to)
		d.Due = tickets.Milli(due)
		d.Args[ArgExpiry] = expiry.UTC().Format(time.RFC3339Nano)
	}
}

// add makes one delivery and returns it for changes.
func (r *router) add(f tickets.Fact, rule rule, say string, to tickets.Destination) *tickets.Delivery {
	args := map[string]string{}
	if rule.args {
		args = plainValues(f.Data)
		for from, to := range subjects {
			if id, ok := args[from]; ok {
				args[to] = id
				delete(args, from)
			}
		}
	}
	args[ArgFact] = string(f.Name)
	which := strconv.FormatInt(f.Seq, 10)
	if f.Seq == 0 {
		which = f.Key
		if which == "" || f.Name != tickets.PaymentUnmatched { // one key may have several facts, and a fact come again later
			which = fmt.Sprintf("%s%d-%s-%.12x", which, f.At.UnixMilli(), f.Name, sha256.Sum256(f.Data))
		}
	}
	key := fmt.Sprintf("%s:%s:%s:%s", r.order.ID, which, say, to.Kind)
	at := tickets.Milli(f.At)
	r.out = append(r.out, tickets.Delivery{
		ID: deliveryID(at, len(r.out), key), Key: key, Merchant: r.order.Merchant, Order: r.order.ID, Kind: say, To: to,
		Args: args, State: tickets.DeliveryQueued, Due: at, At: at,
	})
	return &r.out[len(r.out)-1]
}

// deliveryID has the form of every id (11 digits of milliseconds, 13 more), without a clock or randomness: two
// digits say the place among the deliveries of one call, so that ids sort in the order of arrival, and eleven are
// of the key's hash.
func deliveryID(at time.Time, place int, key string) tickets.DeliveryID {
	sum := sha256.Sum256([]byte(key))
	ms := uint64(at.UnixMilli()) & (1<<44 - 1)
	return tickets.DeliveryID(fmt.Sprintf("%s%011x%02x%s", tickets.PrefixDelivery, ms, min(place, 255), hex.EncodeToString(sum[:])[:11]))
}

// lockExpiry reads the hold's end out of an INVENTORY_LOCKED fact.
func lockExpiry(f tickets.Fact) (time.Time, bool) {
	var data struct {
		ExpiryAt time.Time `json:"expiryAt"`
	}
	if err := json.Unmarshal(f.Data, &data); err != nil || data.ExpiryAt.IsZero() {
		return time.Time{}, false
	}
	return data.ExpiryAt, true
}

// plainValues returns the texts, numbers and booleans at the top of a JSON object as texts.
func plainValues(raw json.RawMessage) map[string]string {
	out := map[string]string{}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var data map[string]any
	if dec.Decode(&data) != nil {
		return out
	}
	for name, v := range data {
		switch v := v.(type) {
		case string:
			out[name] = v
		case json.Number:
			out[name] = v.String()
		case bool:
			out[name] = strconv.FormatBool(v)
		}
	}
	return out
}
