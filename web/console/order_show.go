package console

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// fewTickets is how many tickets show their QR pictures at once; those of larger orders are folded in.
const fewTickets = 4

// orderPage is all about one order.
type orderPage struct {
	orderHead
	File                checkout.OrderFile
	Why                 whyLine
	Acts                []orderAct
	Tickets             []ticketView
	Fold                bool // pictures of tickets are folded in
	Payments            []paymentView
	Captures            []captureView // of no payment that is here
	Refunds             []refundView
	Disputes            []disputeView
	Messages            []messageView
	Lines               []lineView
	Notes               []noteView
	NoteKey             string
	CanNote             bool
	NoteText, NoteWrong string // of a note that was not taken
	Facts               []factView
	Sums                []sumView
}

// orderHead is what every page about an order begins with.
type orderHead struct {
	Order  tickets.Order
	Status tickets.Status
	Reason string
}

// URL of the order's page, or of a page below it.
func (h orderHead) URL(below ...string) string { return orderURL(h.Order.ID, below...) }

// Badge of the status is shown where it says more than the stage.
func (h orderHead) Badge() bool {
	switch h.Status {
	case tickets.StatusInit, tickets.StatusClosed, tickets.StatusCharged:
		return false
	default:
		return string(h.Status) != string(h.Order.Stage)
	}
}

func orderURL(id tickets.OrderID, below ...string) string {
	return "/console/orders/" + strings.Join(append([]string{string(id)}, below...), "/")
}

func headOf(o tickets.Order) orderHead {
	s, reason := o.Status()
	return orderHead{Order: o, Status: s, Reason: reason}
}

// orderFile reads the order that the address names.
func (v *visit) orderFile() (f checkout.OrderFile, err error) {
	err = v.view(func(r tickets.Reader) (err error) { f, err = checkout.ReadOrder(r, v.PathValue("id")); return err })
	return f, err
}

func orderShow(v *visit) error {
	f, err := v.orderFile()
	if err != nil {
		return err
	}
	if v.PathValue("id") != string(f.Order.ID) && v.Header.Get("X-Live") == "" {
		return v.redirect(orderURL(f.Order.ID)) // one address for one order, whatever it was asked by
	}
	return v.page(http.StatusOK, "order", f.Order.Code, v.orderPage(f))
}

func (v *visit) orderPage(f checkout.OrderFile) orderPage {
	secrets := secretsOf(f)
	p := orderPage{
		orderHead: headOf(f.Order), File: f, Why: v.why(f), Acts: v.orderActs(f), Fold: len(f.Tickets) > fewTickets,
		Tickets: v.ticketViews(f), Messages: v.messages(f), Sums: v.sums(f.Order),
		NoteKey: fmt.Sprintf("%s-%d", v.Member.ID, f.Order.Facts), CanNote: v.Member.Role.May(tickets.ActAsk),
	}
	for _, l := range f.Order.Quote.Lines {
		p.Lines = append(p.Lines, lineView{l, money(l.UnitPrice, f.Order), money(l.Amount(), f.Order)})
	}
	p.Payments, p.Captures = v.payments(f, secrets)
	for _, r := range f.Refunds {
		p.Refunds = append(p.Refunds, refundView{
			Refund: r, Raw: rawOf(r.Raw, secrets), Ask: r.State == tickets.RefundRequested && !r.Auto && v.May(string(tickets.ActRefund)),
		})
	}
	for _, d := range f.Disputes {
		p.Disputes = append(p.Disputes, disputeView{Dispute: d, Raw: rawOf(d.Raw, secrets)})
	}
	for _, fact := range f.Facts {
		if fact.Name == tickets.OrderNoted {
			p.Notes = append(p.Notes, noteView{Text: textOf(fact.Data, "note"), By: fact.Actor.Name, At: fact.At})
		}
		p.Facts = append(p.Facts, factView{Fact: fact, Words: textOf(fact.Data, "note", "words"), Data: rawOf(fact.Data, secrets)})
	}
	slices.Reverse(p.Notes)
	return p
}

// orderLive tells the order's open pages that something of it changed.
func orderLive(v *visit) error {
	return v.stream(func(r tickets.Reader) (string, error) {
		o, err := checkout.OrderOf(r, v.PathValue("id"))
		if err != nil {
			return "", err
		}
		ds, err := r.Deliveries(o.ID)
		var b strings.Builder
		fmt.Fprintf(&b, "%d.%d", o.Rev, o.Facts)
		for _, d := range ds {
			fmt.Fprintf(&b, ".%s%d", d.State[:1], d.Attempts)
		}
		return b.String(), err
	})
}

