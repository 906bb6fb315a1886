package console

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/tickets/qr"
)

// This file is the gate: what a phone at the entrance shows. A scan is a text, from the camera, a picture or somebody's
// fingers; the answer is a verdict, big and coloured, with the buttons that make sense.

// What a sign-in remembers of its gate.
const (
	sessionGate   = "gate"        // name, for the admissions
	sessionInto   = "gate_into"   // product that the gate lets into; "" is all
	sessionAsk    = "gate_ask"    // never admit by a scan alone
	sessionRecent = "gate_recent" // JSON of recentUse
)

// maxRecent is how many of the last admissions are shown at a gate, for undoing.
const maxRecent = 6

// gatePage is the gate. Verdict is nil before the first scan.
type gatePage struct {
	Gate     string
	Into     tickets.ProductID
	Ask      bool
	Products []tickets.Product
	Scan     string // what was typed and is no ticket
	Verdict  *verdict
	Recent   []recentUse
	Sales    checkout.Sales
}

// verdict is what the gate reads. Kind is the word of console_gate.verdict, and the colour.
type verdict struct {
	Kind    string
	Tone    string // good, warn, bad
	Detail  string // why, where and when, in words
	Ticket  *tickets.Ticket
	Buyer   string
	Left    int
	May     bool   // buttons to admit
	Counts  []int  // how many may be admitted at once, besides all
	Key     string // of the form, so that it admits once
	Use     *tickets.Admission
	Members string // what the ticket is for: 2 × Adult, 1 × Child
}

// recentUse is an admission that this sign-in made.
type recentUse struct {
	Ticket tickets.TicketCode `json:"t"`
	N      int                `json:"n"`
	Count  int                `json:"c"`
	Who    string             `json:"w"`
	At     time.Time          `json:"at"`
	Undone bool               `json:"u,omitempty"`
}

func gate(v *visit) error {
	d, err := v.gatePage()
	if err != nil {
		return err
	}
	if scan := v.FormValue("scan"); scan != "" { // the QR's link, opened with the phone's own camera
		l, err := v.k.Desk.Look(v.Context(), scan)
		if d.Verdict, err = v.verdict(l, err); err != nil {
			return err
		}
	}
	return v.page(http.StatusOK, "gate", v.Words.T("console.nav.gate"), d)
}

func (v *visit) gatePage() (gatePage, error) {
	s := v.k.sessions
	d := gatePage{
		Gate: s.GetString(v.Context(), sessionGate), Into: tickets.ProductID(s.GetString(v.Context(), sessionInto)), Ask: s.GetBool(v.Context(), sessionAsk),
		Products: v.Cat.Products, Recent: v.recent(),
	}
	var err error
	d.Sales, err = v.k.Desk.Today(v.Context())
	if errors.Is(err, tickets.NotFound) { // no catalog yet
		err = nil
	}
	return d, err
}

// gatePlace names the gate and says what it lets into.
func gatePlace(v *visit) error {
	into := v.PostFormValue("into")
	if into != "" && !slices.ContainsFunc(v.Cat.Products, func(p tickets.Product) bool { return string(p.ID) == into }) {
		return tickets.Refuse(tickets.Invalid, "no product %q", into)
	}
	v.k.sessions.Put(v.Context(), sessionGate, shortened(strings.TrimSpace(v.PostFormValue("gate")), 60))
	v.k.sessions.Put(v.Context(), sessionInto, into)
	v.k.sessions.Put(v.Context(), sessionAsk, v.PostFormValue("ask") != "")
	return v.redirect("/console/gate")
}

// gateScan takes a text or a picture. A ticket with one place left is let in at once, unless the gate asks first.
func gateScan(v *visit) error {
	scan, err := v.scanned()
	if errors.Is(err, qr.ErrNoCode) || errors.Is(err, qr.ErrPicture) {
		return v.showVerdict(&verdict{Kind: "no_code", Tone: "warn"})
	}
	if err != nil {
		return err
	}
	l, err := v.k.Desk.Look(v.Context(), scan)
	if err == nil && l.Refusal == nil && l.Ticket.Places-l.Ticket.Admitted == 1 && !v.k.sessions.GetBool(v.Context(), sessionAsk) {
		return v.letIn(scan, 1, "scan:"+string(l.Ticket.Code)+":"+strconv.Itoa(len(l.Admissions)))
	}
	d, err := v.verdict(l, err)
	if err != nil {
		return err
	}
	return v.showVerdict(d)
}

// scanned is the text of a form, or of the code in its picture.
func (v *visit) scanned() (string, error) {
	if !strings.HasPrefix(v.Header.Get("Content-Type"), "multipart/form-data") {
		return strings.TrimSpace(v.PostFormValue("scan")), nil
	}
	if err := v.ParseMultipartForm(1 << 20); err != nil {
		return "", qr.ErrPicture
	}
	defer func() { _ = v.MultipartForm.RemoveAll() }()
	f, _, err := v.FormFile("picture")
	if err != nil {
		return "", qr.ErrPicture
	}
	defer func() { _ = f.Close() }()
	picture, err := io.ReadAll(io.LimitReader(f, qr.MaxPicture+1))
	if err != nil {
		return "", qr.ErrPicture
	}
	return qr.Read(picture)
}

// gateAdmit lets some or all of a ticket's places in.
func gateAdmit(v *visit) error {
	count, err := strconv.Atoi(v.PostFormValue("count"))
	if err != nil || count < 1 {
		return tickets.Refuse(tickets.Invalid, "how many?")
	}
	return v.letIn(v.PostFormValue("scan"), count, v.PostFormValue("key"))
}

