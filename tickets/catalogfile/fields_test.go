package catalogfile_test

import (
	"slices"
	"testing"

	"boxoffice/tickets"
	"boxoffice/tickets/catalogfile"
)

func example(t *testing.T) tickets.Catalog {
	t.Helper()
	c, err := catalogfile.Parse("catalog.yaml", catalogfile.Example())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDiffOfACatalogWithItselfIsEmpty(t *testing.T) {
	t.Parallel()
	c := example(t)
	if got, err := catalogfile.Diff(c, c); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestDiffNamesWhatChanged(t *testing.T) {
	t.Parallel()
	before := example(t)
	after := before.Clone()
	after.Products = slices.Delete(after.Products, 0, 1) // with its SKU and its pool
	after.SKUs = slices.DeleteFunc(after.SKUs, func(s tickets.SKU) bool { return s.Product == before.Products[0].ID })
	after.Products[0].Hidden = true
	after.SKUs[0].Price = 3400
	after.Pools[1].Capacity = 100
	after.Pools = append(after.Pools, tickets.Pool{ID: "boats", Capacity: 12})
	got, err := catalogfile.Diff(before, after)
	want := []catalogfile.Change{
		{Path: "pools[cable_car].capacity", Before: "120", After: "100"},
		{Path: "pools[boats]", After: "id: boats, capacity: 12"},
		{Path: "products[cable_car].hidden", After: "true"},
		{Path: "products[cable_car].skus[cable_car_adult].price", Before: "3300", After: "3400"},
		{Path: "products[sentosa_family]", Before: "Sentosa Family Pack (2 adults + 1 child)"},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v\n%+v", err, got)
	}
}

func TestFieldsHaveThePathsOfProblems(t *testing.T) {
	t.Parallel()
	fields, err := catalogfile.Fields(example(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []catalogfile.Field{
		{Path: "products[1].skus[0].prices[3].weekdays", Value: "sat, sun"}, {Path: "products[1].calendar.opens", Value: "08:45"},
		{Path: "products[0].refund_policy.brackets[1].percent", Value: "50"}, {Path: "products[0].names.en", Value: "Sentosa Family Pack (2 adults + 1 child)"},
	} {
		if !slices.Contains(fields, want) {
			t.Errorf("no %+v", want)
		}
	}
}
