package console

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"boxoffice/tickets"
	"boxoffice/tickets/catalogfile"
)

// catalogPage is what is sold.
type catalogPage struct {
	Rows     []catalogRow
	Pools    []tickets.Pool
	Revision int64
	Warnings []string
	History  []tickets.AuditEntry
}

// catalogRow is a product with what it costs.
type catalogRow struct {
	Product tickets.Product
	SKUs    int
	Low     tickets.Money
	High    tickets.Money
	First   bool
	Last    bool
}

func catalogList(v *visit) error {
	p := catalogPage{Pools: v.Cat.Pools, Revision: v.Cat.Revision, Warnings: catalogfile.Warnings(*v.Cat)}
	for i, pr := range v.Cat.Products {
		row := catalogRow{Product: pr, First: i == 0, Last: i == len(v.Cat.Products)-1}
		for _, s := range v.Cat.SKUsOf(pr.ID) {
			row.SKUs++
			m := tickets.Money{Amount: s.PriceOn(v.Today()), Currency: v.Cat.CurrencyOf(pr)}
			if row.SKUs == 1 || m.Amount < row.Low.Amount {
				row.Low = m
			}
			if row.SKUs == 1 || m.Amount > row.High.Amount {
				row.High = m
			}
		}
		p.Rows = append(p.Rows, row)
	}
	err := v.view(func(r tickets.Reader) error {
		p.History = nil
		list, _, err := r.AuditEntries(tickets.Page{Limit: 500})
		for _, e := range list {
			if strings.HasPrefix(e.Act, "catalog_") && len(p.History) < 20 {
				p.History = append(p.History, e)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "catalog_list", v.Words.T("console.nav.catalog"), p)
}

// catalogOrder moves a product up or down, or shows or hides it.
func catalogOrder(v *visit) error {
	id := tickets.ProductID(v.PathValue("id"))
	next := v.Cat.Clone()
	i := slices.IndexFunc(next.Products, func(p tickets.Product) bool { return p.ID == id })
	if i < 0 {
		return tickets.Refuse(tickets.NotFound, "product %q", id)
	}
	do := v.PostFormValue("do")
	switch j := i + map[string]int{"up": -1, "down": 1}[do]; {
	case do == "hide" || do == "show":
		next.Products[i].Hidden = do == "hide"
	case j != i && j >= 0 && j < len(next.Products):
		next.Products[i], next.Products[j] = next.Products[j], next.Products[i]
	default:
		return v.redirect("/console/catalog")
	}
	revision, _, err := v.k.Desk.ApplyOn(v.Context(), next, v.Cat.Revision)
	if err != nil {
		return err
	}
	if err := v.auditChange("catalog_order", fmt.Sprint(revision), auditOK, "", "", string(id)+" "+do); err != nil {
		return err
	}
	v.flash("good", "console_catalog.edit.done")
	return v.redirect("/console/catalog")
}

// poolsPage is the form of the pools.
type poolsPage struct {
	fieldForm
}

func catalogPools(v *visit) error {
	form, err := v.formOf(*v.Cat, "", v.Cat.Merchant.Currency)
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "catalog_pools", v.Words.T("console_catalog.pools"), poolsPage{form})
}

// catalogPoolsEdit reads the form of the pools and shows what it changes.
func catalogPoolsEdit(v *visit) error {
	if err := v.ParseForm(); err != nil {
		return tickets.Refuse(tickets.Invalid, "form: %v", err)
	}
	form, tree := v.readFields([]string{"pools"}, v.Cat.Merchant.Currency)
	list, _ := tree["pools"].([]any)
	var entries []map[string]any
	for _, e := range list {
		if m, ok := e.(map[string]any); ok {
			entries = append(entries, m)
		}
	}
	p := poolsPage{form}
	alone := v.Cat.Clone()
	alone.Pools, alone.Products, alone.SKUs = nil, nil, nil
	read, err := parsed(alone, "pools", entries...)
	next := v.Cat.Clone()
	if err == nil {
		next.Pools = read.Pools
		_, err = catalogfile.Fields(next) // a pool that a SKU draws from may not go
	}
	if err != nil {
		if !p.take(err, "") {
			return err
		}
		return v.page(http.StatusUnprocessableEntity, "catalog_pools", v.Words.T("console_catalog.pools"), p)
	}
	return v.confirm(http.StatusOK, next, onlyPools, "/console/catalog/pools", false)
}
