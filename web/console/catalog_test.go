package console_test

import (
	"bytes"
	"errors"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"boxoffice/tickets"
	"boxoffice/tickets/catalogfile"
)

var formField = regexp.MustCompile(`(?s)<input (?:type="checkbox" )?name="([^"]+)" value="([^"]*)"([^>]*)>|<textarea name="([^"]+)"[^>]*>(.*?)</textarea>|<select name="([^"]+)"[^>]*>(.*?)</select>`)

var chosen = regexp.MustCompile(`<option(?: value="([^"]*)")? selected>([^<]*)`)

var firstOption = regexp.MustCompile(`<option(?: value="([^"]*)")?>([^<]*)`)

// filled are the fields of a page's form as a browser would send them.
func filled(body string) url.Values {
	out := url.Values{}
	for _, m := range formField.FindAllStringSubmatch(body, -1) {
		switch {
		case m[1] != "":
			if !strings.Contains(m[0], "checkbox") || strings.Contains(m[3], "checked") {
				out.Add(m[1], html.UnescapeString(m[2]))
			}
		case m[4] != "":
			out.Add(m[4], strings.TrimPrefix(html.UnescapeString(m[5]), "\n"))
		default:
			o := chosen.FindStringSubmatch(m[7])
			if o == nil {
				o = firstOption.FindStringSubmatch(m[7])
			}
			if len(o) > 2 && strings.Contains(o[0], "value=") {
				out.Add(m[6], html.UnescapeString(o[1]))
			} else if o != nil {
				out.Add(m[6], html.UnescapeString(o[2]))
			}
		}
	}
	return out
}

// confirmed are the fields of the page that shows what changes.
func confirmed(t *testing.T, body string) url.Values {
	t.Helper()
	out := hidden(t, body, "/console/catalog/apply")
	out.Set("yaml", filled(body).Get("yaml"))
	return out
}

func TestCatalogFileGoesOutAndComesBackUnchanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(tickets.RoleManager)
	status, file := b.get("/console/catalog/catalog.yaml")
	if _, err := catalogfile.Parse("x", []byte(file)); status != http.StatusOK || err != nil {
		t.Fatal(status, err)
	}
	_, body := b.post("/console/catalog/file", url.Values{"yaml": {strings.ReplaceAll(file, "\n", "\r\n")}})
	shows(t, body, "Nothing would change")
	if status, _ := w.as(tickets.RoleReadOnly).get("/console/catalog/file"); status != http.StatusForbidden {
		t.Errorf("who may only look is answered %d", status)
	}
	if status, _ := w.as(tickets.RoleReadOnly).get("/console/catalog/catalog.yaml"); status != http.StatusOK {
		t.Errorf("who may look is answered %d", status)
	}
}

func TestAWrongCatalogFileComesBackWithLinesAndColumns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(tickets.RoleOwner)
	_, file := b.get("/console/catalog/catalog.yaml")
	status, body := b.post("/console/catalog/file", url.Values{"yaml": {strings.Replace(file, "capacity: 120", "capacity: <script>", 1)}})
	if status != http.StatusUnprocessableEntity || strings.Contains(body, "<script>\n") {
		t.Errorf("answered %d", status)
	}
	shows(t, body, "catalog.yaml:", "pools[1].capacity", "capacity: &lt;script&gt;")
	if status, _ := b.post("/console/catalog/file", url.Values{"yaml": {""}}); status != http.StatusUnprocessableEntity {
		t.Errorf("nothing is answered %d", status)
	}
}

func TestACatalogFileShowsWhatItChangesAndIsApplied(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bought()
	b := w.as(tickets.RoleOwner)
	_, file := b.get("/console/catalog/catalog.yaml")
	file = strings.Replace(file, "capacity: 120", "capacity: 2", 1)
	file = strings.Replace(file, "price: 11900", "price: 12900", 1)
	cut := strings.Index(file, "  - id: photo_pack\n    names")
	if cut < 0 {
		t.Fatal(file)
	}
	_, body := b.post("/console/catalog/file", url.Values{"yaml": {file[:cut]}})
	shows(t, body, "pools[cable_car].capacity", "<del>S$119.00</del>", "<ins>S$129.00</ins>", "products[photo_pack]", "not sold any more: 1", "More is sold or held than the new capacity")
	form := confirmed(t, body)
	_, body = b.post("/console/catalog/apply", form)
	shows(t, body, "more is sold than the new capacity")
	if c := w.catalog(); len(c.Products) != 4 || c.SKUs[0].Price != 12900 {
		t.Errorf("%d products, first price %d", len(c.Products), c.SKUs[0].Price)
	}
	status, body := b.post("/console/catalog/apply", form) // pressed again
	if status != http.StatusConflict {
		t.Errorf("pressed again it is answered %d", status)
	}
	shows(t, body, "Somebody changed the catalog", "Nothing would change")
}

func TestProductFormSaysTheProductAsItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(tickets.RoleManager)
	for _, p := range w.catalog().Products {
		at := "/console/catalog/products/" + string(p.ID)
		_, body := b.get(at)
		status, body := b.post(at, filled(body))
		if status != http.StatusOK || !strings.Contains(body, "Nothing would change") {
			t.Errorf("%s, sent as it came: %d %s", p.ID, status, body)
		}
	}
	_, body := b.get("/console/catalog/pools")
	_, body = b.post("/console/catalog/pools", filled(body))
	shows(t, body, "Nothing would change")
}

func TestProductIsChangedByItsForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(tickets.RoleManager)
	at := "/console/catalog/products/cable_car"
	_, body := b.get(at)
	form := filled(body)
	form.Set("names.en", "Cable Car <b>")
	form.Set("skus[0].price", "34.50")
	form.Set("skus[0].prices[4].weekdays", "mon")
	form.Set("skus[0].prices[4].price", "20")
	form.Set("skus[3].sku_id", "cable_car_dog")
	form.Set("skus[3].names.en", "Dog")
	form.Set("skus[3].price", "5")
	form.Set("skus[3].pool", "cable_car")
	_, body = b.post(at, form)
	shows(t, body, "Cable Car &lt;b&gt;", "<ins>S$34.50</ins>", "Dog", "What customers will see")
	change := confirmed(t, body)
	_, other := b.get("/console/catalog/products/night_walk") // somebody hides another product meanwhile
	shows(t, other, "night_walk")
	b.post("/console/catalog/products/night_walk/order", url.Values{"do": {"hide"}})
	status, body := b.post("/console/catalog/apply", change)
	if status != http.StatusConflict {
		t.Errorf("on an older catalog it is answered %d", status)
	}
	shows(t, body, "Somebody changed the catalog", "<ins>S$34.50</ins>")
	b.post("/console/catalog/apply", confirmed(t, body))
	if p := w.product("night_walk"); !p.Hidden {
		t.Error("what somebody else did is undone")
	}
	s, err := w.catalog().SKU("cable_car_adult")
	must(t, err)
	if s.Price != 3450 || s.PriceOn(date(t, "2026-04-06")) != 2000 {
		t.Errorf("%+v", s)
	}
	if _, err := w.catalog().SKU("cable_car_dog"); err != nil {
		t.Error(err)
	}
	_, body = b.get("/console/catalog")
	shows(t, body, "Cable Car &lt;b&gt;", "products[cable_car].skus[cable_car_adult].price")
}

func TestAWrongProductFormComesBackBesideTheField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(tickets.RoleManager)
	at := "/console/catalog/products/cable_car"
	_, body := b.get(at)
	form := filled(body)
	form.Set("photo", "javascript:alert(1)")
	form.Set("calendar.opens", "9 o'clock")
	form.Set("skus[1].price", "a lot")
	form.Set("skus[2].sku_id", "night_walk_guest")
	form.Set("place.lat", "north")
	status, body := b.post(at, form)
	if status != http.StatusUnprocessableEntity {
		t.Fatalf("answered %d", status)
	}
	shows(t, body, `id="w-photo"`, `value="javascript:alert(1)" aria-invalid="true"`, `id="w-calendar.opens"`, `id="w-skus[1].price"`, `value="a lot"`, `id="w-place.lat"`)
	form = filled(body)
	form.Set("photo", "")
	form.Set("calendar.opens", "09:00")
	form.Set("skus[1].price", "22")
	form.Set("place.lat", "1.25")
	_, body = b.post(at, form)
	shows(t, body, "night_walk_guest is the id of")
}

func TestANewProductIsAdded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(tickets.RoleManager)
	_, body := b.get("/console/catalog/new")
	form := filled(body)
	form.Set("names.en", "Boat trip")
	form.Set("id", "cable_car")
	form.Set("skus[0].sku_id", "boat")
	form.Set("skus[0].names.en", "Seat")
	form.Set("skus[0].price", "12.00")
	form.Set("skus[0].pool", "cable_car")
	_, body = b.post("/console/catalog/new", form)
	shows(t, body, "is taken")
	form.Set("id", "boat_trip")
	_, body = b.post("/console/catalog/new", form)
	b.post("/console/catalog/apply", confirmed(t, body))
	if p := w.product("boat_trip"); !p.Hidden || len(w.catalog().SKUsOf(p.ID)) != 1 {
		t.Errorf("%+v", p)
	}
}

func TestACatalogFileIsUploaded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(tickets.RoleOwner)
	_, file := b.get("/console/catalog/catalog.yaml")
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "catalog.yaml")
	must(t, err)
	_, err = part.Write([]byte(strings.Replace(file, "price: 11900", "price: 12900", 1)))
	must(t, errors.Join(err, form.WriteField("yaml", ""), form.Close()))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.srv.URL+"/console/catalog/file", &body)
	must(t, err)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := b.Do(r)
	must(t, err)
	got, err := io.ReadAll(res.Body)
	must(t, errors.Join(err, res.Body.Close()))
	shows(t, string(got), "<ins>S$129.00</ins>")
}
