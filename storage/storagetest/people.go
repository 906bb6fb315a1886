package storagetest

import (
	"reflect"
	"testing"

	"boxoffice/tickets"
)

var people = []clause{
	{"MembersOldestFirst", membersOldestFirst},
	{"MemberOfATelegramAccountIsReplaced", memberReplaced},
	{"TokensAreDeleted", tokensDeleted},
	{"ConversationsAreDeleted", conversationsDeleted},
	{"InvitesAreUsed", invitesUsed},
	{"CustomersWithoutTelegramDoNotClash", withoutTelegram},
}

func membersOldestFirst(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		return all(tx.PutMember(member(3)), tx.PutMember(member(1)), tx.PutMember(member(2)), tx.PutMember(member(1)))
	})
	s.view(func(r tickets.Reader) error {
		list, err := r.Members()
		if want := []tickets.Member{member(1), member(2), member(3)}; !reflect.DeepEqual(list, want) {
			t.Errorf("members %+v", list)
		}
		return err
	})
}

func memberReplaced(t *testing.T, s *shop) {
	again := member(2)
	again.TelegramID = member(1).TelegramID
	s.update(func(tx tickets.Tx) error { return all(tx.PutMember(member(1)), tx.PutMember(again)) })
	s.view(func(r tickets.Reader) error {
		list, err := r.Members()
		got, err2 := r.MemberByTelegram(again.TelegramID)
		if len(list) != 1 || got.ID != again.ID {
			t.Errorf("members %+v", list)
		}
		return all(err, err2)
	})
	s.sound()
}

func tokensDeleted(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error { return all(tx.CreateToken(token(1)), tx.CreateToken(token(2))) })
	s.update(func(tx tickets.Tx) error {
		used := token(2)
		used.Used = at(9)
		return all(tx.DeleteToken(token(1).ID), tx.PutToken(used))
	})
	s.absent("token", func(r tickets.Reader) error { _, err := r.Token("token-1"); return err })
	s.view(func(r tickets.Reader) error {
		list, err := r.Tokens()
		if len(list) != 1 || !list[0].Used.Equal(at(9)) {
			t.Errorf("tokens %+v", list)
		}
		return err
	})
	s.update(func(tx tickets.Tx) error { return tx.CreateToken(token(1)) })
	s.sound()
}

func conversationsDeleted(_ *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		return all(tx.PutConversation(conversation(1)), tx.DeleteConversation(1, 1))
	})
	s.update(func(tx tickets.Tx) error { return tx.DeleteConversation(1001, 1001) })
	s.absent("conversation", func(r tickets.Reader) error { _, err := r.Conversation(1001, 1001); return err })
}

func invitesUsed(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error { return tx.CreateInvite(invite(1)) })
	s.update(func(tx tickets.Tx) error {
		i, err := tx.Invite("invite-1")
		i.Used = at(9)
		return all(err, tx.PutInvite(i))
	})
	s.view(func(r tickets.Reader) error {
		i, err := r.Invite("invite-1")
		if !i.Used.Equal(at(9)) {
			t.Errorf("invite %+v", i)
		}
		return err
	})
}

func withoutTelegram(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		for i := range 3 {
			c, m := customer(i), member(i)
			c.TelegramID, m.TelegramID = 0, 0
			if err := all(tx.CreateCustomer(c), tx.PutMember(m)); err != nil {
				return err
			}
		}
		return nil
	})
	s.absent("customer by no telegram id", func(r tickets.Reader) error { _, err := r.CustomerByTelegram(0); return err })
	s.view(func(r tickets.Reader) error {
		list, err := r.Members()
		if len(list) != 3 {
			t.Errorf("members %+v", list)
		}
		return err
	})
}
