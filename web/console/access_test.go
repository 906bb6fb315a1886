package console_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"boxoffice/tickets"
	"boxoffice/web/console"
)

const loginForm = `action="/console/login"`

// signIn sends the login form.
func (b *browser) signIn(name, password string) (int, string) {
	b.w.t.Helper()
	return b.post("/console/login", url.Values{"name": {name}, "password": {password}})
}

// cookie is the browser's cookie of a name.
func (b *browser) cookie(name string) string {
	b.w.t.Helper()
	u, err := url.Parse(b.w.srv.URL)
	must(b.w.t, err)
	for _, c := range b.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// change stores a changed login.
func (w *world) change(id tickets.MemberID, fn func(*tickets.Login)) {
	w.t.Helper()
	must(w.t, w.store.Update(w.t.Context(), func(tx tickets.Tx) error {
		l, err := tx.Login(id)
		if err != nil {
			return err
		}
		fn(&l)
		return tx.PutLogin(l)
	}))
}

func (w *world) loginOf(id tickets.MemberID) (l tickets.Login) {
	w.t.Helper()
	must(w.t, w.store.View(w.t.Context(), func(r tickets.Reader) (err error) { l, err = r.Login(id); return err }))
	return l
}

func TestGuessesStopAndTheOwnerStaysIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.as(tickets.RoleOwner)
	name := w.login(owner.id)
	thief := w.fresh()
	for i := range 5 {
		if status, _ := thief.signIn(name, fmt.Sprintf("guess number %d", i)); status != http.StatusUnauthorized {
			t.Fatalf("guess %d: %d", i, status)
		}
	}
	if status, body := thief.signIn(name, password); status != http.StatusTooManyRequests || strings.Contains(body, loginForm) {
		t.Errorf("the sixth try: %d", status)
	}
	if status, _ := w.fresh().signIn(name, password); status != http.StatusTooManyRequests {
		t.Errorf("another unknown browser: %d", status)
	}
	owner.post("/console/logout", nil)
	if status, body := owner.signIn(name, password); status != http.StatusOK || strings.Contains(body, loginForm) {
		t.Errorf("the owner is locked out of a known browser: %d %s", status, body)
	}
	w.pass(15 * time.Minute)
	if status, _ := thief.signIn(name, password); status != http.StatusOK {
		t.Errorf("after the wait: %d", status)
	}
}

func TestAnAddressGetsTwentyTries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	thief := w.fresh()
	var last int
	for i := range 21 {
		last, _ = thief.signIn(fmt.Sprintf("somebody%d", i), "some password or other")
		if i < 20 && last != http.StatusUnauthorized {
			t.Fatalf("try %d: %d", i, last)
		}
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("try 21: %d", last)
	}
}

// TestTenThousandGuessesADay counts what an account lets through in a day from addresses without end.
func TestTenThousandGuessesADay(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)
	through := 0
	var l console.Limiter
	for i := range 10000 {
		if l.TakeAccount(at.Add(time.Duration(i)*24*time.Hour/10000), "name:owner") {
			through++
		}
	}
	if through != 40 {
		t.Errorf("%d guesses came through, want 40", through)
	}
}

func TestUnknownNameLooksLikeAWrongPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.as(tickets.RoleOwner)
	s1, known := w.fresh().signIn(w.login(owner.id), "not the password")
	s2, unknown := w.fresh().signIn("nobody.here", "not the password")
	known = strings.ReplaceAll(known, w.login(owner.id), "NAME")
	unknown = strings.ReplaceAll(unknown, "nobody.here", "NAME")
	if s1 != s2 || known != unknown {
		t.Errorf("%d and %d:\n%s\n%s", s1, s2, known, unknown)
	}
}

func TestSignInsAreWrittenDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.as(tickets.RoleOwner)
	if e := w.acted("sign_in"); e.Result != "ok" || e.Reason != "password" || e.Actor.ID != string(owner.id) || e.IP == "" {
		t.Errorf("success: %+v", e)
	}
	w.fresh().signIn(w.login(owner.id), "wrong password here")
	if e := w.acted("sign_in"); e.Result != "refused" || e.Actor.ID != string(owner.id) {
		t.Errorf("failure: %+v", e)
	}
	w.fresh().signIn("a password in the wrong field", "x")
	for _, e := range w.entries() {
		if strings.Contains(fmt.Sprint(e), "wrong field") {
			t.Errorf("the log keeps what was typed as a name: %+v", e)
		}
	}
}

func TestSignInRenewsTheCookie(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *console.Config) {
		c.Tell = func(context.Context, tickets.Member, string) error { return nil }
	})
	owner := w.as(tickets.RoleOwner)
	victim := w.fresh()
	victim.post("/console/login/link", url.Values{"name": {"whoever"}}) // a session before the sign-in
	planted := victim.cookie("s")
	victim.signIn(w.login(owner.id), password)
	after := victim.cookie("s")
	if planted == "" || after == "" || planted == after {
		t.Fatalf("cookie %q became %q", planted, after)
	}
	thief := w.fresh()
	u, err := url.Parse(w.srv.URL)
	must(t, err)
	thief.Jar.SetCookies(u, []*http.Cookie{{Name: "s", Value: planted}})
	if _, body := thief.get("/console/"); !strings.Contains(body, loginForm) {
		t.Error("a planted cookie is signed in")
	}
	victim.post("/console/prove", url.Values{"password": {password}})
	if victim.cookie("s") == after {
		t.Error("the proof did not renew the cookie")
	}
	must(t, w.store.View(t.Context(), func(r tickets.Reader) error {
		list, err := r.SignIns()
		for _, in := range list { // who steals the store has no cookie
			thief.Jar.SetCookies(u, []*http.Cookie{{Name: "s", Value: in.Hash}})
			if _, body := thief.get("/console/"); !strings.Contains(body, loginForm) {
				t.Error("a stored hash works as a cookie")
			}
		}
		return err
	}))
}

func TestGivenPasswordMustBeChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kim := w.as(tickets.RoleManager)
	w.change(kim.id, func(l *tickets.Login) { l.Once = true })
	for _, path := range []string{"/console/", "/console/members", "/console/me"} {
		if _, body := kim.get(path); !strings.Contains(body, `action="/console/me/password"`) {
			t.Errorf("%s is shown before the password is changed", path)
		}
	}
	for wrong, why := range map[string]string{
		"short":                        "at least 12",
		"password1234":                 "Many people",
		"dragondragon":                 "Many people",
		"aaaaaaaaaaaa":                 "Many people",
		w.login(kim.id):                "a name that everybody knows",
		strings.Repeat("1a2b3c4d", 20): "at most 128",
		password:                       "password of now",
	} {
		status, body := kim.post("/console/me/password", url.Values{"new": {wrong}, "again": {wrong}})
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, why) {
			t.Errorf("%q: %d, not %q: %s", wrong, status, why, body)
		}
	}
	if status, _ := kim.post("/console/me/password", url.Values{"new": {"four quiet green tables"}, "again": {"four quiet green chairs"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("two that differ: %d", status)
	}
	good := "four quiet green tables"
	status, _ := kim.post("/console/me/password", url.Values{"new": {good}, "again": {good}})
	if status != http.StatusOK || w.loginOf(kim.id).Once {
		t.Fatalf("%d", status)
	}
	if _, body := kim.get("/console/"); strings.Contains(body, "/console/me/password\"") {
		t.Error("still asked")
	}
	if status, _ := w.fresh().signIn(w.login(kim.id), good); status != http.StatusOK {
		t.Errorf("the new password does not work: %d", status)
	}
}

func TestNewPasswordAsksForTheOldAndEndsOtherSignIns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here := w.as(tickets.RoleOwner)
	there := w.fresh()
	there.signIn(w.login(here.id), password)
	good := "four quiet green tables"
	if status, _ := here.post("/console/me/password", url.Values{"old": {"not this one"}, "new": {good}, "again": {good}}); status != http.StatusUnprocessableEntity {
		t.Errorf("wrong old password: %d", status)
	}
	here.post("/console/me/password", url.Values{"old": {password}, "new": {good}, "again": {good}})
	if _, body := here.get("/console/me"); strings.Contains(body, loginForm) {
		t.Error("who changed it is signed out")
	}
	if _, body := there.get("/console/me"); !strings.Contains(body, loginForm) {
		t.Error("the other browser is still signed in")
	}
}

func TestMemberEndsOwnSignInsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here, other := w.as(tickets.RoleOwner), w.as(tickets.RoleSupport)
	there := w.fresh()
	there.signIn(w.login(here.id), password)
	_, body := here.get("/console/me")
	marks := regexp.MustCompile(`name="which" value="([0-9a-f]{16})"`).FindAllStringSubmatch(body, -1)
	if len(marks) != 1 {
		t.Fatalf("%d other sign-ins are listed: %s", len(marks), body)
	}
	if status, _ := other.post("/console/me/sign-ins", url.Values{"which": {marks[0][1]}}); status != http.StatusNotFound {
		t.Errorf("somebody else's sign-in was ended: %d", status)
	}
	here.post("/console/me/sign-ins", url.Values{"which": {marks[0][1]}})
	if _, body := there.get("/console/me"); !strings.Contains(body, loginForm) {
		t.Error("the other browser is still signed in")
	}
	there.signIn(w.login(here.id), password)
	here.post("/console/me/sign-ins", url.Values{"which": {"others"}})
	if _, body := there.get("/console/me"); !strings.Contains(body, loginForm) {
		t.Error("all others did not end it")
	}
	if _, body := here.get("/console/me"); strings.Contains(body, loginForm) {
		t.Error("this browser was signed out")
	}
	if _, body := other.get("/console/me"); strings.Contains(body, loginForm) {
		t.Error("somebody else was signed out")
	}
}

// app is an authenticator app: each call gives the code of the next step that the door still takes.
type app struct {
	secret string
	step   time.Duration
}

func (a *app) code(t *testing.T) string {
	t.Helper()
	c, err := totp.GenerateCode(a.secret, time.Now().Add(a.step))
	must(t, err)
	return c
}

// enrolled adds an authenticator app to a member and returns it with the recovery codes.
func (b *browser) enrolled() (*app, []string) {
	t := b.w.t
	t.Helper()
	_, body := b.get("/console/me/totp")
	found := regexp.MustCompile(`class="secret">([A-Z2-7]+)<`).FindStringSubmatch(body)
	if found == nil {
		t.Fatal(body)
	}
	a := &app{secret: found[1], step: -30 * time.Second}
	status, body := b.post("/console/me/totp", url.Values{"code": {a.code(t)}})
	var codes []string
	for _, m := range regexp.MustCompile(`<li><code>([a-z2-7-]{19})<`).FindAllStringSubmatch(body, -1) {
		codes = append(codes, m[1])
	}
	if status != http.StatusOK || len(codes) != 10 {
		t.Fatalf("%d: %d recovery codes: %s", status, len(codes), body)
	}
	return a, codes
}

