package catalogfile

import (
	_ "embed"
	"slices"
)

//go:embed catalog.example.yaml
var example []byte

//go:embed catalog.schema.json
var schema []byte

// Example returns the file of a small shop with one of everything: the demo sells it, and "init" writes it for a
// merchant to change. It is on sale every day, whatever the date.
func Example() []byte { return slices.Clone(example) }

// Schema returns the file's JSON Schema (draft 2020-12), for editors that check while one types. Parse checks more.
func Schema() []byte { return slices.Clone(schema) }
