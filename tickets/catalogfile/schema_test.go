package catalogfile

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

func TestSchemaHasTheKeysOfTheParser(t *testing.T) {
	t.Parallel()
	var doc struct {
		Schema string `json:"$schema"`
		Defs   map[string]struct {
			Properties map[string]any `json:"properties"`
			Required   []string       `json:"required"`
			Additional *bool          `json:"additionalProperties"`
			Items      struct {
				Enum []string `json:"enum"`
			} `json:"items"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(Schema(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Schema != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("$schema is %q", doc.Schema)
	}
	for kind, want := range keys {
		def, ok := doc.Defs[kind]
		got := slices.Sorted(maps.Keys(def.Properties))
		if !ok || !slices.Equal(got, slices.Sorted(slices.Values(want))) {
			t.Errorf("%s: the schema has %v, the parser %v", kind, got, want)
		}
		if def.Additional == nil || *def.Additional {
			t.Errorf("%s: the schema lets unknown keys pass", kind)
		}
		for _, r := range def.Required {
			if !slices.Contains(want, r) {
				t.Errorf("%s: required %s is no key", kind, r)
			}
		}
	}
	if got, want := slices.Sorted(slices.Values(doc.Defs["weekdays"].Items.Enum)), slices.Sorted(slices.Values(weekdays)); !slices.Equal(got, want) {
		t.Errorf("weekdays: the schema has %v, the parser %v", got, want)
	}
	for _, text := range []string{"name", "note", "page"} {
		if got, want := slices.Sorted(maps.Keys(doc.Defs[text].Properties)), slices.Sorted(slices.Values(languages)); !slices.Equal(got, want) {
			t.Errorf("%s: the schema has languages %v, the parser %v", text, got, want)
		}
	}
}

func TestEveryAliasNamesAKey(t *testing.T) {
	t.Parallel()
	for alias, key := range aliases {
		known := false
		for _, ks := range keys {
			known = known || slices.Contains(ks, key)
			if slices.Contains(ks, alias) && alias == key {
				t.Errorf("%s is an alias of itself", alias)
			}
		}
		if !known {
			t.Errorf("%s stands for %s, which is no key", alias, key)
		}
	}
	for kind, later := range later {
		for _, k := range later {
			if slices.Contains(keys[kind], k) {
				t.Errorf("%s.%s is available and not", kind, k)
			}
		}
	}
}
