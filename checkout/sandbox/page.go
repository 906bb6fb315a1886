package sandbox

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

//go:embed page
var files embed.FS

var pageTemplate = template.Must(template.ParseFS(files, "page/page.html"))

// view is what the page shows.
type view struct {
	Words       words
	Lang        string
	Missing     bool
	Shop, Title string
	Code        string
	Amount, Fee string
	Left        string // "4:05"; "" when there is nothing to wait for
	Until, Now  int64  // Unix milliseconds by the shop's clock
	Open, Late  bool
	State       checkout.StandingState
	Message     string
	Planned     string // when the next planned thing happens, "4:05" from now
	Return      string
	Reload      bool
	Odd, Timed  []choice
	Minutes     []int
	Charges     []chargeView
	Back        *backView // nil before money came
	formTarget  string    // origin of Return, for the policy
}

type choice struct {
	Act   Act
	Label string
	Off   bool // there is nothing for it to happen to
}

type chargeView struct{ ID, Amount string }

// Handler serves the payment pages: mount it at /pay/. A POST says act (an [Act]), minutes for the acts that wait, and
// force=1 for what happens although the session is over, and of for the charge that an act after the payment is about; it
// answers 303 to the shop's return address, or to the page while the payment is pending and after it.
func (g *Gateway) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /pay/style.css", asset("page/style.css", "text/css; charset=utf-8"))
	mux.HandleFunc("GET /pay/page.js", asset("page/page.js", "text/javascript; charset=utf-8"))
	mux.HandleFunc("GET /pay/{session}", g.show)
	mux.HandleFunc("POST /pay/{session}", g.press)
	return http.NewCrossOriginProtection().Handler(mux)
}

func asset(name, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b, err := files.ReadFile(name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "max-age=300")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Write(b)
	}
}

func (g *Gateway) show(w http.ResponseWriter, r *http.Request) {
	s, err := g.change(r.Context(), either(r.PathValue("session")), func(*session) error { return nil })
	if err != nil {
		g.fail(w, r, err)
		return
	}
	v := g.view(s)
	if v.Back != nil && r.URL.Query().Has("back") {
		v.Back.Open = true
	}
	g.render(w, r, http.StatusOK, v)
}

func (g *Gateway) press(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	if err := r.ParseForm(); err != nil {
		g.fail(w, r, tickets.Refuse(tickets.Invalid, "form: %v", err))
		return
	}
	o := Outcome{Act: Act(r.PostForm.Get("act")), Of: r.PostForm.Get("of")}
	if m := r.PostForm.Get("minutes"); m != "" && (o.Act.timed() || !o.Act.next()) {
		n, err := strconv.Atoi(m)
		if err != nil {
			g.fail(w, r, tickets.Refuse(tickets.Invalid, "minutes %q", m))
			return
		}
		o.After = time.Duration(n) * time.Minute
	}
	id := either(r.PathValue("session"))
	err := g.play(r.Context(), string(id), o, r.PostForm.Get("force") == "1")
	if err != nil && !errors.Is(err, tickets.Conflict) { // a second press shows how things stand
		g.fail(w, r, err)
		return
	}
	// The notice goes out before the browser returns, so that the shop usually knows by then. The customer does not wait
	// long for it; a later Tick repeats it.
	soon, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	if err := g.work(soon, id); err != nil {
		g.c.Log.WarnContext(r.Context(), "sandbox notice put off", "session", string(id), "error", err)
	}
	to := "/pay/" + string(id)
	s, err := g.change(r.Context(), id, func(*session) error { return nil })
	if o.Act.back() {
		to += "?back=1#back"
	} else if err == nil && s.over() && !s.expects() && webURL(s.Return) != nil {
		to = s.Return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// webURL parses an absolute http address; nil is none.
func webURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil
	}
	return u
}

