package storagetest

import (
	"reflect"
	"testing"
	"time"

	"boxoffice/tickets"
)

var values = []clause{
	{"WhatIsAbsentIsNotFound", absent},
	{"CreateRefusesEveryTakenKey", taken},
	{"WhatWasCreatedComesBackEqual", roundTrip},
	{"PutReplaces", replaces},
	{"ResultsAndArgumentsAreCopies", copies},
	{"TimesComeBackInUTCMilliseconds", times},
	{"CatalogIsSharedAndCountsRevisions", catalogs},
	{"RolledBackCatalogIsForgotten", catalogRollback},
	{"CodesAreReservedPerMerchantAndDay", codes},
}

// thing is one kind of noun: how sample 1 is made, stored and found, and what makes two alike.
type thing struct {
	name   string
	create func(tickets.Tx) error
	find   map[string]func(tickets.Reader) (any, error)
	want   any
	clash  map[string]func(tickets.Tx) error // creating another with one key of the sample
}

// in and one hide the types of finders and makers.
func one[T any](v T, err error) (any, error) { return v, err }

func edited[T any](v T, edit func(*T)) T { edit(&v); return v }

var things = append(append(accessThings, moneyBack...), []thing{
	{
		name: "hold", want: hold(1),
		create: func(tx tickets.Tx) error { return tx.CreateHold(hold(1)) },
		find:   map[string]func(tickets.Reader) (any, error){"id": func(r tickets.Reader) (any, error) { return one(r.Hold(hold(1).ID)) }},
		clash:  map[string]func(tickets.Tx) error{"id": func(tx tickets.Tx) error { return tx.CreateHold(hold(1)) }},
	},
	{
		name: "order", want: order(1),
		create: func(tx tickets.Tx) error { return tx.CreateOrder(order(1)) },
		find: map[string]func(tickets.Reader) (any, error){
			"id":      func(r tickets.Reader) (any, error) { return one(r.Order(orderID(1))) },
			"code":    func(r tickets.Reader) (any, error) { return one(r.OrderByCode(order(1).Code)) },
			"confirm": func(r tickets.Reader) (any, error) { return one(r.OrderByConfirm(customerID(1), "confirm-1")) },
		},
		clash: map[string]func(tickets.Tx) error{
			"id": func(tx tickets.Tx) error {
				return tx.CreateOrder(edited(order(2), func(o *tickets.Order) { o.ID = orderID(1) }))
			},
			"code": func(tx tickets.Tx) error {
				return tx.CreateOrder(edited(order(2), func(o *tickets.Order) { o.Code = order(1).Code }))
			},
			"confirm": func(tx tickets.Tx) error {
				return tx.CreateOrder(edited(order(2), func(o *tickets.Order) {
					o.Buyer.Customer, o.Confirm = customerID(1), "confirm-1"
				}))
			},
		},
	},
	{
		name: "payment", want: payment(1),
		create: func(tx tickets.Tx) error { return tx.CreatePayment(payment(1)) },
		find: map[string]func(tickets.Reader) (any, error){
			"id":     func(r tickets.Reader) (any, error) { return one(r.Payment(payment(1).ID)) },
			"remote": func(r tickets.Reader) (any, error) { return one(r.PaymentByRemote("stripe", "cs_test_1")) },
			"charge": func(r tickets.Reader) (any, error) { return one(r.PaymentByCharge("stripe", "pi_1")) },
		},
		clash: map[string]func(tickets.Tx) error{
			"id": func(tx tickets.Tx) error {
				return tx.CreatePayment(edited(payment(2), func(p *tickets.Payment) { p.ID = payment(1).ID }))
			},
			"order, gen and n": func(tx tickets.Tx) error {
				return tx.CreatePayment(edited(payment(2), func(p *tickets.Payment) { p.Order = orderID(1) }))
			},
		},
	},
	{
		name: "capture", want: capture(1),
		create: func(tx tickets.Tx) error { return tx.CreateCapture(capture(1)) },
		find: map[string]func(tickets.Reader) (any, error){
			"charge": func(r tickets.Reader) (any, error) { return one(r.Capture("stripe", "pi_1")) },
		},
		clash: map[string]func(tickets.Tx) error{"charge": func(tx tickets.Tx) error {
			return tx.CreateCapture(edited(capture(2), func(c *tickets.Capture) { c.Charge = "pi_1" }))
		}},
	},
	{
		name: "ticket", want: ticket(1),
		create: func(tx tickets.Tx) error { return tx.CreateTicket(ticket(1)) },
		find: map[string]func(tickets.Reader) (any, error){
			"code":   func(r tickets.Reader) (any, error) { return one(r.Ticket(ticket(1).Code)) },
			"number": func(r tickets.Reader) (any, error) { return one(r.TicketByNumber(ticket(1).Number)) },
		},
		clash: map[string]func(tickets.Tx) error{
			"code": func(tx tickets.Tx) error {
				return tx.CreateTicket(edited(ticket(2), func(v *tickets.Ticket) { v.Code = ticket(1).Code }))
			},
			"number": func(tx tickets.Tx) error {
				return tx.CreateTicket(edited(ticket(2), func(v *tickets.Ticket) { v.Number = ticket(1).Number }))
			},
			"order, gen and seq": func(tx tickets.Tx) error {
				return tx.CreateTicket(edited(ticket(2), func(v *tickets.Ticket) { v.Order = orderID(1) }))
			},
		},
	},
	{
		name: "admission", want: []tickets.Admission{admission(1)},
		create: func(tx tickets.Tx) error { return tx.CreateAdmission(admission(1)) },
		clash: map[string]func(tickets.Tx) error{
			"n": func(tx tickets.Tx) error {
				return tx.CreateAdmission(edited(admission(1), func(a *tickets.Admission) { a.Key = "press-2" }))
			},
			"key": func(tx tickets.Tx) error {
				return tx.CreateAdmission(edited(admission(1), func(a *tickets.Admission) { a.N = 2 }))
			},
		},
	},
	{
		name: "signing key", want: []tickets.SigningKey{signingKey(1)},
		create: func(tx tickets.Tx) error { return tx.CreateSigningKey(signingKey(1)) },
		clash:  map[string]func(tickets.Tx) error{"kid": func(tx tickets.Tx) error { return tx.CreateSigningKey(signingKey(1)) }},
	},
	{
		name: "delivery", want: delivery(1),
		create: func(tx tickets.Tx) error { return tx.CreateDelivery(delivery(1)) },
		find: map[string]func(tickets.Reader) (any, error){
			"id": func(r tickets.Reader) (any, error) { return one(r.Delivery(delivery(1).ID)) },
		},
		clash: map[string]func(tickets.Tx) error{
			"id": func(tx tickets.Tx) error {
				return tx.CreateDelivery(edited(delivery(2), func(d *tickets.Delivery) { d.ID = delivery(1).ID }))
			},
			"key": func(tx tickets.Tx) error {
				return tx.CreateDelivery(edited(delivery(2), func(d *tickets.Delivery) { d.Key = delivery(1).Key }))
			},
		},
	},
	{
		name: "notice", want: notice(1),
		create: func(tx tickets.Tx) error { return tx.CreateNotice(notice(1)) },
		find: map[string]func(tickets.Reader) (any, error){
			"id":    func(r tickets.Reader) (any, error) { return one(r.Notice(notice(1).ID)) },
			"event": func(r tickets.Reader) (any, error) { return one(r.NoticeByEvent("stripe", "evt_1")) },
		},
		clash: map[string]func(tickets.Tx) error{"event": func(tx tickets.Tx) error {
			return tx.CreateNotice(edited(notice(2), func(n *tickets.Notice) { n.Event = "evt_1" }))
		}},
	},
	{
		name: "incoming", want: true,
		create: func(tx tickets.Tx) error { return tx.CreateIncoming(incoming(1)) },
		clash:  map[string]func(tickets.Tx) error{"update": func(tx tickets.Tx) error { return tx.CreateIncoming(incoming(1)) }},
	},
	{
		name: "customer", want: customer(1),
		create: func(tx tickets.Tx) error { return tx.CreateCustomer(customer(1)) },
		find: map[string]func(tickets.Reader) (any, error){
			"id":       func(r tickets.Reader) (any, error) { return one(r.Customer(customerID(1))) },
			"telegram": func(r tickets.Reader) (any, error) { return one(r.CustomerByTelegram(1001)) },
		},
		clash: map[string]func(tickets.Tx) error{
			"id": func(tx tickets.Tx) error {
				return tx.CreateCustomer(edited(customer(2), func(c *tickets.Customer) { c.ID = customerID(1) }))
			},
			"telegram": func(tx tickets.Tx) error {
				return tx.CreateCustomer(edited(customer(2), func(c *tickets.Customer) { c.TelegramID = 1001 }))
			},
		},
	},
	{
		name: "invite", want: invite(1),
		create: func(tx tickets.Tx) error { return tx.CreateInvite(invite(1)) },
		find:   map[string]func(tickets.Reader) (any, error){"hash": func(r tickets.Reader) (any, error) { return one(r.Invite("invite-1")) }},
		clash:  map[string]func(tickets.Tx) error{"hash": func(tx tickets.Tx) error { return tx.CreateInvite(invite(1)) }},
	},
	{
		name: "token", want: token(1),
		create: func(tx tickets.Tx) error { return tx.CreateToken(token(1)) },
		find:   map[string]func(tickets.Reader) (any, error){"hash": func(r tickets.Reader) (any, error) { return one(r.Token("token-1")) }},
		clash: map[string]func(tickets.Tx) error{
			"id": func(tx tickets.Tx) error { return tx.CreateToken(token(1)) },
			"hash": func(tx tickets.Tx) error {
				return tx.CreateToken(edited(token(2), func(a *tickets.APIToken) { a.Hash = "token-1" }))
			},
		},
	},
	{
		name: "member", want: member(1),
		create: func(tx tickets.Tx) error { return tx.PutMember(member(1)) },
		find:   map[string]func(tickets.Reader) (any, error){"telegram": func(r tickets.Reader) (any, error) { return one(r.MemberByTelegram(2001)) }},
	},
	{
		name: "conversation", want: conversation(1),
		create: func(tx tickets.Tx) error { return tx.PutConversation(conversation(1)) },
		find:   map[string]func(tickets.Reader) (any, error){"chat": func(r tickets.Reader) (any, error) { return one(r.Conversation(1001, 1001)) }},
	},
	{
		name: "stock", want: tickets.Stock{Key: stockKey(visit), Capacity: 5, Held: 1, Sold: 2},
		create: func(tx tickets.Tx) error {
			return tx.PutStock(tickets.Stock{Key: stockKey(visit), Capacity: 5, Held: 1, Sold: 2})
		},
		find: map[string]func(tickets.Reader) (any, error){"key": func(r tickets.Reader) (any, error) { return one(r.Stock(stockKey(visit))) }},
	},
	{
		name: "setting", want: "shop",
		create: func(tx tickets.Tx) error { return tx.PutSetting("name", "shop") },
		find:   map[string]func(tickets.Reader) (any, error){"name": func(r tickets.Reader) (any, error) { return one(r.Setting("name")) }},
	},
}...)

