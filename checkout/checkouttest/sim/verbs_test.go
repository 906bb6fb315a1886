package sim_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"boxoffice/checkout/checkouttest/sim"
)

// committing lists the methods of a folder's types that commit, by their names in the simulator.
func committing(t *testing.T, dir, prefix string, types ...string) []string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, f.Name()), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && fn.Recv != nil && fn.Name.Name != "update" && slices.Contains(types, receiver(fn)) && commits(fn) {
				out = append(out, prefix+fn.Name.Name)
			}
		}
	}
	return out
}

func receiver(fn *ast.FuncDecl) string {
	if star, ok := fn.Recv.List[0].Type.(*ast.StarExpr); ok {
		if id, ok := star.X.(*ast.Ident); ok {
			return id.Name
		}
	}
	return ""
}

// commits reports whether a method calls the store's Update, or the desk's.
func commits(fn *ast.FuncDecl) (found bool) {
	ast.Inspect(fn, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if s, ok := call.Fun.(*ast.SelectorExpr); ok {
				found = found || s.Sel.Name == "Update" || s.Sel.Name == "update"
			}
		}
		return true
	})
	return found
}

func TestEveryVerbThatCommitsIsAttackedOrNamed(t *testing.T) {
	t.Parallel()
	all := append(committing(t, "../..", "", "Desk"), committing(t, "../../../notify", "notify ", "Dispatcher", "pass")...)
	if len(all) < 60 {
		t.Fatalf("only %d verbs found: %v", len(all), all)
	}
	attacked := sim.Verbs()
	for _, v := range all {
		if _, named := sim.Elsewhere[v]; named == slices.Contains(attacked, v) {
			t.Errorf("%s: attacked %t, named as not met %t: one of them", v, named, named)
		}
	}
	for _, v := range attacked {
		if !slices.Contains(all, v) {
			t.Errorf("%s is aimed at and commits nothing", v)
		}
	}
	for v := range sim.Elsewhere {
		if !slices.Contains(all, v) {
			t.Errorf("%s is named and commits nothing", v)
		}
	}
}
