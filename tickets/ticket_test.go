package tickets

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestGateVerdicts(t *testing.T) {
	t.Parallel()
	loc := zone(t, "Asia/Singapore")
	day := CivilDate(2026, time.March, 21)
	const early = 30 * time.Minute
	for _, c := range []struct {
		name   string
		ticket Ticket
		count  int
		at     time.Time
		want   Kind
		n      int
		state  TicketState
	}{
		{"all of it", Ticket{Places: 3}, 0, day.At("10:00", loc), "", 3, TicketUsed},
		{"some of it", Ticket{Places: 3}, 2, day.At("10:00", loc), "", 2, TicketValid},
		{"the rest", Ticket{Places: 3, Admitted: 2}, 0, day.At("23:59", loc), "", 1, TicketUsed},
		{"first minute", Ticket{Places: 1}, 1, day.At("", loc), "", 1, TicketUsed},
		{"more than left", Ticket{Places: 3, Admitted: 2}, 2, day.At("10:00", loc), Limit, 0, TicketValid},
		{"less than none", Ticket{Places: 3}, -1, day.At("10:00", loc), Invalid, 0, TicketValid},
		{"used up", Ticket{Places: 3, Admitted: 3, State: TicketUsed}, 0, day.At("10:00", loc), Admitted, 0, TicketUsed},
		{"used up, another day", Ticket{Places: 3, Admitted: 3, State: TicketUsed}, 0, (day + 1).At("10:00", loc), Admitted, 0, TicketUsed},
		{"yesterday", Ticket{Places: 1}, 0, (day + 1).At("", loc), WrongDate, 0, TicketValid},
		{"tomorrow", Ticket{Places: 1}, 0, (day - 1).At("23:59", loc), WrongDate, 0, TicketValid},
		{"revoked", Ticket{Places: 1, State: TicketRevoked}, 0, day.At("10:00", loc), Revoked, 0, TicketRevoked},
		{"too early", Ticket{Places: 1, Slot: Slot{Start: "14:00"}}, 0, day.At("13:29", loc), WrongDate, 0, TicketValid},
		{"early enough", Ticket{Places: 1, Slot: Slot{Start: "14:00"}}, 0, day.At("13:30", loc), "", 1, TicketUsed},
		{"late is not too late", Ticket{Places: 1, Slot: Slot{Start: "14:00"}}, 0, day.At("17:00", loc), "", 1, TicketUsed},
	} {
		k := c.ticket
		k.Slot.Date = day
		if k.State == "" {
			k.State = TicketValid
		}
		had := k.Admitted
		n, err := k.Admit(c.count, c.at, loc, early)
		if KindOf(err) != c.want || n != c.n || k.State != c.state || k.Admitted != had+n {
			t.Errorf("%s: %d, %v; ticket %s with %d admitted", c.name, n, err, k.State, k.Admitted)
		}
		if c.want == WrongDate && RefusalOf(err).Args["slot"] != k.Slot || c.want == Limit && RefusalOf(err).Args["left"] != 1 {
			t.Errorf("%s: args %v", c.name, RefusalOf(err).Args)
		}
	}
}

func TestIDsSortByTimeAndReadBack(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 20, 8, 36, 16, 30e6, time.UTC)
	if got := NewID(PrefixOrder, at, bytes.NewReader(make([]byte, 7))); got != fmt.Sprintf("order_%011x0000000000000", at.UnixMilli()) {
		t.Errorf("id %s", got)
	}
	var ids []string
	for i := range 50 {
		ids = append(ids, NewID(PrefixTicket, at.Add(time.Duration(i)*time.Millisecond), nil))
	}
	if !slices.IsSorted(ids) {
		t.Error("ids do not sort by time")
	}
	for id, want := range map[string]bool{
		ids[0]: true, "ticket_3642f77f45b6a19d0a63581e": true, "ticket_3642F77F45B6A19D0A63581E": false, "ticket_3642f77f45b6a19d0a63581": false,
		"order_3642f77f45b6a19d0a63581e": false, "": false,
	} {
		if ValidID(PrefixTicket, id) != want {
			t.Errorf("%q valid: %v", id, !want)
		}
	}
	if a, b := NewSecret(nil), NewSecret(nil); len(a) != 22 || a == b {
		t.Errorf("secrets %s and %s", a, b)
	}
	if n := NewNumber(bytes.NewReader(append(make([]byte, 8), 0, 0, 0, 0, 0, 0, 0, 5))); n != 5 {
		t.Errorf("number %d", n)
	}
}