func absent(_ *testing.T, s *shop) {
	for _, k := range things {
		for by, find := range k.find {
			s.absent(k.name+" by "+by, func(r tickets.Reader) error { _, err := find(r); return err })
		}
	}
	s.absent("catalog", func(r tickets.Reader) error { _, err := r.Catalog(); return err })
	s.absent("order without code", func(r tickets.Reader) error { _, err := r.OrderByCode(""); return err })
	s.refused(tickets.NotFound, func(tx tickets.Tx) error { return tx.DeleteToken(token(1).ID) })
}

func taken(t *testing.T, s *shop) {
	for _, k := range things {
		s.update(k.create)
		for by, clash := range k.clash {
			t.Log(k.name, by)
			s.refused(tickets.Exists, clash)
		}
	}
	s.sound()
}

func roundTrip(t *testing.T, s *shop) {
	for _, k := range things {
		s.update(k.create)
		for by, find := range k.find {
			s.view(func(r tickets.Reader) error {
				got, err := find(r)
				if !reflect.DeepEqual(got, k.want) {
					t.Errorf("%s by %s:\n got %+v\nwant %+v", k.name, by, got, k.want)
				}
				return err
			})
		}
	}
	s.sound()
}

func replaces(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error { return all(tx.CreateOrder(order(1)), tx.CreateCustomer(customer(1))) })
	s.update(func(tx tickets.Tx) error {
		o, c := order(1), customer(1)
		o.Code, o.Confirm, c.TelegramID = "TG260320Z00001", "other", 9
		return all(tx.PutOrder(o), tx.PutCustomer(c))
	})
	s.absent("order by the old code", func(r tickets.Reader) error { _, err := r.OrderByCode(order(1).Code); return err })
	s.absent("customer by the old telegram id", func(r tickets.Reader) error { _, err := r.CustomerByTelegram(1001); return err })
	s.view(func(r tickets.Reader) error {
		_, err := r.OrderByCode("TG260320Z00001")
		_, err2 := r.OrderByConfirm(customerID(1), "other")
		_, err3 := r.CustomerByTelegram(9)
		return all(err, err2, err3)
	})
	s.update(func(tx tickets.Tx) error { return tx.CreateOrder(order(2)) })
	s.refused(tickets.Exists, func(tx tickets.Tx) error {
		return tx.PutOrder(edited(order(2), func(o *tickets.Order) { o.Code = "TG260320Z00001" }))
	})
	s.sound()
}

