package console

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/tickets/catalogfile"
)

// maxCatalogFile bounds a catalog that is uploaded, in bytes.
const maxCatalogFile = 1 << 20

// catalogDownload answers the catalog as its file.
func catalogDownload(v *visit) error {
	var b bytes.Buffer
	if err := catalogfile.Write(&b, *v.Cat); err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "application/yaml; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="catalog-%d.yaml"`, v.Cat.Revision))
	_, _ = v.w.Write(b.Bytes()) // nobody is there to be told
	return nil
}

// catalogFilePage is the form that takes a catalog file, and what is wrong with one.
type catalogFilePage struct {
	YAML     string
	Problems catalogfile.Problems
	Fault    string
}

func catalogFileForm(v *visit) error {
	return v.page(http.StatusOK, "catalog_file", v.Words.T("console_catalog.file.title"), catalogFilePage{})
}

// catalogFile reads a catalog that was uploaded or pasted, and shows what it would change.
func catalogFile(v *visit) error {
	p := catalogFilePage{YAML: v.PostFormValue("yaml")}
	if f, _, err := v.FormFile("file"); err == nil {
		b, err := io.ReadAll(io.LimitReader(f, maxCatalogFile+1))
		if err := errors.Join(err, f.Close()); err != nil {
			return tickets.Refuse(tickets.Invalid, "read the upload: %v", err)
		}
		if len(b) > 0 {
			p.YAML = string(b)
		}
	}
	title := v.Words.T("console_catalog.file.title")
	if p.YAML = strings.TrimPrefix(lines(p.YAML), "\ufeff"); strings.TrimSpace(p.YAML) == "" || len(p.YAML) > maxCatalogFile {
		p.Fault = v.Words.T("console_catalog.file.empty")
		return v.page(http.StatusUnprocessableEntity, "catalog_file", title, p)
	}
	cat, err := catalogfile.Parse("catalog.yaml", []byte(p.YAML))
	if err != nil {
		errors.As(err, &p.Problems)
		return v.page(http.StatusUnprocessableEntity, "catalog_file", title, p)
	}
	return v.confirm(http.StatusOK, cat, "", "/console/catalog/file", false)
}

// lines are a text's with the line ends of the catalog file: browsers send others.
func lines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// catalogConfirmPage is what a new catalog changes, before it is applied.
type catalogConfirmPage struct {
	Changes  []catalogChange
	More     int
	Lowered  []checkout.Lowered
	Gone     int // products, SKUs and pools that are not sold any more
	Warnings []string
	YAML     string
	Only     string // the product, or "pools", that was edited; "" the whole
	Revision int64
	Newer    bool
	Back     string
	Preview  []previewProduct
}

// catalogChange is a value that changes, in words.
type catalogChange struct{ Path, Before, After string }

// previewProduct is a product as its customers will read of it.
type previewProduct struct {
	Product tickets.Product
	Prices  []dayPrice
}

// maxCatalogChanges is how many changes are shown.
const maxCatalogChanges = 300

// confirm shows what a catalog would change.
func (v *visit) confirm(status int, cat tickets.Catalog, only, back string, newer bool) error {
	p := catalogConfirmPage{Only: only, Revision: v.Cat.Revision, Newer: newer, Back: back, Warnings: catalogfile.Warnings(cat)}
	var b bytes.Buffer
	if err := catalogfile.Write(&b, cat); err != nil {
		return err
	}
	p.YAML = b.String()
	diff, err := catalogfile.Diff(*v.Cat, cat)
	if err != nil {
		return err
	}
	for _, c := range diff {
		if c.After == "" && strings.HasSuffix(c.Path, "]") {
			p.Gone++
		}
		if len(p.Changes) >= maxCatalogChanges {
			p.More++
			continue
		}
		p.Changes = append(p.Changes, v.changeWords(c, cat))
	}
	if p.Lowered, err = v.k.Desk.Lowers(v.Context(), cat); err != nil {
		return err
	}
	p.Lowered = p.Lowered[:min(len(p.Lowered), 50)]
	if pr, err := cat.Product(tickets.ProductID(only)); err == nil {
		x := previewProduct{Product: pr}
		for _, s := range cat.SKUsOf(pr.ID) {
			x.Prices = append(x.Prices, dayPrice{pr, s, tickets.Money{Amount: s.PriceOn(v.Today()), Currency: cat.CurrencyOf(pr)}, true})
		}
		p.Preview = append(p.Preview, x)
	}
	return v.page(status, "catalog_confirm", v.Words.T("console_catalog.confirm.title"), p)
}