// sumView is a line of what the order's money amounts to.
type sumView struct {
	Text  string
	Money tickets.Money
	Tone  string
}

func (v *visit) sums(o tickets.Order) []sumView {
	cur := o.Total().Currency
	out := []sumView{{v.Words.T("console_order.sum.total"), o.Total(), ""}}
	for _, x := range []struct {
		key    string
		amount int64
		tone   string
	}{
		{"applied", o.Applied, "good"}, {"kept", o.Kept, "warn"}, {"refunding", o.Refunding, "warn"}, {"refunded", o.Refunded, "over"},
		{"owed", o.Owed, "bad"}, {"withdrawn", o.Withdrawn, "bad"}, {"forgiven", o.Forgiven, "over"},
	} {
		if x.amount > 0 {
			out = append(out, sumView{v.Words.T("console_order.sum." + x.key), tickets.Money{Amount: x.amount, Currency: cur}, x.tone})
		}
	}
	return out
}

// ticketView is a ticket with its uses and what replaced it.
type ticketView struct {
	tickets.Ticket
	Type       string
	QR         string // address of its picture; "" where it is not good, or the member may not have it
	Page       string
	Uses       []tickets.Admission
	ReplacedBy tickets.TicketCode
	Reissue    string // address; "" where it cannot be
}

func (v *visit) ticketViews(f checkout.OrderFile) []ticketView {
	next := map[tickets.TicketCode]tickets.TicketCode{}
	for _, k := range f.Tickets {
		if k.Replaces != "" {
			next[k.Replaces] = k.Code
		}
	}
	out := make([]ticketView, 0, len(f.Tickets))
	for _, k := range f.Tickets {
		x := ticketView{Ticket: k, Type: v.ticketType(k), Uses: f.Admissions[k.Code], ReplacedBy: next[k.Code]}
		if k.Good() && v.May(string(tickets.ActAdmit)) {
			x.Page = "/T/" + k.Text
			x.QR = x.Page + ".png?size=200"
		}
		if f.Order.Paid() && k.State == tickets.TicketValid && k.Admitted == 0 && v.May(string(tickets.ActIssue)) {
			x.Reissue = orderURL(f.Order.ID, "tickets", string(k.Code), "reissue")
		}
		out = append(out, x)
	}
	slices.SortStableFunc(out, func(a, b ticketView) int { // what is good first
		return cmp.Compare(bit(a.Good()), bit(b.Good()))
	})
	return out
}

func bit(good bool) int {
	if good {
		return 0
	}
	return 1
}