func copies(t *testing.T, s *shop) {
	o, c := order(1), conversation(1)
	s.update(func(tx tickets.Tx) error {
		if err := all(tx.CreateOrder(o), tx.PutConversation(c)); err != nil {
			return err
		}
		o.Quote.Lines[0].Units, o.ProductName["en"] = 99, "changed"
		c.Quote.Lines[0].Units, c.Units[sku] = 99, 99
		got, err := tx.Order(o.ID)
		got.Quote.Lines[0].Units, got.ProductName["en"] = 98, "changed"
		return err
	})
	for range 2 {
		s.view(func(r tickets.Reader) error {
			got, err := r.Order(o.ID)
			if !reflect.DeepEqual(got, order(1)) {
				t.Errorf("order %+v", got)
			}
			talk, err2 := r.Conversation(c.Chat, c.User)
			if !reflect.DeepEqual(talk, conversation(1)) {
				t.Errorf("conversation %+v", talk)
			}
			got.Quote.Lines[0].Units, talk.Units[sku] = 97, 97
			return all(err, err2)
		})
	}
}

func times(t *testing.T, s *shop) {
	zone := time.FixedZone("SGT", 8*3600)
	odd := at(1).Add(1234567 * time.Nanosecond).In(zone)
	want := at(1).Add(time.Millisecond)
	o, h := order(1), hold(1)
	o.At, o.Quote.Until, o.ReviewUntil, h.Expiry = odd, odd, odd, odd
	c := conversation(1)
	c.Quote.Until = odd
	s.update(func(tx tickets.Tx) error { return all(tx.CreateOrder(o), tx.CreateHold(h), tx.PutConversation(c)) })
	if !c.Quote.Until.Equal(odd) {
		t.Error("the caller's quote was changed")
	}
	s.view(func(r tickets.Reader) error {
		o, err := r.Order(o.ID)
		h, err2 := r.Hold(h.ID)
		c, err3 := r.Conversation(c.Chat, c.User)
		for i, got := range []time.Time{o.At, o.Quote.Until, o.ReviewUntil, h.Expiry, c.Quote.Until} {
			if got != want {
				t.Errorf("time %d is %v, want %v", i, got, want)
			}
		}
		if !o.Fulfilment.At.IsZero() {
			t.Errorf("zero time is %v", o.Fulfilment.At)
		}
		return all(err, err2, err3)
	})
}
