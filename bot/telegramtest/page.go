package telegramtest

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

//go:embed page
var pageFiles embed.FS

// PageOptions say what the chat page shows.
type PageOptions struct {
	Title    string // of the shop
	Note     string // one line beside it: what this page is
	Seats    []Seat // the columns, left to right
	Controls []Control
	Links    []Link
}

// Seat is a column of the page: a person looking at a chat.
type Seat struct {
	User  *User
	Chat  *Chat  // nil is the person's private chat with the bot
	Label string // above the column, e.g. "Visitor, in English"
	Short string // on the tab of a small screen, default Label
	Empty string // shown in a group before the first message; a private chat shows the bot's description
}

// Control is a button in the page's bar. Run gets 30 seconds; its text or error is shown to whoever pressed.
type Control struct {
	ID    string // letters, digits, dashes
	Label string
	Hint  string // what it does, in a sentence
	Run   func(ctx context.Context) (string, error)
}

// Link is an address in the page's bar. It opens in a new tab.
type Link struct {
	Label string
	URL   string
	Note  string // shown on hover, e.g. a demo login
}

// page serves chats of a server to a browser.
type page struct {
	s   *Server
	opt PageOptions
}

// NewPage makes the chat page: the seats side by side, live, with everything a press or a message can do. It is for a
// demo on the own machine and knows no login: whoever reaches it is everybody. Mount it at a path that ends with a
// slash, with http.StripPrefix below the root. Its state is the server's: a reload loses nothing. Other pages link to a
// column by #seat=1 and into the bot, as t.me does, by #seat=1&start=parameter.
func NewPage(s *Server, opt PageOptions) http.Handler {
	p := &page{s, opt}
	static, err := fs.Sub(pageFiles, "page")
	if err != nil {
		panic(err) // the directory is compiled in
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(static))
	mux.HandleFunc("GET /events", p.events)
	mux.HandleFunc("GET /file/{id}", p.file)
	mux.HandleFunc("POST /send", p.act(p.send))
	mux.HandleFunc("POST /press", p.act(p.press))
	mux.HandleFunc("POST /pay", p.act(p.pay))
	mux.HandleFunc("POST /clear", p.act(p.clear))
	mux.HandleFunc("POST /control", p.act(p.control))
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		mux.ServeHTTP(w, r)
	}))
}

// action is the body of every POST; each route reads its part.
type action struct {
	Seat    int    `json:"seat"`
	Text    string `json:"text"`
	Message int    `json:"message"`
	Data    string `json:"data"`
	Control string `json:"control"`
}

// errNotThere is for seats, messages and controls the page does not have.
var errNotThere = errors.New("not there any more, reload the page")

// act decodes a POST and encodes what came of it; a refusal is shown to the person, so it is 200 as well.
func (p *page) act(do func(context.Context, action) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var a action
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&a); err != nil {
			http.Error(w, "bad request", http.StatusBadRequest)
			return
		}
		if a.Seat < 0 || a.Seat >= len(p.opt.Seats) {
			http.Error(w, "no such seat", http.StatusNotFound)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), 30*time.Second)
		defer cancel()
		result, err := do(ctx, a)
		if err != nil {
			result = map[string]string{"error": err.Error()}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(result)
	}
}

func (p *page) chat(seat int) *Chat {
	if c := p.opt.Seats[seat].Chat; c != nil {
		return c
	}
	return p.opt.Seats[seat].User.Chat()
}

func (p *page) send(_ context.Context, a action) (any, error) {
	text := strings.TrimSpace(a.Text)
	if text == "" || utf16Len(text) > maxText {
		return nil, errors.New("a message has 1 to " + strconv.Itoa(maxText) + " characters")
	}
	chat := p.chat(a.Seat)
	var to *Message
	if a.Message != 0 {
		p.s.mu.Lock()
		if m := chat.at(a.Message); m != nil {
			to = m.msg
		}
		p.s.mu.Unlock()
	}
	p.opt.Seats[a.Seat].User.Reply(chat, text, to)
	return struct{}{}, nil
}

func (p *page) press(ctx context.Context, a action) (any, error) {
	press, err := p.opt.Seats[a.Seat].User.PressOn(p.chat(a.Seat), a.Message, a.Data)
	if errors.Is(err, ErrNoButton) {
		return nil, errNotThere
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	answer, err := press.Wait(ctx)
	if err != nil {
		return Answer{}, nil // a real client stops its spinner in silence, too
	}
	return answer, nil
}

// pay presses Pay on an invoice that was opened, also when its message has gone since.
func (p *page) pay(ctx context.Context, a action) (any, error) {
	how := PayHow(a.Data)
	if how != PayApprove && how != PayDecline && how != PayTimeOut {
		return nil, errNotThere
	}
	sheet, err := p.opt.Seats[a.Seat].User.KeptInvoice(p.chat(a.Seat), a.Message)
	if err != nil {
		return nil, errNotThere
	}
	return sheet.Pay(ctx, how)
}

func (p *page) clear(_ context.Context, a action) (any, error) {
	p.chat(a.Seat).Clear()
	return struct{}{}, nil
}

func (p *page) control(ctx context.Context, a action) (any, error) {
	for _, c := range p.opt.Controls {
		if c.ID == a.Control {
			text, err := c.Run(ctx)
			return map[string]string{"text": text}, err
		}
	}
	return nil, errNotThere
}

// file serves photos to look at and everything else to download.
func (p *page) file(w http.ResponseWriter, r *http.Request) {
	p.s.mu.Lock()
	f := p.s.files[r.PathValue("id")]
	p.s.mu.Unlock()
	if f == nil {
		http.NotFound(w, r)
		return
	}
	kind := "application/octet-stream"
	if f.Kind == "photo" && strings.HasPrefix(f.Mime, "image/") {
		kind = f.Mime
	} else {
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "max-age=31536000, immutable")
	_, _ = w.Write(f.Data)
}
