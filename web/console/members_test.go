package console_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

var secretIn = regexp.MustCompile(`id="secret">([^<]+)<`)

// fresh is a browser that nobody signed in with yet.
func (w *world) fresh() *browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	must(w.t, err)
	return &browser{w: w, Client: &http.Client{Jar: jar}}
}

func (w *world) member(id tickets.MemberID) (m tickets.Member) {
	w.t.Helper()
	must(w.t, w.store.View(w.t.Context(), func(r tickets.Reader) (err error) { m, err = r.Member(id); return err }))
	return m
}

// named is the member who signs in with a name.
func (w *world) named(login string) (l tickets.Login) {
	w.t.Helper()
	must(w.t, w.store.View(w.t.Context(), func(r tickets.Reader) (err error) { l, err = r.LoginByName(login); return err }))
	return l
}

// acted is the newest row of the log of an act.
func (w *world) acted(act string) (e tickets.AuditEntry) {
	w.t.Helper()
	for _, got := range w.entries() {
		if got.Act == act {
			e = got
		}
	}
	return e
}

func TestNewManagerSignsInWithTheGivenPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.as(tickets.RoleOwner)
	status, body := owner.post("/console/members", url.Values{"name": {"Kim Lee"}, "login": {"Kim"}, "role": {"manager"}})
	found := secretIn.FindStringSubmatch(body)
	if status != http.StatusOK || found == nil {
		t.Fatalf("%d %s", status, body)
	}
	l := w.named("kim")
	if !l.Once || w.member(l.Member).Role != tickets.RoleManager {
		t.Errorf("login %+v", l)
	}
	kim := w.fresh()
	status, body = kim.post("/console/login", url.Values{"name": {"KIM"}, "password": {found[1]}})
	if status != http.StatusOK || strings.Contains(body, `action="/console/login"`) {
		t.Errorf("kim cannot sign in: %d %s", status, body)
	}
	if e := w.acted("member_add"); e.Result != "ok" || e.Object != string(l.Member) || e.Actor.ID != string(owner.id) || strings.Contains(e.After, found[1]) {
		t.Errorf("log has %+v", e)
	}
	if _, list := owner.get("/console/members"); !strings.Contains(list, "Kim Lee") || strings.Contains(list, found[1]) {
		t.Errorf("list %s", list)
	}
}

func TestBadMemberFormComesBackWithItsInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.as(tickets.RoleOwner)
	for _, c := range []struct{ name, login, role, want string }{
		{"", "kim", "gate", "wrong-name"}, {"Kim", "k m", "gate", "wrong-login"}, {"Kim", "k", "gate", "wrong-login"},
		{"Kim", w.login(owner.id), "gate", "wrong-login"}, {"Kim", "kim", "king", `class="wrong"`},
	} {
		status, body := owner.post("/console/members", url.Values{"name": {c.name}, "login": {c.login}, "role": {c.role}})
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, c.want) || !strings.Contains(body, `value="`+c.login+`"`) {
			t.Errorf("%+v: %d %s", c, status, body)
		}
	}
}

func (w *world) login(id tickets.MemberID) (name string) {
	w.t.Helper()
	must(w.t, w.store.View(w.t.Context(), func(r tickets.Reader) error {
		l, err := r.Login(id)
		name = l.Name
		return err
	}))
	return name
}

func TestNobodyRisesAboveTheirRank(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner, manager, support := w.as(tickets.RoleOwner), w.as(tickets.RoleManager), w.as(tickets.RoleSupport)
	for _, c := range []struct {
		who    *browser
		path   string
		form   url.Values
		status int
	}{
		{manager, "/console/members", url.Values{"name": {"X"}, "login": {"xx"}, "role": {"owner"}}, http.StatusForbidden},
		{manager, "/console/members/" + string(owner.id) + "/role", url.Values{"role": {"gate"}}, http.StatusForbidden},
		{manager, "/console/members/" + string(owner.id) + "/remove", nil, http.StatusForbidden},
		{manager, "/console/members/" + string(owner.id) + "/password", nil, http.StatusForbidden},
		{manager, "/console/members/" + string(support.id) + "/role", url.Values{"role": {"owner"}}, http.StatusForbidden},
		{manager, "/console/members/invite", url.Values{"role": {"owner"}}, http.StatusForbidden},
		{support, "/console/members", url.Values{"name": {"X"}, "login": {"xx"}, "role": {"gate"}}, http.StatusForbidden},
		{owner, "/console/members/mem_000000000000000000000000/remove", nil, http.StatusNotFound},
	} {
		if status, body := c.who.post(c.path, c.form); status != c.status {
			t.Errorf("%s %v: %d, want %d: %s", c.path, c.form, status, c.status, body)
		}
	}
	if w.member(owner.id).Role != tickets.RoleOwner || w.member(support.id).Role != tickets.RoleSupport {
		t.Error("a role changed")
	}
}

func TestTheLastOwnerStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.as(tickets.RoleOwner), w.as(tickets.RoleOwner)
	if _, body := first.post("/console/members/"+string(first.id)+"/remove", nil); !strings.Contains(body, "flash bad") {
		t.Errorf("an owner removed themself: %s", body)
	}
	if status, body := first.post("/console/members/"+string(second.id)+"/role", url.Values{"role": {"manager"}}); status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := second.post("/console/members/"+string(first.id)+"/remove", nil); status != http.StatusForbidden {
		t.Errorf("a manager removed the last owner: %d", status)
	}
	if !w.member(first.id).Here() {
		t.Error("no owner is left")
	}
}

func TestRemovedMemberIsOutAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner, kim := w.as(tickets.RoleOwner), w.as(tickets.RoleManager)
	name := w.login(kim.id)
	if status, body := owner.post("/console/members/"+string(kim.id)+"/remove", url.Values{"reason": {"moved away"}}); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	if _, body := kim.get("/console/members"); !strings.Contains(body, `action="/console/login"`) {
		t.Error("a removed member still sees the console")
	}
	if status, _ := kim.post("/console/login", url.Values{"name": {name}, "password": {password}}); status != http.StatusUnauthorized {
		t.Errorf("a removed member signs in: %d", status)
	}
	if m := w.member(kim.id); m.Name == "" || m.Role != "" || m.Here() {
		t.Errorf("row %+v", m)
	}
	if e := w.acted("member_remove"); e.Reason != "moved away" || e.Before != "manager" {
		t.Errorf("log %+v", e)
	}
	if _, body := owner.get("/console/members"); !strings.Contains(body, w.member(kim.id).Name) {
		t.Error("the list forgot who was here")
	}
}

func TestNewPasswordEndsSignInsAndIsShownOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner, kim := w.as(tickets.RoleOwner), w.as(tickets.RoleSupport)
	name := w.login(kim.id)
	_, body := owner.post("/console/members/"+string(kim.id)+"/password", nil)
	found := secretIn.FindStringSubmatch(body)
	if found == nil {
		t.Fatal(body)
	}
	if _, body := kim.get("/console/"); !strings.Contains(body, `action="/console/login"`) {
		t.Error("the old sign-in lives on")
	}
	if status, _ := kim.post("/console/login", url.Values{"name": {name}, "password": {password}}); status != http.StatusUnauthorized {
		t.Errorf("the old password works: %d", status)
	}
	if status, _ := kim.post("/console/login", url.Values{"name": {name}, "password": {found[1]}}); status != http.StatusOK {
		t.Errorf("the new password does not work: %d", status)
	}
}

func TestInviteCodeMakesAMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.as(tickets.RoleOwner)
	_, body := owner.post("/console/members/invite", url.Values{"role": {"gate"}})
	found := secretIn.FindStringSubmatch(body)
	if len(found) < 2 || !strings.HasPrefix(found[1], "/join ") {
		t.Fatal(body)
	}
	m, err := w.desk.Join(t.Context(), checkoutJoining(strings.TrimPrefix(found[1], "/join ")))
	if err != nil || m.Role != tickets.RoleGate || m.By != string(owner.id) {
		t.Errorf("%+v, %v", m, err)
	}
}

func checkoutJoining(code string) checkout.Joining {
	return checkout.Joining{Code: code, Purpose: tickets.InviteRole, TelegramID: 99, Name: "Gate"}
}