// ticketType is what a ticket is good for: "Adult × 3, Child".
func (v *visit) ticketType(k tickets.Ticket) string {
	var names []string
	for _, l := range k.Lines {
		name := v.Words.Pick(l.Names)
		if l.Units > 1 {
			name += fmt.Sprintf(" × %d", l.Units)
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// lineView is a line with its prices.
type lineView struct {
	tickets.Line
	Price, Sum tickets.Money
}

func money(amount int64, o tickets.Order) tickets.Money {
	return tickets.Money{Amount: amount, Currency: o.Total().Currency}
}

// paymentView is a payment with what came of it.
type paymentView struct {
	tickets.Payment
	Captures   []captureView
	Created    raw
	Notified   raw
	MethodName string
}

// captureView is money that arrived, with the notice that told of it.
type captureView struct {
	tickets.Capture
	Notice tickets.Notice
	Body   raw
}

// Left is what is still to go back.
func (c captureView) Left() tickets.Money { return c.of(c.Rest()) }

// AppliedMoney, RepaidMoney and ReturnedMoney are parts of the amount.
func (c captureView) AppliedMoney() tickets.Money  { return c.of(c.Applied) }
func (c captureView) RepaidMoney() tickets.Money   { return c.of(c.Repaid) }
func (c captureView) ReturnedMoney() tickets.Money { return c.of(c.Returned) }

func (c captureView) of(amount int64) tickets.Money {
	return tickets.Money{Amount: amount, Currency: c.Amount.Currency}
}

func (v *visit) payments(f checkout.OrderFile, secrets []string) (out []paymentView, stray []captureView) {
	of := map[tickets.SessionID][]captureView{}
	for _, c := range f.Captures {
		n := f.Notices[c.Notice]
		of[c.Session] = append(of[c.Session], captureView{Capture: c, Notice: n, Body: rawOf(n.Body, secrets)})
	}
	for _, p := range f.Payments {
		out = append(out, paymentView{
			Payment: p, Captures: of[p.ID], Created: rawOf(p.Created, secrets), Notified: rawOf(p.Notified, secrets), MethodName: v.methodName(p.Method),
		})
		delete(of, p.ID)
	}
	for _, c := range of {
		stray = append(stray, c...)
	}
	slices.Reverse(out) // the newest first
	return out, stray
}

// methodName is what people call a way to pay.
func (v *visit) methodName(m string) string {
	if key := "web.method." + m; v.Words.Has(key) {
		return v.Words.T(key)
	}
	return m
}

type refundView struct {
	tickets.Refund
	Raw raw
	Ask bool // the member may decide it
}

// KeptMoney is what the policy keeps.
func (r refundView) KeptMoney() tickets.Money {
	return tickets.Money{Amount: r.Kept, Currency: r.Amount.Currency}
}

// WishID is under which the refund is decided, with those that were asked with it.
func (r refundView) WishID() string { return string(cmp.Or(r.Wish, r.ID)) }

type disputeView struct {
	tickets.Dispute
	Raw raw
}

// messageView is a message on its way, or that went.
type messageView struct {
	tickets.Delivery
	What  string
	Stand string // the state in words
	Key   string // under which it is sent again; "" where it cannot be
	Again bool   // it says again what another said
}

func (v *visit) messages(f checkout.OrderFile) []messageView {
	var out []messageView
	for _, d := range f.Deliveries {
		x := messageView{Delivery: d, What: v.k.word(v.Words, "say", d.Kind), Stand: v.deliveryState(d), Again: strings.Contains(d.Key, "#")}
		if v.k.Resend != nil && mayResend(d) && v.Member.Role.May(actResend) {
			x.Key = fmt.Sprintf("m%d", len(f.Deliveries)) // another one once it was sent again
		}
		out = append(out, x)
	}
	slices.Reverse(out)
	return out
}

// newMessages is how many messages show at once.
const newMessages = 6

// Newest are the messages that show at once; Older the rest, folded in.
func (p orderPage) Newest() []messageView { return p.Messages[:min(len(p.Messages), newMessages)] }

// Older messages than the newest.
func (p orderPage) Older() []messageView { return p.Messages[min(len(p.Messages), newMessages):] }

// deliveryState is what became of a message, as people say it.
func (v *visit) deliveryState(d tickets.Delivery) string {
	switch {
	case d.State == tickets.DeliverySent:
		return v.Words.T("console_order.message.sent", "At", v.Words.DateTime(d.Sent, v.Zone))
	case d.State == tickets.DeliveryBlocked && d.To.Kind == tickets.ToCustomer:
		return v.Words.T("console_order.message.blocked")
	case d.State == tickets.DeliveryRetry:
		return v.Words.T("console_order.message.retry", "At", v.Words.DateTime(d.Due, v.Zone))
	case d.State == tickets.DeliveryQueued && d.Due.After(v.Now):
		return v.Words.T("console_order.message.later", "At", v.Words.DateTime(d.Due, v.Zone))
	case d.State == tickets.DeliveryFailed:
		return v.Words.T("console_order.message.failed")
	case d.State == tickets.DeliveryAborted:
		return v.Words.T("console_order.message.aborted")
	default:
		return v.Words.T("console_order.message.queued")
	}
}

// IDText is the delivery's id as addresses have it.
func (m messageView) IDText() string { return string(m.ID) }

type noteView struct {
	Text, By string
	At       time.Time
}

// factView is a row of the timeline.
type factView struct {
	tickets.Fact
	Words string // what a person said with it
	Data  raw
}

// Moved reports whether the order's stage changed.
func (f factView) Moved() bool { return f.Before != f.After }

// Odd is the result where it says more than that it was done.
func (f factView) Odd() string {
	if f.Result == "ok" {
		return ""
	}
	return f.Result
}

// Exact is the time with its milliseconds.
func (f factView) Exact() string { return f.At.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// textOf reads the first text of an object's fields that is there.
func textOf(data json.RawMessage, names ...string) string {
	var m map[string]any
	if json.Unmarshal(data, &m) != nil {
		return ""
	}
	for _, name := range names {
		if s, ok := m[name].(string); ok && s != "" {
			return s
		}
	}
	return ""
}
