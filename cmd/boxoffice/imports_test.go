package main_test

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// module is the name in go.mod.
const module = "boxoffice"

// topFolders are the folders at the root of the repository. Another one needs
// a decision record (docs/adr/0004).
var topFolders = []string{"bot", "checkout", "cmd", "config", "docs", "market", "notify", "storage", "tickets", "web"}

// leftovers are folders that the Makefile and the demo write, and git ignores.
var leftovers = []string{"bin", "boxoffice-demo"}

// vagueNames are folder names that say nothing about what is inside.
var vagueNames = []string{"internal", "pkg", "util", "utils", "common", "model", "models", "helper", "helpers", "misc", "shared", "lib"}

// mayImport says which packages of ours a package may import. A pattern is as
// in path.Match, so "checkout/*" is any folder right below checkout; the first
// row that matches counts, and a package without a row is refused.
var mayImport = []struct {
	pkg  string
	ours []string
}{
	{"config", nil},
	{"tickets", nil},
	{"tickets/*", []string{"tickets"}},
	{"checkout", []string{"tickets"}},
	{"checkout/checkouttest", []string{"checkout", "checkout/*", "tickets"}},
	{"checkout/*", []string{"checkout", "tickets"}},
	{"checkout/checkouttest/sim", []string{"checkout", "notify", "storage/bolt", "tickets"}},
	{"storage", []string{"storage/bolt", "storage/postgres", "tickets"}},
	{"storage/*", []string{"tickets"}},
	{"notify", []string{"tickets", "tickets/text"}},
	{"bot", []string{"checkout", "tickets", "tickets/*"}},
	{"bot/telegramtest", []string{"bot", "tickets", "tickets/*"}},
	{"market", []string{"checkout", "tickets", "tickets/*"}},
	{"market/*", []string{"checkout", "market", "tickets", "tickets/*"}},
	{"web", []string{"web/customer", "web/api", "web/console", "tickets"}},
	{"web/*", []string{"checkout", "market", "notify", "tickets", "tickets/*"}},
	{"cmd/boxoffice", []string{"*", "*/*"}},
}

// onlyCmd are the packages that nobody but cmd may import, not even a test: they
// know what the others must not.
var onlyCmd = []string{"storage", "cmd/boxoffice"}

// homes says where each library lives: its module, then the packages that may
// import it. docs/adr/0005 says why each of them is here.
var homes = []struct {
	library  string
	packages []string
}{
	{"github.com/goccy/go-yaml", []string{"config", "tickets/catalogfile", "tickets/text"}},
	{"github.com/skip2/go-qrcode", []string{"tickets/qr"}},
	{"github.com/hajimehoshi/bitmapfont/v3", []string{"tickets/qr"}},
	{"github.com/makiuchi-d/gozxing", []string{"tickets/qr"}},
	{"golang.org/x/image", []string{"tickets/qr"}},
	{"github.com/nicksnyder/go-i18n/v2", []string{"tickets/text"}},
	{"golang.org/x/text", []string{"tickets/text"}},
	{"github.com/stripe/stripe-go/v76", []string{"checkout/stripe"}},
	{"go.etcd.io/bbolt", []string{"storage/bolt"}},
	{"github.com/goccy/go-json", []string{"storage/bolt"}},
	{"github.com/jackc/pgx/v5", []string{"storage/postgres"}},
	{"github.com/standard-webhooks/standard-webhooks/libraries", []string{"notify"}},
	{"github.com/go-telegram/bot", []string{"bot", "bot/telegramtest"}},
	{"github.com/go-playground/validator/v10", []string{"web/*"}},
	{"github.com/alexedwards/scs/v2", []string{"web/console"}},
	{"github.com/pquerna/otp", []string{"web/console"}},
	{"github.com/go-webauthn/webauthn", []string{"web/console"}},
	{"github.com/xuri/excelize/v2", []string{"web/console"}},
	{"github.com/go-analyze/charts", []string{"web/console"}},
	{"github.com/prometheus/client_golang", []string{"web", "web/*", "cmd/boxoffice"}},
	{"github.com/robfig/cron/v3", []string{"cmd/boxoffice"}},
	{"github.com/spf13/cobra", []string{"cmd/boxoffice"}},
	{"golang.org/x/crypto", []string{"web/console", "cmd/boxoffice"}},
	{"golang.org/x/term", []string{"cmd/boxoffice"}},
	{"golang.org/x/sync", []string{"bot", "notify", "storage/*", "web", "web/*", "cmd/boxoffice"}},
	{"golang.org/x/time", []string{"bot", "notify", "web", "web/*"}},
}

