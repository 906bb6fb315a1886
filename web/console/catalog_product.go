package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"boxoffice/tickets"
	"boxoffice/tickets/catalogfile"
	"boxoffice/tickets/text"
)

// The forms of a product and of the pools have fields with the names of the catalog file's keys, and are read by the
// reader of that file: what a file may not say, a form may not either, and its words stand beside the field.

// fieldForm is a form of such fields, by path.
type fieldForm struct {
	Fields map[string]string
	Faults map[string]string // by path
	Other  []string          // what is wrong with something that has no field
}

// F is a field's value.
func (f fieldForm) F(path ...string) string { return f.Fields[strings.Join(path, "")] }

// Wrong is what is wrong with a field.
func (f fieldForm) Wrong(path ...string) string { return f.Faults[strings.Join(path, "")] }

// Rows are the paths of a list's entries, and after them more empty ones.
func (f fieldForm) Rows(list string, more int) []string {
	n := 0
	for path := range f.Fields {
		if rest, ok := strings.CutPrefix(path, list+"["); ok {
			if i, _, ok := strings.Cut(rest, "]"); ok {
				if k, err := strconv.Atoi(i); err == nil {
					n = max(n, k+1)
				}
			}
		}
	}
	out := make([]string, 0, n+more)
	for i := range n + more {
		out = append(out, fmt.Sprintf("%s[%d]", list, i))
	}
	return out
}

// formOf are the fields below a prefix, prices in major units.
func (v *visit) formOf(cat tickets.Catalog, prefix string, cur tickets.Currency) (fieldForm, error) {
	out := fieldForm{Fields: map[string]string{}, Faults: map[string]string{}}
	all, err := catalogfile.Fields(cat)
	for _, f := range all {
		path, ok := strings.CutPrefix(f.Path, prefix)
		if !ok {
			continue
		}
		if n, err := strconv.ParseInt(f.Value, 10, 64); err == nil && isPrice(path) {
			f.Value = tickets.Money{Amount: n, Currency: cur}.Decimal()
		}
		out.Fields[path] = f.Value
	}
	return out, err
}

func isPrice(path string) bool {
	return strings.HasSuffix(path, "price") || strings.HasSuffix(path, ".fee")
}

// What the fields are, by the last key of their path; all others are texts.
var (
	wholeFields = []string{"days_ahead", "cutoff_minutes", "max_places", "admits", "max_per_order", "max_per_customer", "minutes", "days", "percent", "capacity"}
	boolFields  = []string{"hidden", "digital"}
	listFields  = []string{"weekdays", "closed", "extra"}
	plainFields = []string{"lat", "lon"}
)

// step is one part of a path: a key, and where it is a list the index.
var step = regexp.MustCompile(`^([A-Za-z_-]+)(?:\[(\d{1,3})\])?$`)

// fieldPath is the form of the names of fields that are read.
var fieldPath = regexp.MustCompile(`^[A-Za-z_-]+(\[\d{1,3}\])?(\.[A-Za-z_-]+(\[\d{1,3}\])?){0,3}$`)

// readFields reads the form into a tree as the file has it. Empty fields are left out, and entries that have none but
// those that a form always sends.
func (v *visit) readFields(roots []string, cur tickets.Currency) (fieldForm, map[string]any) {
	out := fieldForm{Fields: map[string]string{}, Faults: map[string]string{}}
	root := map[string]any{}
	paths := make([]string, 0, len(v.PostForm))
	for path := range v.PostForm {
		if key, _, _ := strings.Cut(path, "."); fieldPath.MatchString(path) && slices.Contains(roots, strings.SplitN(key, "[", 2)[0]) {
			paths = append(paths, path)
		}
	}
	slices.SortFunc(paths, byIndex)
	moved := map[string]string{} // "skus[4]" → where it is now
	for _, path := range paths {
		value := strings.TrimSpace(strings.ReplaceAll(strings.Join(v.PostForm[path], ","), "\r\n", "\n"))
		if value == "" || v.emptyRow(path) {
			continue
		}
		now := put(root, path, scalar(path, value, cur), moved)
		out.Fields[now] = value
	}
	return out, root
}

// byIndex orders paths so that entries of lists come in their order.
func byIndex(a, b string) int {
	pad := func(s string) string {
		return regexp.MustCompile(`\d+`).ReplaceAllStringFunc(s, func(n string) string { return fmt.Sprintf("%04s", n) })
	}
	return strings.Compare(pad(a), pad(b))
}

