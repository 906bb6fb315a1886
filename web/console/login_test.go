package console_test

import (
	"net/http"
	"strings"
	"testing"

	"boxoffice/tickets"
)

func TestSignInShowsToday(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bought()
	b := w.as(tickets.RoleOwner)
	status, body := b.get("/console/")
	if status != http.StatusOK || !strings.Contains(body, "S$") || !strings.Contains(body, "Member owner") {
		t.Errorf("%d %s", status, body)
	}
}

func TestStrangerIsSentToTheLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stranger := &browser{w: w, Client: &http.Client{}}
	if status, body := stranger.get("/console/"); status != http.StatusOK || !strings.Contains(body, `name="password"`) {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := stranger.post("/console/logout", nil); status != http.StatusUnauthorized {
		t.Errorf("a form of a stranger is answered %d", status)
	}
}