func TestSecondFactorIsAskedForAndEachCodeWorksOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.as(tickets.RoleOwner)
	name := w.login(owner.id)
	if status, _ := owner.get("/console/me/totp.png"); status != http.StatusNotFound {
		t.Errorf("a picture of no secret: %d", status)
	}
	a, codes := owner.enrolled()
	half := func() *browser {
		b := w.fresh()
		if _, body := b.signIn(name, password); !strings.Contains(body, `action="/console/login/second"`) {
			t.Fatalf("no second factor is asked for: %s", body)
		}
		if _, body := b.get("/console/members"); !strings.Contains(body, loginForm) {
			t.Fatal("half signed in is in")
		}
		return b
	}
	enter := func(b *browser, code string) bool {
		status, body := b.post("/console/login/second", url.Values{"code": {code}})
		return status == http.StatusOK && !strings.Contains(body, loginForm)
	}
	if enter(half(), a.code(t)) {
		t.Error("the code that turned it on works once more")
	}
	a.step = 30 * time.Second // the next step, which clocks that are wrong may be at
	code := a.code(t)
	if !enter(half(), code[:3]+" "+code[3:]) {
		t.Error("a good code does not work")
	}
	if enter(half(), code) {
		t.Error("a code worked twice")
	}
	if !enter(half(), strings.ToUpper(codes[3])) {
		t.Error("a recovery code does not work")
	}
	if enter(half(), codes[3]) {
		t.Error("a recovery code worked twice")
	}
	if l := w.loginOf(owner.id); len(l.Recovery) != 9 || strings.Contains(strings.Join(l.Recovery, ""), strings.ReplaceAll(codes[0], "-", "")) {
		t.Errorf("recovery codes %v", l.Recovery)
	}
	if enter(w.fresh(), codes[4]) {
		t.Error("a code without a password opens the console")
	}
}

func TestSecondFactorWaitsFiveMinutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.as(tickets.RoleOwner)
	_, codes := owner.enrolled()
	b := w.fresh()
	b.signIn(w.login(owner.id), password)
	w.pass(5 * time.Minute)
	if _, body := b.post("/console/login/second", url.Values{"code": {codes[0]}}); !strings.Contains(body, loginForm) {
		t.Error("the password of five minutes ago still counts")
	}
}

func TestProofLastsFiveMinutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.as(tickets.RoleOwner)
	form := url.Values{"name": {"Kim"}, "login": {"kim"}, "role": {"gate"}}
	w.pass(5 * time.Minute)
	if _, body := owner.get("/console/members/new"); !strings.Contains(body, `action="/console/prove"`) {
		t.Error("the form is shown without proof")
	}
	if _, body := owner.post("/console/members", form); !strings.Contains(body, `action="/console/prove"`) {
		t.Error("the form is taken without proof")
	}
	if status, _ := owner.post("/console/prove", url.Values{"password": {"not this one"}, "next": {"/console/members/new"}}); status != http.StatusUnauthorized {
		t.Errorf("a wrong password: %d", status)
	}
	if _, body := owner.post("/console/prove", url.Values{"password": {password}, "next": {"/console/members/new"}}); !strings.Contains(body, `name="login"`) {
		t.Errorf("after the proof: %s", body)
	}
	if e := w.acted("prove"); e.Result != "ok" || e.Reason != "password" {
		t.Errorf("log %+v", e)
	}
	a, _ := owner.enrolled()
	w.pass(6 * time.Minute)
	a.step = 30 * time.Second
	if _, body := owner.post("/console/prove", url.Values{"code": {a.code(t)}, "next": {"/console/members/new"}}); !strings.Contains(body, `name="login"`) {
		t.Errorf("proof by code: %s", body)
	}
}

// told is what a bot was given to send.
type told struct {
	mu   sync.Mutex
	sent []string
	to   []tickets.MemberID
}

func (s *told) tell(_ context.Context, m tickets.Member, html string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent, s.to = append(s.sent, html), append(s.to, m.ID)
	return nil
}

