package storagetest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"boxoffice/tickets"
)

// access is what the merchant's console stores: logins, sign-ins, its log and the days' numbers.
var access = []clause{
	{"LoginNamesAreUnique", loginNames},
	{"SignInsAreDeleted", signInsDeleted},
	{"AuditEntriesFollowEachOther", auditChain},
	{"TalliesByDay", talliesByDay},
	{"ConsoleListsNewestFirstByPage", consoleLists},
}

func login(n int) tickets.Login {
	return tickets.Login{
		Member: member(n).ID, Name: fmt.Sprintf("huat%d", n), Password: "$argon2id$v=19$", TOTP: "JBSWY3DP", Step: 7, Recovery: []string{"a", "b"}, Once: true,
		Passkeys: []tickets.Passkey{{Name: "phone", Data: json.RawMessage(`{"id":"x"}`), At: at(1), Used: at(2)}}, Changed: at(n),
	}
}

func signIn(n int) tickets.SignIn {
	return tickets.SignIn{Hash: fmt.Sprintf("sign-in-%d", n), Member: member(n).ID, Data: []byte{0, 1, 0xFF}, Expiry: at(900), At: at(n), Seen: at(n + 1),
		Agent: "Firefox", IP: "2001:db8::1"}
}

func auditEntry(n int) (e tickets.AuditEntry) {
	for i := 1; i <= n; i++ {
		e = tickets.AuditEntry{
			At: at(i), Actor: tickets.Actor{Kind: tickets.ActorMember, ID: string(member(1).ID), Name: "Ah Huat"}, Act: "sign_in", Object: "x",
			Result: "ok", Before: "a", After: "b", Reason: "r", IP: "127.0.0.1", Agent: "Firefox",
		}.Chain(e)
	}
	return e
}

func tally(n int) tickets.Tally {
	return tickets.Tally{Merchant: merchant, Sort: "sales", Day: tickets.Date(20_000 + n), N: map[string]int64{"orders": int64(n), "SGD": 11900}}
}

var accessThings = []thing{
	{
		name: "login", want: login(1),
		create: func(tx tickets.Tx) error { return tx.PutLogin(login(1)) },
		find: map[string]func(tickets.Reader) (any, error){
			"member": func(r tickets.Reader) (any, error) { return one(r.Login(login(1).Member)) },
			"name":   func(r tickets.Reader) (any, error) { return one(r.LoginByName("huat1")) },
		},
		clash: map[string]func(tickets.Tx) error{
			"name": func(tx tickets.Tx) error {
				return tx.PutLogin(edited(login(2), func(l *tickets.Login) { l.Name = "huat1" }))
			},
		},
	},
	{
		name: "sign-in", want: signIn(1),
		create: func(tx tickets.Tx) error { return tx.PutSignIn(signIn(1)) },
		find:   map[string]func(tickets.Reader) (any, error){"hash": func(r tickets.Reader) (any, error) { return one(r.SignIn("sign-in-1")) }},
	},
	{
		name: "audit entry", want: auditEntry(1),
		create: func(tx tickets.Tx) error { return tx.AppendAudit(auditEntry(1)) },
		clash:  map[string]func(tickets.Tx) error{"seq": func(tx tickets.Tx) error { return tx.AppendAudit(auditEntry(1)) }},
	},
	{
		name: "tally", want: tally(1),
		create: func(tx tickets.Tx) error { return tx.PutTally(tally(1)) },
	},
}

func loginNames(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error { return all(tx.PutLogin(login(1)), tx.PutLogin(login(2))) })
	s.refused(tickets.Exists, func(tx tickets.Tx) error {
		return tx.PutLogin(edited(login(2), func(l *tickets.Login) { l.Name = "huat1" }))
	})
	s.update(func(tx tickets.Tx) error {
		return tx.PutLogin(edited(login(1), func(l *tickets.Login) { l.Name = "ah.huat" }))
	})
	s.absent("old name", func(r tickets.Reader) error { _, err := r.LoginByName("huat1"); return err })
	s.absent("member", func(r tickets.Reader) error { _, err := r.Member(member(1).ID); return err })
	s.view(func(r tickets.Reader) error {
		l, err := r.LoginByName("ah.huat")
		if l.Member != member(1).ID {
			t.Errorf("login %+v", l)
		}
		return err
	})
	s.sound()
}

func signInsDeleted(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		return all(tx.PutSignIn(signIn(3)), tx.PutSignIn(signIn(1)), tx.PutSignIn(signIn(2)), tx.DeleteSignIn("sign-in-2"), tx.DeleteSignIn("none"))
	})
	s.view(func(r tickets.Reader) error {
		list, err := r.SignIns()
		if want := []tickets.SignIn{signIn(1), signIn(3)}; !reflect.DeepEqual(list, want) {
			t.Errorf("sign-ins %+v", list)
		}
		return err
	})
	s.sound()
}

func auditChain(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error { return all(tx.AppendAudit(auditEntry(1)), tx.AppendAudit(auditEntry(2))) })
	s.refused(tickets.Exists, func(tx tickets.Tx) error { return tx.AppendAudit(auditEntry(2)) })
	s.refused(tickets.Invalid, func(tx tickets.Tx) error { return tx.AppendAudit(auditEntry(4)) })
	s.refused(tickets.Invalid, func(tx tickets.Tx) error {
		return tx.AppendAudit(edited(auditEntry(3), func(e *tickets.AuditEntry) { e.Act = "other" }))
	})
	s.update(func(tx tickets.Tx) error { return tx.AppendAudit(auditEntry(3)) })
	s.view(func(r tickets.Reader) error {
		list, _, err := r.AuditEntries(tickets.Page{})
		if want := []tickets.AuditEntry{auditEntry(3), auditEntry(2), auditEntry(1)}; !reflect.DeepEqual(list, want) {
			t.Errorf("audit entries %+v", list)
		}
		return err
	})
	s.sound()
}

func talliesByDay(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		other := edited(tally(2), func(v *tickets.Tally) { v.Sort = "sale" })
		return all(tx.PutTally(tally(3)), tx.PutTally(tally(1)), tx.PutTally(tally(2)), tx.PutTally(tally(9)), tx.PutTally(other))
	})
	s.view(func(r tickets.Reader) error {
		list, err := r.Tallies(merchant, "sales", tally(1).Day, tally(3).Day)
		if want := []tickets.Tally{tally(1), tally(2), tally(3)}; !reflect.DeepEqual(list, want) {
			t.Errorf("tallies %+v", list)
		}
		return err
	})
	s.sound()
}

func consoleLists(t *testing.T, s *shop) {
	const n = 23
	var customers []tickets.CustomerID
	var deliveries []tickets.DeliveryID
	var notices []tickets.NoticeID
	s.update(func(tx tickets.Tx) error {
		for i := range n {
			if err := all(tx.CreateCustomer(customer(i)), tx.CreateDelivery(delivery(i)), tx.CreateNotice(notice(i))); err != nil {
				return err
			}
		}
		return nil
	})
	for i := n - 1; i >= 0; i-- {
		customers, deliveries, notices = append(customers, customer(i).ID), append(deliveries, delivery(i).ID), append(notices, notice(i).ID)
	}
	pages(t, s, tickets.Reader.Customers, func(c tickets.Customer) tickets.CustomerID { return c.ID }, customers)
	pages(t, s, tickets.Reader.AllDeliveries, func(d tickets.Delivery) tickets.DeliveryID { return d.ID }, deliveries)
	pages(t, s, tickets.Reader.AllNotices, func(v tickets.Notice) tickets.NoticeID { return v.ID }, notices)
}
