package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"boxoffice/tickets"
)

func (w *world) admit(scan, body string, headers ...string) answer {
	w.t.Helper()
	return w.send(http.MethodPost, "/api/v1/tickets/"+scan+"/admissions", body, append([]string{"Authorization", "Bearer " + bootstrap}, headers...)...)
}

// visitDay moves the clock into the visit date.
func (w *world) visitDay() { w.pass(24 * time.Hour) }

func TestGateAdmitsAndSaysWhoDidBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ks := w.bought(w.family())
	code := string(ks[0].Code)
	p := w.problem(w.admit(code, `{"count":1}`), 409, tickets.WrongDate)
	if p.Slot != visit {
		t.Errorf("slot %q", p.Slot)
	}
	w.visitDay()
	var in struct {
		Ticket    struct{ Admitted, Left int }
		Admission struct {
			N, Count int
			Gate, At string
			By       tickets.Actor
		}
	}
	a := w.admit(ks[0].Text, `{"count":1,"gate":"North"}`)
	decode(t, a.Body, &in)
	if a.StatusCode != 201 || in.Ticket.Left != 2 || in.Admission.N != 1 || in.Admission.Gate != "North" || in.Admission.By.Kind != tickets.ActorToken {
		t.Fatalf("%s %s", a.Status, a.Body)
	}
	if p := w.problem(w.admit(code, `{"count":3}`), 409, tickets.Limit); p.Left != 2 {
		t.Errorf("left %d", p.Left)
	}
	w.pass(time.Minute)
	if a := w.admit(code, `{"gate":"South"}`, "Authorization", "Bearer "+w.token("tickets:admit")); a.StatusCode != 201 {
		t.Fatalf("the rest: %s %s", a.Status, a.Body)
	}
	p = w.problem(w.admit(code, ""), 409, tickets.Admitted)
	if p.By != "gate A" || p.Gate != "South" || p.At != "2026-03-21T08:37:20.028Z" {
		t.Errorf("%+v", p)
	}
	var look struct {
		Verdict struct {
			Admissible bool
			Kind       *string
		}
		Admissions []json.RawMessage
	}
	w.api("/api/v1/tickets/"+code, &look)
	if look.Verdict.Admissible || *look.Verdict.Kind != "admitted" || len(look.Admissions) != 2 {
		t.Errorf("%+v", look)
	}
}

func TestGateRefusesWhatIsNoTicket(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ks := w.bought(w.family())
	foreign := []byte(ks[0].Text)
	foreign[100] = 'A' + (foreign[100]-'A'+1)%26
	w.problem(w.admit(string(foreign), ""), 422, tickets.Forged)
	w.problem(w.admit("ticket_000000000000000000000000", ""), 404, tickets.NotFound)
	w.problem(w.admit("hello", ""), 400, tickets.Invalid)
	for _, body := range []string{"{", `{"count":"1"}`, `{"cuont":1}`, `{"count":-1}`, `{"count":1}{}`, `{"gate":"` + strings.Repeat("x", 201) + `"}`} {
		w.problem(w.admit(string(ks[0].Code), body), 400, tickets.Invalid)
	}
	w.problem(w.admit(string(ks[0].Code), `{"gate":"`+strings.Repeat("x", 100<<10)+`"}`), 413, tickets.Invalid)
}

func TestRepeatedAdmissionIsAnsweredAsTheFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ks := w.bought(w.family())
	w.visitDay()
	code := string(ks[0].Code)
	first := w.admit(code, `{"count":1,"gate":"N"}`, "Idempotency-Key", "1")
	w.pass(time.Minute)
	again := w.admit(code, `{"count":1,"gate":"N"}`, "Idempotency-Key", "1")
	if first.StatusCode != 201 || again.Body != first.Body {
		t.Errorf("first %s\nagain %s", first.Body, again.Body)
	}
	w.problem(w.admit(code, `{"count":2}`, "Idempotency-Key", "1"), 409, tickets.Conflict)
	other := w.admit(code, `{"count":1}`, "Idempotency-Key", "1", "Authorization", "Bearer "+w.token("tickets:admit"))
	if other.StatusCode != 201 || !strings.Contains(other.Body, `"admitted":2`) {
		t.Errorf("another program with the same key: %s %s", other.Status, other.Body)
	}
}

func TestAThousandGatesAtOnceAdmitThreePeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ks := w.bought(w.family())
	w.visitDay()
	var mu sync.Mutex
	status := map[int]int{}
	var wg sync.WaitGroup
	for range 1000 {
		wg.Go(func() {
			a := w.admit(string(ks[0].Code), `{"count":1,"gate":"any"}`)
			mu.Lock()
			defer mu.Unlock()
			status[a.StatusCode]++
		})
	}
	wg.Wait()
	if status[201] != 3 || status[409] != 997 {
		t.Errorf("answers by status: %v", status)
	}
}
