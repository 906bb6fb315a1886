package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// wants fails unless a page has all of the texts.
func wants(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if !strings.Contains(page, s) {
			t.Errorf("the page lacks %q:\n%s", s, page)
		}
	}
}

// lacks fails when a page has one of the texts.
func lacks(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if strings.Contains(page, s) {
			t.Errorf("the page has %q:\n%s", s, page)
		}
	}
}

func TestTheMorningOfAnEmptyShopSaysWhatToDoFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	status, body := w.as(tickets.RoleOwner).get("/console/")
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	wants(t, body, "Four steps to the first sale", "Link your Telegram group", "S$0.00", "Nothing waits for a decision")
}

func TestTheMorningShowsWhatWasSoldWhoComesAndWhatWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.bought()
	other, _ := w.paid(w.ordered("cable_car", "cable_car_adult", 2, "2026-03-20"))
	w.placed()
	w.pass(time.Minute)
	if _, err := w.desk.Tally(t.Context()); err != nil {
		t.Fatal(err)
	}
	total := tickets.Money{Amount: o.Total().Amount + other.Total().Amount, Currency: "SGD"}
	_, body := w.as(tickets.RoleManager).get("/console/")
	wants(t, body, "S$"+total.Decimal(), "3 placed", "<b>0 <small>/ 2</small></b>", o.Code, "2 of", "places sold")
	lacks(t, body, "Four steps")
}

// TestTheMorningComparesWithTheSameWeekday has a sale a week ago, half an hour before and half an hour after this time.
func TestTheMorningComparesWithTheSameWeekday(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, _ := w.bought()
	w.pass(time.Hour)
	w.bought()
	w.pass(7*24*time.Hour - 30*time.Minute)
	if _, err := w.desk.Tally(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, body := w.as(tickets.RoleOwner).get("/console/")
	whole := tickets.Money{Amount: 2 * one.Total().Amount, Currency: "SGD"}
	wants(t, body, "S$"+one.Total().Decimal()+" behind", "S$"+one.Total().Decimal()+" by this time, S$"+whole.Decimal()+" in the whole day")
}

func TestTheMorningNamesTheOldestCases(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.bought()
	by := checkout.Staff{Actor: tickets.Actor{Kind: tickets.ActorMember, ID: "mem_1", Name: "Sue"}, Role: tickets.RoleSupport, Source: "console"}
	_, err := w.desk.AskRefund(t.Context(), checkout.RefundWish{Order: o.ID, By: by, Amount: 500, Reason: "rain"})
	must(t, err)
	w.pass(3 * time.Hour)
	_, body := w.as(tickets.RoleSupport).get("/console/")
	wants(t, body, "Refund waits for approval", "/console/cases/case_", "3 h ago")
	_, body = w.as(tickets.RoleReadOnly).get("/console/")
	lacks(t, body, "/console/cases")
}

func TestWhoOnlyAdmitsBeginsAtTheGate(t *testing.T) {
	t.Parallel()
	_, body := newWorld(t).as(tickets.RoleGate).get("/console/")
	lacks(t, body, "Revenue")
}