func TestLinkFromTheBotOpensOnlyInTheBrowserThatAsked(t *testing.T) {
	t.Parallel()
	var bot told
	w := newWorld(t, func(c *console.Config) { c.Tell = bot.tell })
	owner := w.as(tickets.RoleOwner)
	must(t, w.store.Update(t.Context(), func(tx tickets.Tx) error {
		m, err := tx.Member(owner.id)
		if err != nil {
			return err
		}
		m.TelegramID = 4711
		if err := tx.PutMember(m); err != nil {
			return err
		}
		return tx.CreateCustomer(tickets.Customer{ID: "cus_0123456789abcdef01234567", Merchant: m.Merchant, TelegramID: 4711, Username: "Mei_Owner", At: w.now()})
	}))
	asked, nobody := w.fresh(), w.fresh()
	match := regexp.MustCompile(`class="match"[^>]*>(\d\d)<`)
	_, page := asked.post("/console/login/link", url.Values{"name": {"@mei_owner"}})
	_, none := nobody.post("/console/login/link", url.Values{"name": {"@mei_other"}})
	shown, noneShown := match.FindStringSubmatch(page), match.FindStringSubmatch(none)
	if shown == nil || noneShown == nil || match.ReplaceAllString(page, "NN") != match.ReplaceAllString(none, "NN") {
		t.Fatalf("the answer tells who is a member:\n%s\n%s", page, none)
	}
	w.console.Close() // waits for messages on their way
	if len(bot.sent) != 1 || bot.to[0] != owner.id || !strings.Contains(bot.sent[0], shown[1]) {
		t.Fatalf("sent %v to %v", bot.sent, bot.to)
	}
	link := regexp.MustCompile(`/console/login/link/[\w-]+`).FindString(bot.sent[0])
	for name, b := range map[string]*browser{"another browser": w.fresh(), "one that asked for somebody else": nobody} {
		if status, body := b.get(link); status != http.StatusForbidden || strings.Contains(body, `method="post"`) {
			t.Errorf("%s: %d", name, status)
		}
		if status, _ := b.post(link, nil); status != http.StatusForbidden {
			t.Errorf("%s got in: %d", name, status)
		}
	}
	if status, body := asked.get(link); status != http.StatusOK || match.FindStringSubmatch(body)[1] != shown[1] {
		t.Fatalf("%d %s", status, body)
	}
	if _, body := asked.get("/console/"); !strings.Contains(body, loginForm) {
		t.Error("opening the link signs in: programs open links too")
	}
	if status, body := asked.post(link, nil); status != http.StatusOK || strings.Contains(body, loginForm) {
		t.Errorf("the link does not sign in: %d", status)
	}
	if status, _ := asked.post(link, nil); status != http.StatusForbidden {
		t.Errorf("the link works twice: %d", status)
	}
	if e := w.acted("sign_in"); e.Reason != "link" {
		t.Errorf("log %+v", e)
	}
}

func TestLinkIsTooOldAfterFiveMinutes(t *testing.T) {
	t.Parallel()
	var bot told
	w := newWorld(t, func(c *console.Config) { c.Tell = bot.tell })
	owner := w.as(tickets.RoleOwner)
	must(t, w.store.Update(t.Context(), func(tx tickets.Tx) error {
		m, err := tx.Member(owner.id)
		m.TelegramID = 4711
		if err != nil {
			return err
		}
		return tx.PutMember(m)
	}))
	asked := w.fresh()
	asked.post("/console/login/link", url.Values{"name": {w.login(owner.id)}})
	w.console.Close()
	link := regexp.MustCompile(`/console/login/link/[\w-]+`).FindString(bot.sent[0])
	w.pass(5 * time.Minute)
	if status, _ := asked.post(link, nil); status != http.StatusForbidden {
		t.Errorf("an old link: %d", status)
	}
}

func TestMemberChoosesLanguageAndColours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(tickets.RoleReadOnly)
	_, body := b.post("/console/me/look", url.Values{"lang": {"zh-Hant"}, "theme": {"dark"}})
	if !strings.Contains(body, `<html lang="zh-Hant" data-theme="dark">`) || !strings.Contains(body, "已儲存") {
		t.Error(body)
	}
	if status, _ := b.post("/console/me/look", url.Values{"lang": {"en"}, "theme": {"<script>"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("a theme that is none: %d", status)
	}
}