// emptyRow reports whether a path is in an entry that nobody filled in: of a SKU its id, of a rule its price.
func (v *visit) emptyRow(path string) bool {
	for row, keys := range map[string][]string{
		`^skus\[\d+\]`:                    {"sku_id"},
		`^skus\[\d+\]\.prices\[\d+\]`:     {"price", "dates", "weekdays"},
		`^calendar\.slots\[\d+\]`:         {"start"},
		`^refund_policy\.brackets\[\d+\]`: {"days", "percent"},
		`^pools\[\d+\]`:                   {"id"},
		`^pools\[\d+\]\.overrides\[\d+\]`: {"dates", "capacity"},
	} {
		at := regexp.MustCompile(row).FindString(path)
		if at == "" {
			continue
		}
		filled := slices.ContainsFunc(keys, func(k string) bool { return strings.TrimSpace(v.PostForm.Get(at+"."+k)) != "" })
		if !filled {
			return true
		}
	}
	return false
}

// put sets a path in the tree and returns the path that it has there: entries that were left out close up.
func put(root map[string]any, path string, value any, moved map[string]string) string {
	node, now, was := root, "", ""
	parts := strings.Split(path, ".")
	for i, part := range parts {
		m := step.FindStringSubmatch(part)
		key := m[1]
		was, now = strings.TrimPrefix(was+"."+part, "."), strings.TrimPrefix(now+"."+key, ".")
		if m[2] == "" {
			if i == len(parts)-1 {
				node[key] = value
				return now
			}
			next, ok := node[key].(map[string]any)
			if !ok {
				next = map[string]any{}
				node[key] = next
			}
			node = next
			continue
		}
		list, _ := node[key].([]any)
		if _, ok := moved[was]; !ok {
			moved[was] = fmt.Sprint(len(list))
			list = append(list, map[string]any{})
			node[key] = list
		}
		k, _ := strconv.Atoi(moved[was])
		now += "[" + moved[was] + "]"
		node, _ = list[k].(map[string]any)
	}
	return now
}

// scalar is a value as the file has it; what cannot be one stays a text, and the file's reader says what is wrong.
func scalar(path, value string, cur tickets.Currency) any {
	key := path[strings.LastIndexByte(path, '.')+1:]
	switch {
	case isPrice(path):
		if n, ok := minorUnits(value, cur); ok {
			return n
		}
		return value
	case slices.Contains(wholeFields, key):
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			return n
		}
		return value
	case slices.Contains(boolFields, key):
		return value == "true"
	case slices.Contains(listFields, key):
		return strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '、' })
	case slices.Contains(plainFields, key):
		if json.Valid([]byte(value)) {
			return json.RawMessage(value)
		}
		return value
	default:
		return value
	}
}

// take puts what a reader found beside the fields.
func (f *fieldForm) take(err error, prefix string) bool {
	var ps catalogfile.Problems
	if !errors.As(err, &ps) {
		return false
	}
	for _, p := range ps {
		path, ok := strings.CutPrefix(p.Path, prefix)
		words := p.What
		if p.Fix != "" {
			words += "; " + p.Fix
		}
		if path = strings.TrimPrefix(path, "."); ok && path != "" && f.Faults[path] == "" {
			f.Faults[path] = words
		} else {
			f.Other = append(f.Other, strings.TrimPrefix(p.Path+": ", ": ")+words)
		}
	}
	return true
}

// productKeys are the keys of a product that its form has.
var productKeys = []string{
	"names", "descriptions", "photo", "place", "calendar", "sales", "hidden", "digital", "max_places", "rules", "late_policy", "refund_policy", "skus",
}

// productPage is a product's form.
type productPage struct {
	fieldForm
	ID       string
	New      bool
	Langs    []string
	Pools    []tickets.Pool
	Product  tickets.Product
	Currency tickets.Currency
}

// LangName is a language by its own name, for templates.
func (productPage) LangName(l string) string { return text.Lang(l).Name() }

// Days are the weekdays as the file names them, Monday first, with their names, for templates.
func (productPage) Days(v *visit) []pair {
	var out []pair
	heads := v.Words.Weekdays()
	for i, w := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
		out = append(out, pair{w, heads[i]})
	}
	return out
}

