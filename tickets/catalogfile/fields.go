package catalogfile

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"boxoffice/tickets"
)

// Field is one value of a catalog's file. Lists of plain values are one field, with ", " between them.
type Field struct {
	Path  string // as problems name it: "products[0].skus[1].price"
	Value string
}

// Fields lists the values of a catalog's file in the order of its lines. It fails with Problems when c could not have
// come from a file.
func Fields(c tickets.Catalog) ([]Field, error) {
	var b bytes.Buffer
	if err := Write(&b, c); err != nil {
		return nil, err
	}
	return flatten(b.Bytes(), func(i int, _ any) string { return fmt.Sprint(i) })
}

// flatten walks a file; label names an entry of a list.
func flatten(data []byte, label func(i int, entry any) string) ([]Field, error) {
	var root any
	if err := yaml.UnmarshalWithOptions(data, &root, yaml.UseOrderedMap()); err != nil {
		return nil, fmt.Errorf("read the catalog's fields: %w", err)
	}
	var out []Field
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case yaml.MapSlice:
			for _, e := range v {
				walk(strings.TrimPrefix(path+"."+fmt.Sprint(e.Key), "."), e.Value)
			}
		case []any:
			if words, ok := plainList(v); ok {
				out = append(out, Field{path, words})
				return
			}
			for i, e := range v {
				walk(path+"["+label(i, e)+"]", e)
			}
		default:
			out = append(out, Field{path, fmt.Sprint(v)})
		}
	}
	walk("", root)
	return out, nil
}

// plainList joins a list of plain values.
func plainList(v []any) (string, bool) {
	words := make([]string, 0, len(v))
	for _, e := range v {
		switch e.(type) {
		case yaml.MapSlice, []any:
			return "", false
		}
		words = append(words, fmt.Sprint(e))
	}
	return strings.Join(words, ", "), true
}

// Change is a value that differs between two catalogs. Things with an id are named by it: "products[cable_car].hidden". A
// thing that is only in one of them is one change, whose value is its name.
type Change struct {
	Path   string
	Before string // "" where it is new
	After  string // "" where it is gone
}

// Diff lists what differs between two catalogs, in the order of the new one's file, what is gone last. It fails with
// Problems when one of them could not have come from a file.
func Diff(before, after tickets.Catalog) ([]Change, error) {
	a, err := named(before)
	if err != nil {
		return nil, err
	}
	b, err := named(after)
	if err != nil {
		return nil, err
	}
	var out []Change
	seen := map[string]bool{}
	add := func(c Change) {
		if !seen[c.Path] {
			seen[c.Path] = true
			out = append(out, c)
		}
	}
	for _, f := range b.fields {
		was, ok := a.values[f.Path]
		if thing := a.lacks(f.Path); thing != "" {
			add(Change{Path: thing, After: b.title(thing)})
		} else if !ok || was != f.Value {
			add(Change{f.Path, was, f.Value})
		}
	}
	for _, f := range a.fields {
		if thing := b.lacks(f.Path); thing != "" {
			add(Change{Path: thing, Before: a.title(thing)})
		} else if _, ok := b.values[f.Path]; !ok {
			add(Change{Path: f.Path, Before: f.Value})
		}
	}
	return out, nil
}

// things is a catalog's fields, by paths with ids.
type things struct {
	fields []Field
	values map[string]string
	known  map[string]bool // things with an id
}

func named(c tickets.Catalog) (things, error) {
	t := things{values: map[string]string{}, known: map[string]bool{}}
	var b bytes.Buffer
	if err := Write(&b, c); err != nil {
		return t, err
	}
	var err error
	t.fields, err = flatten(b.Bytes(), func(i int, entry any) string {
		if m, ok := entry.(yaml.MapSlice); ok {
			for _, e := range m {
				if slices.Contains([]string{"id", "sku_id"}, fmt.Sprint(e.Key)) {
					return fmt.Sprint(e.Value)
				}
			}
		}
		return fmt.Sprint(i + 1)
	})
	for _, f := range t.fields {
		t.values[f.Path] = f.Value
		for _, thing := range prefixes(f.Path) {
			t.known[thing] = true
		}
	}
	return t, err
}

// prefixes are the entries of lists that a path goes through, the outer first.
func prefixes(path string) []string {
	var out []string
	for i, c := range path {
		if c == ']' {
			out = append(out, path[:i+1])
		}
	}
	return out
}

// lacks is the outermost entry of a path that is not there; "" where all are.
func (t things) lacks(path string) string {
	for _, thing := range prefixes(path) {
		if !t.known[thing] {
			return thing
		}
	}
	return ""
}

// title is what an entry is called: its English or first name, or its values.
func (t things) title(thing string) string {
	if name := t.values[thing+".names.en"]; name != "" {
		return name
	}
	var words []string
	for _, f := range t.fields {
		if rest, ok := strings.CutPrefix(f.Path, thing+"."); ok && len(words) < 6 {
			if strings.HasPrefix(rest, "names.") {
				return f.Value
			}
			words = append(words, rest+": "+f.Value)
		}
	}
	return strings.Join(words, ", ")
}