// letIn admits and shows what came of it.
func (v *visit) letIn(scan string, count int, key string) error {
	a := checkout.Admitting{
		Scan: scan, Count: count, Gate: v.k.sessions.GetString(v.Context(), sessionGate), By: v.staff().Actor, Key: key,
		Product: tickets.ProductID(v.k.sessions.GetString(v.Context(), sessionInto)),
	}
	k, use, err := v.k.Desk.Admit(v.Context(), a)
	if err != nil {
		l, lookErr := v.k.Desk.Look(v.Context(), scan)
		if lookErr == nil {
			l.Refusal = err
		}
		d, err := v.verdict(l, lookErr)
		if err != nil {
			return err
		}
		return v.showVerdict(d)
	}
	d := v.described(k)
	d.Kind, d.Tone, d.Use = "done", "good", &use
	d.Detail = v.Words.T("console_gate.in", "Count", use.Count)
	d.Buyer, err = v.buyerOf(k)
	if err != nil {
		return err
	}
	v.remember(recentUse{Ticket: k.Code, N: use.N, Count: use.Count, Who: d.Buyer, At: use.At})
	return v.showVerdict(d)
}

func (v *visit) buyerOf(k tickets.Ticket) (string, error) {
	var o tickets.Order
	err := v.view(func(r tickets.Reader) (err error) { o, err = r.Order(k.Order); return err })
	return o.Buyer.Name, err
}

// showVerdict answers a script with the verdict alone, and a browser without one with the page.
func (v *visit) showVerdict(x *verdict) error {
	d, err := v.gatePage()
	if err != nil {
		return err
	}
	d.Verdict = x
	return v.page(http.StatusOK, "gate", v.Words.T("console.nav.gate"), d)
}

// verdict says in words what a look at a scan found.
func (v *visit) verdict(l checkout.Look, err error) (*verdict, error) {
	switch kind := tickets.KindOf(err); {
	case err == nil:
	case kind == tickets.Forged, kind == tickets.Revoked, kind == tickets.NotFound, kind == tickets.Invalid:
		tone := "bad"
		if kind == tickets.Invalid {
			tone = "warn"
		}
		return &verdict{Kind: string(kind), Tone: tone}, nil
	default:
		return nil, err
	}
	x := v.described(l.Ticket)
	x.Buyer = l.Order.Buyer.Name
	refusal := l.Refusal
	if into := tickets.ProductID(v.k.sessions.GetString(v.Context(), sessionInto)); refusal == nil && into != "" && into != l.Ticket.Product {
		refusal = tickets.WrongPlace
	}
	if refusal == nil {
		x.Kind, x.Tone, x.May, x.Key = "good", "good", true, tickets.NewSecret(nil)
		if l.Ticket.Admitted > 0 {
			x.Detail = v.Words.T("console_gate.part", "Used", l.Ticket.Admitted, "Places", l.Ticket.Places)
		}
		return x, nil
	}
	x.Kind, x.Tone = string(tickets.KindOf(refusal)), "bad"
	switch tickets.KindOf(refusal) {
	case "", tickets.Unavailable:
		return nil, refusal
	case tickets.Admitted:
		if use, ok := checkout.LastUse(l.Admissions); ok {
			x.Use = &use
			x.Detail = v.Words.T("console_gate.used", "When", v.Words.DateTime(use.At, v.Zone), "Ago", v.Ago(use.At), "Where", gateOf(use))
		}
	case tickets.WrongDate:
		x.Detail = v.Words.T("console_gate.for", "When", v.Words.SlotLong(l.Ticket.Slot))
	case tickets.WrongPlace:
		x.Detail = v.Words.T("console_gate.for", "When", v.Words.Pick(l.Ticket.ProductName))
	case tickets.Withheld:
		x.Kind = "withheld_" + l.Ticket.Withheld()
	case tickets.Limit:
		x.Tone, x.Detail = "warn", v.Words.Error(refusal)
		x.May, x.Key = x.Left > 0, tickets.NewSecret(nil)
	}
	return x, nil
}

// described is what a verdict shows of a ticket, whatever it is.
func (v *visit) described(k tickets.Ticket) *verdict {
	x := &verdict{Ticket: &k, Left: k.Places - k.Admitted}
	for n := 1; n < x.Left && n <= 5; n++ {
		x.Counts = append(x.Counts, n)
	}
	var lines []string
	for _, l := range k.Lines {
		lines = append(lines, strconv.Itoa(l.Units)+" × "+v.Words.Pick(l.Names))
	}
	x.Members = v.Words.List(lines...)
	return x
}

// gateOf says where and by whom a ticket was used.
func gateOf(a tickets.Admission) string {
	switch {
	case a.Gate == "" && a.By.Name == "":
		return "–"
	case a.Gate == "":
		return a.By.Name
	case a.By.Name == "":
		return a.Gate
	default:
		return a.Gate + ", " + a.By.Name
	}
}

// recent are the last admissions of this sign-in, the newest first.
func (v *visit) recent() []recentUse {
	var list []recentUse
	if json.Unmarshal([]byte(v.k.sessions.GetString(v.Context(), sessionRecent)), &list) != nil {
		return nil
	}
	return list
}

func (v *visit) remember(u recentUse) {
	list := slices.DeleteFunc(v.recent(), func(x recentUse) bool { return x.Ticket == u.Ticket && x.N == u.N })
	list = append([]recentUse{u}, list...)
	v.keep(list[:min(len(list), maxRecent)])
}

func (v *visit) keep(list []recentUse) {
	b, err := json.Marshal(list)
	if err == nil { // times and texts always can be
		v.k.sessions.Put(v.Context(), sessionRecent, string(b))
	}
}