func TestOrderCodesGrowPastZ(t *testing.T) {
	t.Parallel()
	day := CivilDate(2025, time.September, 1)
	for n, want := range map[int64]string{
		1: "TG250901A00001", 99999: "TG250901A99999", 100000: "TG250901B00001", 11*99999 + 1: "TG250901L00001",
		26 * 99999: "TG250901Z99999", 26*99999 + 1: "TG250901AA00001", 27*99999 + 1: "TG250901AB00001", 26 * 27 * 99999: "TG250901ZZ99999", 26*27*99999 + 1: "TG250901AAA00001",
	} {
		if got := OrderCode("TG", day, n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64Range(1, 1<<40).Draw(t, "a"), rapid.Int64Range(1, 1<<40).Draw(t, "b")
		if (OrderCode("", day, a) == OrderCode("", day, b)) != (a == b) {
			t.Fatalf("%d and %d", a, b)
		}
	})
}

func TestStatusTokenOpensOneOrder(t *testing.T) {
	t.Parallel()
	o := Order{ID: OrderID(NewID(PrefixOrder, time.Now(), nil)), Secret: NewSecret(nil)}
	id, secret, err := ParseStatusToken(o.StatusToken())
	if err != nil || id != o.ID || !o.SecretMatches(secret) {
		t.Fatalf("%s %s, %v", id, secret, err)
	}
	if o.SecretMatches("") || o.SecretMatches(NewSecret(nil)) || (Order{}).SecretMatches("") {
		t.Error("another secret opens it")
	}
	for _, bad := range []string{"", "x", strings.Repeat("g", 46), o.StatusToken()[1:], o.StatusToken() + "x"} {
		if _, _, err := ParseStatusToken(bad); KindOf(err) != NotFound {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestKindsSurviveWrapping(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("place: %w", error(Refuse(SoldOut, "%d left", 2).With("left", 2)))
	if !errors.Is(err, SoldOut) || errors.Is(err, Limit) || KindOf(err) != SoldOut || RefusalOf(err).Args["left"] != 2 {
		t.Errorf("%v", err)
	}
	if err.Error() != "place: sold_out: 2 left" {
		t.Error(err)
	}
	if KindOf(nil) != "" || KindOf(errors.New("x")) != "" || RefusalOf(SoldOut) != nil || KindOf(SoldOut) != SoldOut {
		t.Error("kinds out of nothing")
	}
	if w := (&Wait{After: time.Second}); !errors.Is(w, Unavailable) || w.Error() != "wait 1s" {
		t.Error(w)
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	may := map[Role][]Act{
		RoleOwner: {ActInvite, ActIssue, ActAdmit, ActToday, ActOrders}, RoleManager: {ActInvite, ActIssue, ActAdmit, ActToday, ActOrders},
		RoleSupport: {ActIssue, ActAdmit, ActToday, ActOrders}, RoleGate: {ActAdmit}, RoleReadOnly: {ActToday, ActOrders}, "": nil,
	}
	for role, acts := range may {
		for _, a := range []Act{ActInvite, ActIssue, ActAdmit, ActToday, ActOrders} {
			if role.May(a) != slices.Contains(acts, a) {
				t.Errorf("%s may %s: %v", role, a, role.May(a))
			}
		}
	}
	for _, c := range []struct {
		by, other       Role
		invite, atLeast bool
	}{
		{RoleOwner, RoleOwner, true, true}, {RoleManager, RoleOwner, false, false}, {RoleManager, RoleManager, true, true},
		{RoleSupport, RoleGate, false, true}, {RoleGate, RoleSupport, false, false}, {RoleOwner, "chef", false, false}, {"", RoleGate, false, false},
	} {
		if c.by.MayInvite(c.other) != c.invite || c.by.AtLeast(c.other) != c.atLeast {
			t.Errorf("%q and %q: invite %v, at least %v", c.by, c.other, c.by.MayInvite(c.other), c.by.AtLeast(c.other))
		}
	}
	if tok := (APIToken{Scopes: []string{ScopeOrdersRead}}); !tok.May(ScopeOrdersRead) || tok.May(ScopeAdmit) || !(APIToken{Scopes: []string{ScopeAll}}).May(ScopeAdmit) {
		t.Error("scopes")
	}
}
