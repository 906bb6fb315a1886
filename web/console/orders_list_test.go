package console_test

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// codes are the order codes of a page's table, in their order.
func codes(page string) []string {
	_, table, _ := strings.Cut(page, "<tbody>")
	var out []string
	for _, m := range regexp.MustCompile(`>(TG\d{6}[A-Z]+\d{5})<`).FindAllStringSubmatch(table, -1) {
		out = append(out, m[1])
	}
	return out
}

func TestOrdersAreListedNewestFirstAndFiltered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	paid, _ := w.bought()
	w.pass(time.Minute)
	waiting := w.ordered("night_walk", "night_walk_guest", 2, "2026-03-22T19:30")
	_, _, err := w.desk.Pay(t.Context(), checkout.Paying{Order: waiting.ID, Gateway: "sandbox", Method: "card", Lang: "en"})
	must(t, err)
	w.pass(time.Minute)
	held := w.placed()
	b := w.as(tickets.RoleReadOnly)
	all := []string{held.Code, waiting.Code, paid.Code}
	for _, c := range []struct {
		query string
		want  []string
	}{
		{"", all},
		{"status=FULFILLED", []string{paid.Code}},
		{"status=INIT", []string{held.Code, waiting.Code}},
		{"stage=AWAITING_PAYMENT", []string{waiting.Code}},
		{"date=2026-03-22", []string{waiting.Code}},
		{"date=tomorrow", []string{held.Code, paid.Code}},
		{"date=today", nil},
		{"sku=night_walk_guest", []string{waiting.Code}},
		{"channel=telegram", all},
		{"channel=api", nil},
		{"customer=" + string(held.Buyer.Customer), []string{held.Code}},
		{"customer=5001", []string{paid.Code}},
		{"q=" + paid.Code[8:], []string{paid.Code}},
		{"q=mei+ling+3", []string{held.Code}},
		{"min=" + waiting.Total().Decimal(), above(waiting.Total().Amount, held, waiting, paid)},
		{"max=0.01", nil},
		{"since=2026-03-20", all},
		{"until=2026-03-19", nil},
		{"paid=today", []string{paid.Code}},
		{"paid=yesterday", nil},
		{"problems=1", nil},
		{"status=FULFILLED&date=2026-03-22", nil},
	} {
		status, page := b.get("/console/orders?" + c.query)
		if got := codes(page); status != http.StatusOK || strings.Join(got, " ") != strings.Join(c.want, " ") {
			t.Errorf("%q: %d %v, want %v", c.query, status, got, c.want)
		}
	}
}

func above(least int64, orders ...tickets.Order) (out []string) {
	for _, o := range orders {
		if o.Total().Amount >= least {
			out = append(out, o.Code)
		}
	}
	return out
}

func TestOrderListSaysWhatIsWrongWithAFilter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.placed()
	b := w.as(tickets.RoleSupport)
	for query, want := range map[string]string{
		"date=31.3.26":                      `id="wrong-date"`,
		"min=12.345":                        `id="wrong-min"`,
		"min=-5":                            `id="wrong-min"`,
		"min=9&max=8":                       `id="wrong-max"`,
		"max=99999999999999999999":          `id="wrong-max"`,
		"since=2026-03-20&until=2026-03-01": `id="wrong-until"`,
		"customer=nobody":                   `id="wrong-customer"`,
		"status=SOON":                       `name="status" aria-invalid="true"`,
	} {
		if status, page := b.get("/console/orders?" + query); status != http.StatusUnprocessableEntity || !strings.Contains(page, want) {
			t.Errorf("%q: %d without %s", query, status, want)
		}
	}
	for _, mark := range []string{"x", "!!", "AAAAAAAAAAAA"} {
		for _, list := range []string{"", "paid=today&", "problems=1&"} {
			if status, _ := b.get("/console/orders?" + list + "mark=" + mark); status != http.StatusUnprocessableEntity && list != "paid=today&" {
				t.Errorf("mark %s of %q: %d", mark, list, status)
			}
		}
	}
}

func TestOrderListGoesOnPageByPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var want []string
	for range 61 {
		o := w.ordered("sentosa_family", "sentosa_family_pack", 1, visit)
		want = append([]string{o.Code}, want...)
		w.pass(10 * time.Second)
	}
	b := w.as(tickets.RoleManager)
	for _, query := range []string{"", "?channel=telegram&min=1", "?date=" + visit} {
		var got []string
		for path := "/console/orders" + query; path != ""; {
			_, page := b.get(path)
			got = append(got, codes(page)...)
			path = ""
			if m := regexp.MustCompile(`href="([^"]*)" rel="next"`).FindStringSubmatch(page); m != nil {
				path = strings.ReplaceAll(m[1], "&amp;", "&")
			}
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%q: %d orders, want %d in their order", query, len(got), len(want))
		}
	}
}

func TestViewsAreSavedRenamedAndDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, other := w.as(tickets.RoleSupport), w.as(tickets.RoleManager)
	_, page := b.post("/console/orders/views", url.Values{"name": {"Night <b>walks</b>"}, "query": {"sku=night_walk_guest&date=today&evil=1"}})
	for _, want := range []string{"Night &lt;b&gt;walks&lt;/b&gt;", `href="/console/orders?date=today&amp;sku=night_walk_guest" aria-current="page"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the list lacks %s", want)
		}
	}
	if _, page := other.get("/console/orders"); strings.Contains(page, "Night") {
		t.Error("somebody else sees a member's own view")
	}
	_, page = b.get("/console/orders/views")
	m := regexp.MustCompile(`action="(/console/orders/views/[^"]+)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatal("no form for the view")
	}
	if _, page = b.post(m[1], url.Values{"name": {"Walks"}}); !strings.Contains(page, `value="Walks"`) {
		t.Error("the view has its old name")
	}
	if status, _ := other.post(m[1], url.Values{"delete": {"1"}}); status != http.StatusNotFound {
		t.Errorf("somebody else deletes a member's view: %d", status)
	}
	if _, page = b.post(m[1], url.Values{"name": {"Walks"}, "delete": {"1"}}); strings.Contains(page, `value="Walks"`) {
		t.Error("the view is still there")
	}
	if status, _ := b.post("/console/orders/views/shared", url.Values{"name": {"All"}, "query": {"status=CHARGED"}}); status != http.StatusForbidden {
		t.Errorf("support shares a view: %d", status)
	}
	other.post("/console/orders/views/shared", url.Values{"name": {"Charged ones"}, "query": {"status=CHARGED"}})
	if _, page := b.get("/console/orders"); !strings.Contains(page, "Charged ones") {
		t.Error("a shared view is not seen")
	}
	for i := range 35 {
		_, page = b.post("/console/orders/views", url.Values{"name": {strings.Repeat("n", i+1)}, "query": {"status=INIT"}})
	}
	if !strings.Contains(page, `class="flash bad"`) {
		t.Error("views without end")
	}
}

func TestExportSaysWhatTheListShows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.bought()
	w.placed()
	must(t, w.store.Update(t.Context(), func(tx tickets.Tx) error {
		o.Buyer.Name, o.Buyer.Username = "=HYPERLINK(\"http://x\")", "\t@cmd"
		o.ProductName = tickets.Texts{"en": "缆车, \"cable\"\ncar"}
		return tx.PutOrder(o)
	}))
	b := w.as(tickets.RoleReadOnly)
	status, body := b.get("/console/orders/export?format=csv&status=FULFILLED")
	rest, ok := strings.CutPrefix(body, "\uFEFF")
	if status != http.StatusOK || !ok {
		t.Fatalf("%d, and no mark of UTF-8: %q", status, body[:min(20, len(body))])
	}
	rows, err := csv.NewReader(strings.NewReader(rest)).ReadAll()
	must(t, err)
	if len(rows) != 2 || rows[1][0] != o.Code {
		t.Fatalf("rows %v", rows)
	}
	got := map[string]string{}
	for i, name := range rows[0] {
		got[name] = rows[1][i]
	}
	for name, want := range map[string]string{
		"Customer": `'=HYPERLINK("http://x")`, "Username": "' @cmd", "Product": `缆车, "cable" car`, "Total": o.Total().Decimal(), "Currency": "SGD",
		"Visit": visit, "Status": "Tickets issued", "Places": "3", "Order id": string(o.ID), "Placed": "2026-03-20 16:36:16",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	status, body = b.get("/console/orders/export?format=xlsx")
	if status != http.StatusOK {
		t.Fatalf("xlsx: %d", status)
	}
	f, err := excelize.OpenReader(bytes.NewReader([]byte(body)))
	must(t, err)
	table, err := f.GetRows("Orders")
	must(t, err)
	if len(table) != 3 || table[2][0] != o.Code || table[2][5] != `'=HYPERLINK("http://x")` {
		t.Errorf("the workbook has %v", table)
	}
	if kind, err := f.GetCellType("Orders", "O2"); err != nil || kind == excelize.CellTypeInlineString || kind == excelize.CellTypeSharedString {
		t.Errorf("the total is a %v: nothing to add up (%v)", kind, err)
	}
	var acts []string
	must(t, w.store.View(t.Context(), func(r tickets.Reader) error {
		entries, _, err := r.AuditEntries(tickets.Page{})
		for _, e := range entries {
			if e.Act == "orders_export" {
				acts = append(acts, e.Object+" "+e.Reason)
			}
		}
		return err
	}))
	if strings.Join(acts, ", ") != "xlsx , csv status=FULFILLED" {
		t.Errorf("the log says %v", acts)
	}
	if status, _ := b.get("/console/orders/export?format=exe"); status != http.StatusUnprocessableEntity {
		t.Errorf("format exe: %d", status)
	}
	if status, _ := w.as(tickets.RoleGate).get("/console/orders/export?format=csv"); status != http.StatusForbidden {
		t.Errorf("the gate exports: %d", status)
	}
}
