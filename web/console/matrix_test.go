package console

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"strings"
	"testing"

	"boxoffice/tickets"
)

// TestRoutesSayWhoMay refuses rows that could not have been meant: a form that anybody may send, an act that no role
// has, money without proof.
func TestRoutesSayWhoMay(t *testing.T) {
	t.Parallel()
	open := map[string]bool{ // what must work for who has not signed in
		"GET /console/login": true, "POST /console/login": true, "GET /console/login/second": true, "POST /console/login/second": true,
		"POST /console/login/passkey/ask": true, "POST /console/login/passkey": true, "GET /console/login/link": true, "POST /console/login/link": true,
		"GET /console/login/link/{token}": true, "POST /console/login/link/{token}": true,
	}
	seen := map[string]bool{}
	for _, r := range (&Console{}).routes() {
		method, path, _ := strings.Cut(r.pattern, " ")
		switch {
		case seen[r.pattern]:
			t.Errorf("%s is there twice", r.pattern)
		case method != http.MethodGet && method != http.MethodPost:
			t.Errorf("%s: browsers' forms know GET and POST", r.pattern)
		case !strings.HasPrefix(path, "/console/"):
			t.Errorf("%s is not under /console/", r.pattern)
		case r.act == anyone && !open[r.pattern]:
			t.Errorf("%s lets anybody in", r.pattern)
		case r.act != anyone && r.act != member && r.act != own && !tickets.RoleOwner.May(r.act):
			t.Errorf("%s: nobody may %q", r.pattern, r.act)
		case r.serve == nil:
			t.Errorf("%s does nothing", r.pattern)
		}
		seen[r.pattern] = true
	}
}

// TestTheTableIsTheOnlyWayIn refuses code that would add a route beside it.
func TestTheTableIsTheOnlyWayIn(t *testing.T) {
	t.Parallel()
	pkgs, err := parser.ParseDir(token.NewFileSet(), ".", nil, 0) //nolint:staticcheck // one folder, no build tags
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	for name, file := range pkgs["console"].Files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && (sel.Sel.Name == "Handle" || sel.Sel.Name == "HandleFunc") {
				calls++
				if name != "console.go" {
					t.Errorf("%s adds a route of its own", name)
				}
			}
			return true
		})
	}
	if calls != 3 { // the table, the assets, and what is not there
		t.Errorf("console.go adds routes in %d places, want 3", calls)
	}
}