// changeWords writes prices as people do.
func (v *visit) changeWords(c catalogfile.Change, cat tickets.Catalog) catalogChange {
	out := catalogChange{c.Path, c.Before, c.After}
	if !strings.HasSuffix(c.Path, ".price") && !strings.HasSuffix(c.Path, ".fee") {
		return out
	}
	cur := cat.Merchant.Currency
	for _, p := range cat.Products {
		if strings.HasPrefix(c.Path, "products["+string(p.ID)+"]") {
			cur = cat.CurrencyOf(p)
		}
	}
	say := func(s string) string {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return v.Words.Money(tickets.Money{Amount: n, Currency: cur})
		}
		return s
	}
	out.Before, out.After = say(c.Before), say(c.After)
	return out
}

// catalogApply applies what was confirmed. When the catalog has changed meanwhile, it shows the difference anew: of an edit
// of one product, on top of the newer catalog.
func catalogApply(v *visit) error {
	raw, only := lines(v.PostFormValue("yaml")), v.PostFormValue("only")
	on, _ := strconv.ParseInt(v.PostFormValue("revision"), 10, 64)
	cat, err := catalogfile.Parse("catalog.yaml", []byte(raw))
	if err != nil {
		p := catalogFilePage{YAML: raw}
		errors.As(err, &p.Problems)
		return v.page(http.StatusUnprocessableEntity, "catalog_file", v.Words.T("console_catalog.file.title"), p)
	}
	if only != "" {
		cat = onlyOf(*v.Cat, cat, only)
	}
	back := "/console/catalog/file"
	if only != "" {
		back = "/console/catalog"
	}
	if on != v.Cat.Revision {
		return v.confirm(http.StatusConflict, cat, only, back, true)
	}
	diff, err := catalogfile.Diff(*v.Cat, cat)
	if err != nil {
		return err
	}
	revision, lowered, err := v.k.Desk.ApplyOn(v.Context(), cat, on)
	if tickets.KindOf(err) == tickets.Changed {
		return v.confirm(http.StatusConflict, cat, only, back, true)
	}
	if err != nil {
		return err
	}
	var words []string
	for _, c := range diff {
		words = append(words, c.Path+": "+c.Before+" → "+c.After)
	}
	if err := v.auditChange("catalog_apply", fmt.Sprint(revision), auditOK, "", "", strings.Join(words, "\n")); err != nil {
		return err
	}
	if len(lowered) > 0 {
		v.flash("warn", "console_catalog.edit.done_lowered", "N", len(lowered))
	} else {
		v.flash("good", "console_catalog.edit.done")
	}
	if only != "" && only != onlyPools {
		return v.redirect("/console/catalog/products/" + only)
	}
	return v.redirect("/console/catalog")
}

// onlyPools says that only the pools were edited.
const onlyPools = "pools"

// onlyOf is the present catalog with one product, or the pools, of another.
func onlyOf(now, next tickets.Catalog, only string) tickets.Catalog {
	out := now.Clone()
	if only == onlyPools {
		out.Pools = next.Pools
		return out
	}
	pr, err := next.Product(tickets.ProductID(only))
	if err != nil {
		return out
	}
	return withProduct(out, pr, next.SKUsOf(pr.ID))
}

// withProduct puts a product and its SKUs in the place of the old, or at the end.
func withProduct(cat tickets.Catalog, pr tickets.Product, skus []tickets.SKU) tickets.Catalog {
	out := cat.Clone()
	i := slices.IndexFunc(out.Products, func(p tickets.Product) bool { return p.ID == pr.ID })
	if i < 0 {
		out.Products = append(out.Products, pr)
	} else {
		out.Products[i] = pr
	}
	var all []tickets.SKU
	for _, p := range out.Products {
		if p.ID == pr.ID {
			all = append(all, skus...)
		} else {
			all = append(all, out.SKUsOf(p.ID)...)
		}
	}
	out.SKUs = all
	return out
}

// Taken are the places that customers have of a stock, for templates.
func (catalogConfirmPage) Taken(s tickets.Stock) int { return s.Held + s.Sold }

// Photo is the address of a product's picture, where it is one that a link may have.
func (catalogConfirmPage) Photo(p tickets.Product) string {
	if !strings.HasPrefix(p.Photo, "https://") {
		return ""
	}
	return p.Photo
}