// testLibraries may be imported by every test file, and by the packages that
// exist for tests.
var testLibraries = []string{
	"github.com/anishathalye/porcupine",
	"github.com/chromedp/cdproto",
	"github.com/chromedp/chromedp",
	"github.com/getkin/kin-openapi",
	"github.com/makiuchi-d/gozxing",
	"github.com/rogpeppe/go-internal",
	"go.uber.org/goleak",
	"pgregory.net/rapid",
}

// testPackages exist for tests although their files are ordinary ones.
var testPackages = []string{"checkout/checkouttest", "checkout/checkouttest/sim", "storage/storagetest", "bot/telegramtest"}

func TestEveryPackageImportsOnlyWhatItMay(t *testing.T) {
	t.Parallel()
	faults, files, err := checkTree(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if files < 10 {
		t.Fatalf("only %d Go files found: is this test still two folders below the root?", files)
	}
	for _, f := range faults {
		t.Error(f)
	}
}

// TestImportRulesBite plants one fault of each kind and expects each to be
// found, and nothing else.
func TestImportRulesBite(t *testing.T) {
	t.Parallel()
	file := func(imports ...string) *fstest.MapFile {
		src := "package x\n"
		for _, i := range imports {
			src += "import _ " + strconv.Quote(i) + "\n"
		}
		return &fstest.MapFile{Data: []byte(src)}
	}
	tree := fstest.MapFS{
		// Allowed.
		"cmd/boxoffice/main.go":              file("boxoffice/storage", "boxoffice/checkout/stripe", "github.com/robfig/cron/v3"),
		"checkout/stripe/stripe.go":          file("net/http", "boxoffice/checkout", "boxoffice/tickets", "github.com/stripe/stripe-go/v76/client"),
		"checkout/place_test.go":             file("boxoffice/checkout", "boxoffice/storage/bolt", "boxoffice/checkout/checkouttest", "pgregory.net/rapid"),
		"bot/telegramtest/api.go":            file("github.com/chromedp/chromedp"),
		"tickets/testdata/src/bad.go":        file("example.com/ignored"),
		"boxoffice-demo/x.go":                file("example.com/ignored"),
		".ci/x.go":                           file("example.com/ignored"),
		"docs/adr/0001-decision-records.md":  {},
		"storage/bolt/internalname/not.text": {},
		// Faults.
		"tickets/money.go":        file("golang.org/x/text/currency"),
		"tickets/text/text.go":    file("boxoffice/tickets/qr"),
		"checkout/pay.go":         file("github.com/stripe/stripe-go/v76"),
		"checkout/open.go":        file("boxoffice/storage/bolt"),
		"notify/send.go":          file("boxoffice/storage"),
		"notify/send_test.go":     file("boxoffice/storage"),
		"bot/page.go":             file("github.com/chromedp/chromedp", "C"),
		"config/config.go":        file("example.com/new/library"),
		"bot/widgets/calendar.go": file("fmt"),
		"util/strings.go":         file("fmt"),
		"web/helpers/x.txt":       {},
		"main.go":                 file("fmt"),
		"web/broken.go":           {Data: []byte("package")},
	}
	faults, _, err := checkTree(tree)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"tickets/money.go imports golang.org/x/text/currency",
		"tickets/text/text.go imports boxoffice/tickets/qr",
		"checkout/pay.go imports github.com/stripe/stripe-go/v76",
		"checkout/open.go imports boxoffice/storage/bolt",
		"notify/send.go imports boxoffice/storage:",
		"notify/send_test.go imports boxoffice/storage:",
		"bot/page.go imports github.com/chromedp/chromedp",
		"bot/page.go imports C",
		"config/config.go imports example.com/new/library",
		"bot/widgets: no row",
		"util: no folder may be called util",
		"util: not one of the folders",
		"util: no row",
		"web/helpers: no folder may be called helpers",
		"main.go: no Go files at the root",
		"web/broken.go",
	} {
		i := slices.IndexFunc(faults, func(f string) bool { return strings.HasPrefix(f, want) })
		if i < 0 {
			t.Errorf("not found: %s", want)
			continue
		}
		faults = slices.Delete(faults, i, i+1)
	}
	for _, f := range faults {
		t.Errorf("not planted: %s", f)
	}
}

