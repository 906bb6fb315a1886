package bot_test

import (
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func TestEverythingSaysWhatReallyGoesBack(t *testing.T) {
	t.Parallel()
	s := openStory(t, shopOptions{}, "en")
	o := s.threeTickets(s.mei)
	s.clock.pass(9 * time.Hour)
	by := tickets.Actor{Kind: tickets.ActorMember, ID: "gate", Name: "North"}
	if _, _, err := s.desk.Admit(s.ctx, checkout.Admitting{Scan: string(s.tickets(o)[0].Code), By: by}); err != nil {
		t.Fatal(err)
	}
	s.m.say("/refund " + o.Code)
	if m := s.g.Last(); !hasButton(m, "Everything · S$90.00") {
		t.Errorf("a used ticket keeps its money:\n%s", m.Body())
	}
	s.m.deed('f', "", "Refund S$90.00?")
	s.m.deed('f', "0", "S$90.00 is on its way back")
	if o = s.order(s.mei); o.Refunding != 9000 {
		t.Errorf("%d are on their way back", o.Refunding)
	}
}

func TestEverythingLeavesWhatTheCustomerAskedBack(t *testing.T) {
	t.Parallel()
	s := openStory(t, shopOptions{}, "en")
	o := s.threeTickets(s.mei)
	s.c.partAsk()
	s.c.press("Ask for", "💬")
	s.m.say("/refund " + o.Code)
	s.m.deed('f', "", "Refund S$90.00?")
	s.m.deed('f', "0", "S$90.00 is on its way back")
	if o = s.order(s.mei); o.Refunding != 9000+3500 {
		t.Errorf("%d are on their way back", o.Refunding)
	}
}