// Has reports whether a list field has a word, for templates.
func (f fieldForm) Has(path, word string) bool {
	return slices.Contains(strings.FieldsFunc(f.Fields[path], func(r rune) bool { return r == ',' || r == ' ' }), word)
}

func (v *visit) langs() []string {
	if l := v.Cat.Merchant.Languages; len(l) > 0 {
		return l
	}
	return []string{"en", "zh-Hans", "zh-Hant"}
}

func catalogProduct(v *visit) error {
	id := tickets.ProductID(v.PathValue("id"))
	i := slices.IndexFunc(v.Cat.Products, func(p tickets.Product) bool { return p.ID == id })
	if i < 0 {
		return tickets.Refuse(tickets.NotFound, "product %q", id)
	}
	pr := v.Cat.Products[i]
	form, err := v.formOf(*v.Cat, fmt.Sprintf("products[%d].", i), v.Cat.CurrencyOf(pr))
	if err != nil {
		return err
	}
	p := productPage{fieldForm: form, ID: string(id), Langs: v.langs(), Pools: v.Cat.Pools, Product: pr, Currency: v.Cat.CurrencyOf(pr)}
	return v.page(http.StatusOK, "catalog_product", v.Words.Pick(pr.Names), p)
}

func catalogNew(v *visit) error {
	p := productPage{
		fieldForm: fieldForm{Fields: map[string]string{"hidden": "true"}}, New: true, Langs: v.langs(), Pools: v.Cat.Pools, Currency: v.Cat.Merchant.Currency,
	}
	return v.page(http.StatusOK, "catalog_product", v.Words.T("console_catalog.new_product"), p)
}

// catalogProductEdit reads a product's form and shows what it changes.
func catalogProductEdit(v *visit) error {
	if err := v.ParseForm(); err != nil {
		return tickets.Refuse(tickets.Invalid, "form: %v", err)
	}
	id := tickets.ProductID(v.PathValue("id"))
	isNew := id == ""
	title := v.Words.T("console_catalog.new_product")
	if isNew {
		id = tickets.ProductID(strings.TrimSpace(v.PostForm.Get("id")))
	} else if pr, err := v.Cat.Product(id); err != nil {
		return err
	} else {
		title = v.Words.Pick(pr.Names)
	}
	cur := v.Cat.Merchant.Currency
	if v.PostForm.Get("digital") == "true" {
		cur = tickets.Stars
	}
	form, tree := v.readFields(productKeys, cur)
	p := productPage{fieldForm: form, ID: string(id), New: isNew, Langs: v.langs(), Pools: v.Cat.Pools, Currency: cur}
	tree["id"] = string(id)
	if _, err := v.Cat.Product(id); isNew && err == nil {
		p.Faults["id"] = v.Words.T("console_catalog.wrong.id_taken")
	}
	next, err := parseProduct(*v.Cat, tree)
	if err == nil && len(p.Faults) == 0 {
		_, err = catalogfile.Fields(next) // also what the whole catalog refuses, such as an id that another product has
	}
	if err != nil && !p.take(err, "products[0]") {
		return err
	}
	if err != nil || len(p.Faults) > 0 {
		p.Product, _ = v.Cat.Product(id)
		return v.page(http.StatusUnprocessableEntity, "catalog_product", title, p)
	}
	return v.confirm(http.StatusOK, next, string(id), "/console/catalog/products/"+string(id), false)
}

// parseProduct is the catalog with a product as a form has it, read by the rules of the catalog file.
func parseProduct(cat tickets.Catalog, tree map[string]any) (tickets.Catalog, error) {
	alone := cat.Clone()
	alone.Products, alone.SKUs = nil, nil
	one, err := parsed(alone, "products", tree)
	if err != nil {
		return cat, err
	}
	return withProduct(cat, one.Products[0], one.SKUs), nil
}

// parsed reads a catalog whose file ends with entries of a list.
func parsed(rest tickets.Catalog, key string, entries ...map[string]any) (tickets.Catalog, error) {
	var b bytes.Buffer
	if err := catalogfile.Write(&b, rest); err != nil {
		return rest, err
	}
	file := b.String()
	if key == "products" {
		file = strings.TrimSuffix(file, "products: []\n")
	}
	file += key + ":\n"
	for _, e := range entries {
		j, err := json.Marshal(e) // JSON is YAML
		if err != nil {
			return rest, err
		}
		file += "  - " + string(j) + "\n"
	}
	return catalogfile.Parse("form", []byte(file))
}