// checkTree returns what breaks a rule in the repository at root, one line
// each, and how many Go files it read.
func checkTree(root fs.FS) (faults []string, files int, err error) {
	refused := map[string]bool{}
	err = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // a file that another process removed meanwhile
			}
			return err
		}
		if d.IsDir() {
			if name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || slices.Contains(leftovers, name)) {
				return fs.SkipDir
			}
			faults = append(faults, checkFolder(name)...)
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		files++
		pkg := path.Dir(name)
		if pkg == "." {
			faults = append(faults, name+": no Go files at the root; the program is in cmd/boxoffice")
			return nil
		}
		if _, ok := allowedOurs(pkg); !ok && !refused[pkg] {
			refused[pkg] = true
			faults = append(faults, pkg+": no row in mayImport; say what it may import, and in the design why it exists")
		}
		src, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
		if err != nil {
			faults = append(faults, err.Error())
			return nil
		}
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if why := checkImport(pkg, strings.HasSuffix(name, "_test.go"), imported); why != "" {
				faults = append(faults, fmt.Sprintf("%s imports %s: %s", name, imported, why))
			}
		}
		return nil
	})
	return faults, files, err
}

// checkFolder judges a folder by its name alone.
func checkFolder(name string) (faults []string) {
	if slices.Contains(vagueNames, path.Base(name)) {
		faults = append(faults, fmt.Sprintf("%s: no folder may be called %s; name it after what is in it", name, path.Base(name)))
	}
	if name != "." && !strings.Contains(name, "/") && !slices.Contains(topFolders, name) {
		faults = append(faults, fmt.Sprintf("%s: not one of the folders at the root (%s)", name, strings.Join(topFolders, " ")))
	}
	return faults
}

// checkImport says why a file of pkg may not import a path, or "".
func checkImport(pkg string, inTest bool, imported string) string {
	if imported == "C" {
		return "the binary is static, without cgo"
	}
	if ours, ok := strings.CutPrefix(imported, module+"/"); ok {
		return checkOurs(pkg, inTest, ours)
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return "" // the standard library
	}
	for _, home := range homes {
		if under(imported, home.library) {
			if matches(home.packages, pkg) {
				return ""
			}
			return fmt.Sprintf("%s lives in %s only", home.library, strings.Join(home.packages, ", "))
		}
	}
	for _, library := range testLibraries {
		if under(imported, library) {
			if inTest || slices.Contains(testPackages, pkg) {
				return ""
			}
			return library + " is for tests"
		}
	}
	return "the library has no home; give it one in homes, and docs/adr/0005 a line"
}

// checkOurs judges an import of one of our own packages. Tests wire things
// together (a real store everywhere), so theirs are free but for onlyCmd.
func checkOurs(pkg string, inTest bool, imported string) string {
	if pkg == "cmd/boxoffice" || pkg == imported && inTest {
		return ""
	}
	if slices.Contains(onlyCmd, imported) {
		return "only cmd/boxoffice may"
	}
	if inTest {
		return ""
	}
	allowed, ok := allowedOurs(pkg)
	if !ok || matches(allowed, imported) {
		return "" // a package without a row is reported by itself
	}
	if len(allowed) == 0 {
		return pkg + " may import none of our packages"
	}
	return fmt.Sprintf("%s may import only %s; declare a small interface over tickets types and let cmd wire it", pkg, strings.Join(allowed, ", "))
}

func allowedOurs(pkg string) ([]string, bool) {
	for _, row := range mayImport {
		if matches([]string{row.pkg}, pkg) {
			return row.ours, true
		}
	}
	return nil, false
}

// matches reports whether one of the patterns matches name.
func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(p, name)
		return err == nil && ok
	})
}

// under reports whether an import path belongs to a module.
func under(imported, library string) bool {
	return imported == library || strings.HasPrefix(imported, library+"/")
}
