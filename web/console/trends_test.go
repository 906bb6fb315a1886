package console_test

import (
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"boxoffice/tickets"
)

func (w *world) counted() {
	w.t.Helper()
	w.pass(time.Minute)
	for range 3 {
		_, err := w.desk.Tally(w.t.Context())
		must(w.t, err)
	}
}

func TestTrendsSayWhatWasSoldAgainstTheDaysBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, _ := w.bought()
	w.pass(8 * 24 * time.Hour)
	second, _ := w.paid(w.ordered("cable_car", "cable_car_adult", 2, "2026-03-29"))
	w.desk.Viewed("cable_car")
	w.desk.Viewed("cable_car")
	w.counted()
	b := w.as(tickets.RoleReadOnly)
	status, body := b.get("/console/trends?days=7")
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	wants(t, body, "S$"+second.Total().Decimal(), "S$"+first.Total().Decimal()+" before", "50.0 %", "Telegram", "100 %",
		"S$"+second.Total().Decimal()+" sold, S$0.00 refunded. Most on Sat 28 Mar 2026")
	if strings.Count(body, "<picture>") != 4 || strings.Count(body, "<details id=") < 4 {
		t.Errorf("pictures without numbers: %s", body)
	}
	_, body = b.get("/console/trends?from=2026-03-01&to=2026-03-10")
	wants(t, body, "Nothing was sold in these days")
	status, body = b.get("/console/trends?from=2026-03-10&to=2026-03-01")
	if status != http.StatusUnprocessableEntity {
		t.Errorf("days the wrong way round: %d", status)
	}
	wants(t, body, "Choose a first and a last day")
}

func TestPicturesOfTrendsAreWellFormedAndHarmless(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bought()
	w.counted()
	b := w.as(tickets.RoleOwner)
	for _, name := range []string{"revenue", "orders", "visits", "late"} {
		for _, q := range []string{"days=7&theme=light", "days=365&theme=dark", "from=2026-03-20&to=2026-03-20"} {
			status, body := b.get("/console/trends/picture/" + name + "?" + q)
			if status != http.StatusOK {
				t.Fatalf("%s %s: %d %s", name, q, status, body)
			}
			lacks(t, body, "<script", "NaN", "Inf")
			d := xml.NewDecoder(strings.NewReader(body))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%s %s: %v", name, q, err)
				}
			}
		}
	}
	if status, _ := b.get("/console/trends/picture/other?days=7"); status != http.StatusNotFound {
		t.Errorf("a picture that is not there: %d", status)
	}
}

func TestNumbersOfTrendsAreASheet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.bought()
	w.counted()
	_, body := w.as(tickets.RoleManager).get("/console/trends/numbers.csv?from=2026-03-20&to=2026-03-21")
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	must(t, err)
	if len(rows) != 3 || rows[0][1] != "gross_SGD" || rows[1][0] != "2026-03-20" || rows[1][1] != o.Total().Decimal() || rows[1][6] != "1" {
		t.Errorf("rows %v", rows)
	}
	if rows[2][9] != fmt.Sprint(o.Places()) { // who comes on the visit's day
		t.Errorf("visits %v", rows[2])
	}
}

func TestTheHeatMapIsATableThatCanBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bought()
	b := w.as(tickets.RoleManager)
	_, body := b.get("/console/trends?product=cable_car")
	wants(t, body, `<table class="heat">`, "Sat 21 Mar 2026: </span>3<span", `value="cable_car" selected`)
	lacks(t, body, "style=")
}
