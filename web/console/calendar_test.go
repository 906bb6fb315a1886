package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"boxoffice/tickets"
)

// catalog is the present one.
func (w *world) catalog() *tickets.Catalog {
	w.t.Helper()
	var c *tickets.Catalog
	must(w.t, w.store.View(w.t.Context(), func(r tickets.Reader) (err error) { c, err = r.Catalog(); return err }))
	return c
}

func (w *world) product(id tickets.ProductID) tickets.Product {
	w.t.Helper()
	p, err := w.catalog().Product(id)
	must(w.t, err)
	return p
}

func date(t *testing.T, s string) tickets.Date {
	t.Helper()
	d, err := tickets.ParseDate(s)
	must(t, err)
	return d
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// hidden are the hidden fields of the form that posts to an address.
func hidden(t *testing.T, body, action string) url.Values {
	t.Helper()
	_, form, ok := strings.Cut(body, `method="post" action="`+action+`"`)
	if !ok {
		t.Fatalf("no form posts to %s: %s", action, body)
	}
	form, _, _ = strings.Cut(form, "</form>")
	out := url.Values{}
	for _, m := range hiddenField.FindAllStringSubmatch(form, -1) {
		out.Add(m[1], m[2])
	}
	return out
}

func shows(t *testing.T, body string, want ...string) {
	t.Helper()
	for _, s := range want {
		if !strings.Contains(body, s) {
			t.Errorf("the page does not show %q:\n%s", s, body)
		}
	}
}

func TestCalendarShowsWhatIsSold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bought()
	w.placed()
	b := w.as(tickets.RoleReadOnly)
	status, body := b.get("/console/calendar?month=2026-03&product=cable_car")
	if status != http.StatusOK {
		t.Fatal(status)
	}
	shows(t, body, "March 2026", "<b>6</b><span class=\"soft\"> / 120</span>", "114 free", "3 places sold and 3 held")
	if strings.Contains(body, `name="do"`) {
		t.Error("who may only look can change days")
	}
	_, body = b.get("/console/calendar/2026-03-21")
	shows(t, body, "Saturday, 21 March 2026", "cable_car", "S$36.00", "/console/orders?date=2026-03-21")
	if status, _ := b.get("/console/calendar/edit?do=open&scope=days&d=2026-03-24"); status != http.StatusForbidden {
		t.Errorf("who may only look is answered %d", status)
	}
	if status, _ := b.get("/console/calendar/no-day"); status != http.StatusNotFound {
		t.Errorf("no day is answered %d", status)
	}
}

func TestManyDaysAreChangedAfterALook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(tickets.RoleManager)
	before := w.catalog().Revision
	_, body := b.get("/console/calendar/edit?do=capacity&pool=cable_car&capacity=77&scope=range&from=2026-04-01&to=2026-04-30&w=6&w=0")
	shows(t, body, "Sat 4 Apr", "Sun 26 Apr", "<del>120</del>", "<ins>77</ins>")
	if w.catalog().Revision != before {
		t.Fatal("the preview changed the catalog")
	}
	status, body := b.post("/console/calendar/edit", hidden(t, body, "/console/calendar/edit"))
	if status != http.StatusOK {
		t.Fatal(status, body)
	}
	shows(t, body, "Done.")
	p, err := w.catalog().Pool("cable_car")
	must(t, err)
	for d, want := range map[string]int{"2026-04-04": 77, "2026-04-06": 120, "2026-04-26": 77, "2026-05-02": 120} {
		if got := p.CapacityOn(tickets.Slot{Date: date(t, d)}); got != want {
			t.Errorf("%s has %d places, want %d", d, got, want)
		}
	}
	if w.catalog().Revision != before+1 {
		t.Errorf("revision %d after one edit of %d", w.catalog().Revision, before)
	}
}

func TestPriceOfTickedDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(tickets.RoleOwner)
	_, body := b.get("/console/calendar/edit?do=price&sku=cable_car_adult&price=41.50&scope=days&d=2026-04-04&d=2026-04-05")
	shows(t, body, "<del>S$36.00</del>", "<ins>S$41.50</ins>")
	b.post("/console/calendar/edit", hidden(t, body, "/console/calendar/edit"))
	s, err := w.catalog().SKU("cable_car_adult")
	must(t, err)
	if s.PriceOn(date(t, "2026-04-05")) != 4150 || s.PriceOn(date(t, "2026-04-11")) != 3600 || s.PriceOn(date(t, "2026-04-06")) != 3300 {
		t.Errorf("prices %+v", s.Prices)
	}
}

func TestABadEditComesBackWithItsInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(tickets.RoleOwner)
	for _, c := range []struct{ query, want string }{
		{"do=capacity&pool=cable_car&capacity=many&scope=days&d=2026-04-04", `value="many" aria-invalid="true"`},
		{"do=price&sku=cable_car_adult&price=1.999&scope=days&d=2026-04-04", `value="1.999" aria-invalid="true"`},
		{"do=close&scope=days", "Tick at least one day."},
		{"do=close&scope=range&from=2026-04-09&to=2026-04-01", "The last day is not before the first"},
		{"scope=days&d=2026-04-04", "Say what to do."},
		{"do=open&scope=days&d=nonsense", "Tick at least one day."},
	} {
		status, body := b.get("/console/calendar/edit?month=2026-04&" + c.query)
		if status != http.StatusUnprocessableEntity {
			t.Errorf("%s is answered %d", c.query, status)
		}
		shows(t, body, c.want, "April 2026")
	}
}

func TestAnEditOnAnOlderRevisionIsShownAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(tickets.RoleOwner)
	_, body := b.get("/console/calendar/edit?do=close&product=night_walk&scope=days&d=2026-04-07")
	first := hidden(t, body, "/console/calendar/edit")
	_, body = b.get("/console/calendar/edit?do=close&product=night_walk&scope=days&d=2026-04-08")
	b.post("/console/calendar/edit", hidden(t, body, "/console/calendar/edit"))
	status, body := b.post("/console/calendar/edit", first)
	if status != http.StatusConflict {
		t.Fatalf("answered %d", status)
	}
	shows(t, body, "Somebody changed the catalog", "Tue 7 Apr")
	if !w.product("night_walk").Calendar.Open(date(t, "2026-04-07")) {
		t.Fatal("applied although the catalog had changed")
	}
	b.post("/console/calendar/edit", hidden(t, body, "/console/calendar/edit"))
	c := w.product("night_walk").Calendar
	if c.Open(date(t, "2026-04-07")) || c.Open(date(t, "2026-04-08")) || !c.Open(date(t, "2026-04-09")) {
		t.Errorf("closed %+v", c.Closed)
	}
}

func TestCapacityBelowWhatIsSoldIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bought()
	b := w.as(tickets.RoleOwner)
	_, body := b.get("/console/calendar/edit?do=capacity&pool=cable_car&capacity=1&scope=days&d=" + visit)
	shows(t, body, "More is sold", "Those places stay good")
	_, body = b.post("/console/calendar/edit", hidden(t, body, "/console/calendar/edit"))
	shows(t, body, "more is sold than the new capacity")
}
