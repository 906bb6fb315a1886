package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strings"
	"time"

	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

//go:embed templates static
var files embed.FS

// page is what a template gets: the visit, the page's title, and what the handler found.
type page struct {
	V     *visit
	Title string
	Name  string
	D     any
}

// look is a way that pages are written: a set of templates for a language and a zone.
type look struct {
	lang text.Lang
	zone string
	name string
}

// page answers with templates/NAME.html in the frame, from a buffer: a fault in a template is an error page and not half a page.
func (v *visit) page(status int, name, title string, data any) error {
	t, err := v.k.template(look{v.Words.Lang(), v.Zone.String(), name}, v.Zone)
	if err != nil {
		return fmt.Errorf("template %s: %w", name, err)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "frame", page{V: v, Title: title, Name: name, D: data}); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.Lang())
	v.w.WriteHeader(status)
	_, _ = v.w.Write(b.Bytes()) // nobody is there to be told
	return nil
}

// template parses the frame, the parts and the page once for each language and zone.
func (k *Console) template(l look, zone *time.Location) (*template.Template, error) {
	if t, ok := k.looks.Load(l); ok {
		return t.(*template.Template), nil
	}
	t, err := template.New(l.name).Funcs(k.funcs(l.lang, zone)).ParseFS(files, "templates/frame.html", "templates/part_*.html", "templates/"+l.name+".html")
	if err != nil {
		return nil, err
	}
	k.looks.Store(l, t)
	return t, nil
}

// funcs are what every template may call.
func (k *Console) funcs(lang text.Lang, zone *time.Location) template.FuncMap {
	p := k.words(lang)
	return template.FuncMap{
		"t":     p.T,     // {{t "console_order.title" "Count" 3}}
		"money": p.Money, // S$119.00
		"date":  func(d tickets.Date) string { return p.DateYear(d) },
		"slot":  p.Slot,
		"pick":  p.Pick,
		"when": func(t time.Time) string { // a moment on the merchant's wall
			if t.IsZero() {
				return ""
			}
			return p.DateTime(t, zone)
		},
		"iso":      func(t time.Time) string { return t.In(zone).Format(time.RFC3339) },
		"duration": p.Duration,
		"word":     func(kind string, w any) string { return k.word(p, kind, fmt.Sprint(w)) },
		"tone":     tone,
		"orderstatus": func(o tickets.Order) tickets.Status {
			s, _ := o.Status()
			return s
		},
		"args":  args,
		"asset": assetURL,
		"icon":  icon,
		"join":  strings.Join,
		"tail":  func(s any, n int) string { t := fmt.Sprint(s); return t[max(0, len(t)-n):] },
		"json":  indented,
	}
}

// word is how a word of the machine is said to people: console_word.KIND.WORD, or the word itself while it has none.
func (k *Console) word(p *text.Printer, kind, w string) string {
	if key := "console_word." + kind + "." + strings.ToLower(strings.ReplaceAll(w, "-", "_")); w != "" && p.Has(key) {
		return p.T(key)
	}
	return w
}

// args makes one value of several for a part: {{template "x" (args "V" $.V "Order" .)}}.
func args(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("args wants names and values, got %d", len(pairs))
	}
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return m, nil
}

// indented is JSON for people; what is no JSON stays as it is.
func indented(raw []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	return b.String()
}

// tones are the colours of states: good, wait, warn, bad, over.
var tones = map[string]string{
	"CHARGED": "wait", "FULFILLED": "good", "FULFILL_FAILED": "bad", "CLOSED": "over", "INIT": "wait", "REFUNDING": "warn", "REFUNDED": "over",
	"REFUND_FAILED": "bad", "CHARGEBACK": "bad", "CHARGEBACK_REVERSED": "good",
	"HELD": "wait", "AWAITING_PAYMENT": "wait", "EXPIRING": "wait", "EXPIRED": "over", "CANCELLED": "over", "PAYMENT_REVIEW": "bad", "PAID": "wait",
	"COMPLETED": "good",
	"VALID":     "good", "USED": "over", "BLOCKED": "warn", "REVOKED": "bad",
	"SENT": "good", "QUEUED": "wait", "SENDING": "wait", "AWAITING_RETRY": "warn", "FAILED": "bad", "ABORTED": "over",
	"SUCCEEDED": "good", "PENDING": "wait", "REQUESTED": "warn", "APPROVED": "wait", "SUBMITTED": "wait", "REJECTED": "over",
	"OPEN": "warn", "WON": "good", "LOST": "bad", "CAPTURED": "good", "UNKNOWN": "warn", "CREATED": "wait",
}

// tone of a state's word; what has none is calm.
func tone(w any) string {
	if t, ok := tones[strings.ToUpper(fmt.Sprint(w))]; ok {
		return t
	}
	return "over"
}

// versions are the beginnings of the hashes of the static files, so that an address changes with its content.
var versions = hashes()

func hashes() map[string]string {
	out := map[string]string{}
	entries, err := files.ReadDir("static")
	if err != nil {
		panic("console: " + err.Error()) // they are embedded
	}
	for _, e := range entries {
		b, err := files.ReadFile("static/" + e.Name())
		if err != nil {
			panic("console: " + err.Error())
		}
		sum := sha256.Sum256(b)
		out[e.Name()] = hex.EncodeToString(sum[:6])
	}
	return out
}

func assetURL(name string) string { return "/console/assets/" + name + "?v=" + versions[name] }

var kinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

func asset(w http.ResponseWriter, r *http.Request) {
	name := path.Base(r.PathValue("name"))
	b, err := files.ReadFile("static/" + name)
	kind := kinds[path.Ext(name)]
	if err != nil || kind == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	if r.URL.Query().Get("v") == versions[name] {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = w.Write(b) // nobody is there to be told
}