func (g *Gateway) view(s *session) view {
	t, lang := wordsIn(s.Lang)
	now := g.c.Now()
	v := view{
		Words: t, Lang: lang, Shop: s.Shop, Title: s.Title, Code: s.Code, Amount: amount(s.Total),
		State: s.State, Open: s.State == checkout.StandingOpen, Until: s.Expiry.UnixMilli(), Now: now.UnixMilli(),
		Minutes: []int{0, 1, 2, 5, 6, 10, 15, 30},
		Timed: []choice{{Act: Later, Label: t.Later}, {Act: Slow, Label: t.Slow}, {Act: SlowFail, Label: t.SlowFail},
			{Act: Late, Label: t.Late}},
		Odd: []choice{{Act: Twice, Label: t.Twice}, {Act: Less, Label: t.Less}, {Act: More, Label: t.More},
			{Act: Currency, Label: t.Currency}, {Act: Zero, Label: t.Zero}, {Act: Silent, Label: t.Silent}},
	}
	if g.c.Passes {
		v.Odd = append(v.Odd, choice{Act: Test, Label: t.Test})
	}
	if s.Fee.Amount > 0 {
		v.Fee = amount(s.Fee)
	}
	if v.Open && !s.Expiry.IsZero() {
		v.Left, v.Late = clock(s.Expiry.Sub(now)), !now.Before(s.Expiry)
	}
	switch s.State {
	case checkout.StandingPaid:
		v.Message = t.Paid
	case checkout.StandingFailed:
		v.Message = t.Failed
	case checkout.StandingAsync:
		v.Message = t.Waiting
	default:
		v.Message = t.Closed
	}
	v.Back = s.backOf(t, now)
	if plan := slices.DeleteFunc(slices.Clone(s.Plan), func(p step) bool { return p.Refund != "" }); len(plan) > 0 {
		next := slices.MinFunc(plan, func(a, b step) int { return a.At.Compare(b.At) })
		v.Planned, v.Reload = clock(next.At.Sub(now)), true
	}
	if u := webURL(s.Return); u != nil {
		v.Return, v.formTarget = s.Return, u.Scheme+"://"+u.Host
	}
	for _, c := range s.Charges {
		v.Charges = append(v.Charges, chargeView{c.ID, amount(tickets.Money{Amount: c.Amount, Currency: c.Currency})})
	}
	return v
}

// amount is "SGD 119.00".
func amount(m tickets.Money) string { return string(m.Currency) + " " + m.Decimal() }

// clock is minutes and seconds, rounded up, never negative.
func clock(d time.Duration) string {
	sec := max(int64((d+time.Second-1)/time.Second), 0)
	return fmt.Sprintf("%d:%02d", sec/60, sec%60)
}

func (g *Gateway) fail(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, tickets.NotFound):
		lang := "en"
		if len(r.Header.Get("Accept-Language")) >= 2 && r.Header.Get("Accept-Language")[:2] == "zh" {
			lang = "zh-Hans"
		}
		t, lang := wordsIn(lang)
		g.render(w, r, http.StatusNotFound, view{Words: t, Lang: lang, Missing: true})
	case errors.Is(err, tickets.Invalid):
		http.Error(w, "Bad Request", http.StatusBadRequest)
	default:
		g.c.Log.ErrorContext(r.Context(), "sandbox page failed", "session", r.PathValue("session"), "error", err)
		http.Error(w, "Service Unavailable", http.StatusServiceUnavailable)
	}
}

func (g *Gateway) render(w http.ResponseWriter, r *http.Request, status int, v view) {
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, v); err != nil {
		g.c.Log.ErrorContext(r.Context(), "sandbox page not rendered", "error", err)
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	// A form's redirect counts as its target, and the shop may be at another origin than the page was opened at.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; "+
		"base-uri 'none'; frame-ancestors 'none'; form-action 'self' "+v.formTarget)
	w.WriteHeader(status)
	w.Write(b.Bytes())
}
