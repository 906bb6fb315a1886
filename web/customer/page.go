package customer

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

//go:embed templates assets
var files embed.FS

// pages are the templates by the name of their file; each is the frame with its own content.
var pages = parsed("landing", "status", "ticket", "fault")

func parsed(names ...string) map[string]*template.Template {
	out := map[string]*template.Template{}
	for _, name := range names {
		out[name] = template.Must(template.ParseFS(files, "templates/frame.html", "templates/"+name+".html"))
	}
	return out
}

// frame is what every page shows around its content.
type frame struct {
	words   *text.Printer
	Shop    string
	Title   string
	Support string
	Chat    string // its address; "" while there is none
	ToChat  string // the words on the way there
	Langs   []langLink
	Live    bool // the page follows what happens: by its script, or without one by reloading
}

// langLink switches the page's language.
type langLink struct {
	Name, Tag, URL string
	Current        bool
}

// T is a message of the area web, for templates.
func (f frame) T(key string, args ...any) string { return f.words.T("web."+key, args...) }

// Lang is the page's language as HTML has it.
func (f frame) Lang() string { return string(f.words.Lang()) }

// Asset is the address of a style or script; it changes with its content.
func (f frame) Asset(name string) string { return "/assets/" + name + "?v=" + version[name] }

// frame begins a page. The language is what the reader asks for by ?lang=, else prefer (the customer's, where the
// page has one), else what the browser says.
func (p *Pages) frame(r *http.Request, m tickets.Merchant, prefer string) frame {
	lang := text.Match(r.Header.Get("Accept-Language"))
	if prefer != "" {
		lang = text.Match(prefer)
	}
	if asked := r.URL.Query().Get("lang"); asked != "" {
		lang = text.Match(asked)
	}
	words := text.For(lang).WithLog(p.log)
	f := frame{words: words, Shop: words.Pick(m.Names), Support: words.Pick(m.Support), Chat: p.chat(), ToChat: words.T("web.chat")}
	if f.Shop == "" {
		f.Shop = "Boxoffice"
	}
	for _, l := range text.Langs() {
		if len(m.Languages) > 0 && !slices.Contains(m.Languages, string(l)) && l != lang {
			continue
		}
		link := url.URL{Path: r.URL.Path, RawQuery: "lang=" + url.QueryEscape(string(l))}
		f.Langs = append(f.Langs, langLink{Name: l.Name(), Tag: string(l), URL: link.String(), Current: l == lang})
	}
	return f
}

// render writes a page from a buffer, so that a fault in a template is an error page and not half a page.
func render(w http.ResponseWriter, status int, name string, data any) error {
	var b bytes.Buffer
	if err := pages[name].ExecuteTemplate(&b, "frame", data); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", langOf(data))
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	h.Add("Vary", "Accept-Language")
	w.WriteHeader(status)
	w.Write(b.Bytes())
	return nil
}

func langOf(data any) string {
	if d, ok := data.(interface{ Lang() string }); ok {
		return d.Lang()
	}
	return string(text.English)
}

// kinds are the media types of assets.
var kinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

// version is the beginning of each asset's hash.
var version = versions()

func versions() map[string]string {
	out := map[string]string{}
	entries, err := files.ReadDir("assets")
	if err != nil {
		panic("customer: " + err.Error()) // they are embedded
	}
	for _, e := range entries {
		b, err := files.ReadFile("assets/" + e.Name())
		if err != nil {
			panic("customer: " + err.Error())
		}
		sum := sha256.Sum256(b)
		out[e.Name()] = hex.EncodeToString(sum[:6])
	}
	return out
}

func asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	b, err := files.ReadFile("assets/" + path.Base(name))
	kind := kinds[strings.ToLower(path.Ext(name))]
	if err != nil || kind == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	if r.URL.Query().Get("v") == version[name] {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	w.Write(b)
}
