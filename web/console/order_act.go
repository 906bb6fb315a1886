package console

import (
	"cmp"
	"errors"
	"net/http"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// actPage says what an act would do before it does it, and asks for what it needs. With Get it only chooses; the page
// that it leads to says the rest.
type actPage struct {
	orderHead
	Title  string
	Wrong  string   // why it was not done
	Does   []string // what happens, line by line
	Ends   []string // codes of tickets that end
	Reads  *reads   // what the customer reads
	Fields []field
	Hidden []hidden
	Get    bool
	Action string // where the form goes
	Press  []press
	Change string // address that goes back to choosing
}

// field of a form: a text, an area, an amount, one choice or several of Options.
type field struct {
	Name, Label, Kind, Value, Hint, Wrong string
	Options                               []option
	Max                                   int
	Optional                              bool
}

// The kinds of fields.
const (
	fieldText   = "text"
	fieldArea   = "area"
	fieldAmount = "amount"
	fieldDate   = "date"
	fieldOne    = "one"
	fieldMany   = "many"
)

type option struct {
	Value, Text, Note string
	On, Off           bool // chosen; cannot be chosen
}

type hidden struct{ Name, Value string }

// press is a button of a form.
type press struct{ Text, Class, Name, Value string }

// reads is what the customer reads of it, in their language.
type reads struct{ Lang, Text string }

// readBy words a message as the order's customer reads it; nil where they have no chat.
func (v *visit) readBy(o tickets.Order, fn func(p *text.Printer) string) *reads {
	if o.Buyer.Chat == 0 {
		return nil
	}
	p := v.k.words(text.Match(o.Buyer.Lang))
	return &reads{Lang: string(p.Lang()), Text: fn(p)}
}

// aboutOrder are the arguments of messages that name the order.
func aboutOrder(p *text.Printer, o tickets.Order) text.Args {
	return text.Args{"Product": p.Pick(o.ProductName), "When": p.Slot(o.Slot()), "Code": o.Code}
}

// do is a message of the acts on orders.
func (v *visit) do(key string, args ...any) string {
	return v.Words.T("console_order.do."+key, args...)
}

// act answers with the page of an act.
func (v *visit) act(status int, p actPage) error {
	p.Action = cmp.Or(p.Action, v.URL.Path)
	if !p.Get {
		p.Hidden = append(p.Hidden, hidden{"key", v.formKey()})
	}
	return v.page(status, "order_act", p.Title, p)
}

// formKey names one filled-in form, so that sending it twice does it once.
func (v *visit) formKey() string {
	if k := v.PostFormValue("key"); k != "" {
		return shortened(k, 64)
	}
	return tickets.NewSecret(nil)
}

// refusedAct words why an act was refused, for who asked. It is false for what is no refusal of the act, such as a store that is busy.
func (v *visit) refusedAct(o tickets.Order, err error) (string, bool) {
	kind := tickets.KindOf(err)
	switch kind {
	case "", tickets.NotFound, tickets.Forbidden, tickets.Unauthorized, tickets.Unavailable:
		return "", false
	}
	if r := tickets.RefusalOf(err); r != nil {
		reason, _ := r.Args["reason"].(string)
		if left, ok := r.Args["left"].(int64); ok && kind == tickets.Limit {
			return v.do("refund.limit", "Left", v.Words.Money(money(left, o))), true
		}
		if price, ok := r.Args["price"].(tickets.Money); ok && kind == tickets.Changed {
			return v.do("move.changed", "Price", v.Words.Money(price), "Total", v.Words.Money(o.Total())), true
		}
		if key := "console_order.no." + reason; reason != "" && v.Words.Has(key) {
			return v.Words.T(key), true
		}
	}
	return v.Words.Error(err), true
}

// acted ends an act on an order: it is logged, and the order is shown with a line that says what came of it, or why not.
func (v *visit) acted(o tickets.Order, act, object, reason string, err error, flash, key string, args ...any) error {
	if err != nil {
		words, refused := v.refusedAct(o, err)
		if !refused {
			return err
		}
		if err := v.audit(act, object, auditRefused, reason); err != nil {
			return err
		}
		v.flash("bad", "console_order.refused", "Why", words)
		return v.redirect(orderURL(o.ID))
	}
	if err := v.audit(act, object, auditOK, reason); err != nil {
		return err
	}
	v.flash(flash, "console_order."+key, args...)
	return v.redirect(orderURL(o.ID))
}

// back asks a form again, with what was typed and what is wrong with it.
func (v *visit) back(p actPage, err error) error {
	words, ok := v.refusedAct(p.Order, err)
	if !ok {
		return err
	}
	p.Wrong = words
	return v.act(statusOf(tickets.KindOf(err)), p)
}

// reasonField asks why.
func (v *visit) reasonField(value, wrong string) field {
	return field{Name: "reason", Label: v.do("reason"), Kind: fieldText, Value: value, Hint: v.do("reason_hint"), Wrong: wrong, Max: 500}
}

// places in words.
func (v *visit) places(n int) string { return v.Words.T("common.places", "Count", n) }

// Cancelling.

func orderCancelForm(v *visit) error {
	f, err := v.orderFile()
	if err != nil {
		return err
	}
	return v.act(http.StatusOK, v.cancelPage(f))
}

func (v *visit) cancelPage(f checkout.OrderFile) actPage {
	o := f.Order
	p := actPage{orderHead: headOf(o), Title: v.do("cancel.title", "Code", o.Code)}
	key := "cancel.places"
	if o.Stage == tickets.StageAwaiting {
		key = "cancel.page"
	}
	p.Does = []string{v.do(key, "Places", v.places(o.Places()), "Slot", v.Words.Slot(o.Slot())), v.do("cancel.money"), v.do("live")}
	if !o.Open() {
		p.Does, p.Wrong = nil, v.Words.T("console_order.no.state")
		return p
	}
	p.Press = []press{{Text: v.do("cancel.go"), Class: "danger"}}
	return p
}

func orderCancel(v *visit) error {
	f, err := v.orderFile()
	if err != nil {
		return err
	}
	o, err := v.k.Desk.Cancel(v.Context(), checkout.Cancelling{Order: f.Order.ID, Actor: v.staff().Actor, Source: "console"})
	if errors.Is(err, tickets.Conflict) {
		err = tickets.Refuse(tickets.Conflict, "%v", err).With("reason", "state")
	}
	key := "do.cancel.done"
	if o.Stage == tickets.StageExpiring {
		key = "do.cancel.closing"
	}
	return v.acted(f.Order, "order_cancel", string(f.Order.ID), "", err, "good", key)
}

// Issuing what a person issues.

func orderIssueForm(v *visit) error {
	f, err := v.orderFile()
	if err != nil {
		return err
	}
	o := f.Order
	p := actPage{orderHead: headOf(o), Title: v.do("issue.title", "Code", o.Code)}
	p.Does = []string{v.do("issue.makes", "Places", v.places(o.Places()), "Slot", v.Words.Slot(o.Slot())), v.do("live")}
	p.Press = []press{{Text: v.do("issue.go"), Class: "primary"}}
	return v.act(http.StatusOK, p)
}

func orderIssue(v *visit) error {
	f, err := v.orderFile()
	if err != nil {
		return err
	}
	_, err = v.k.Desk.Issue(v.Context(), f.Order.ID, v.staff())
	return v.acted(f.Order, "order_issue", string(f.Order.ID), "", err, "good", "do.issue.done")
}

// Notes.

func orderNote(v *visit) error {
	f, err := v.orderFile()
	if err != nil {
		return err
	}
	_, err = v.k.Desk.Note(v.Context(), checkout.Noting{
		Order: f.Order.ID, By: v.staff(), Text: v.PostFormValue("note"), Key: noteKey(v.PostFormValue("key"), v.PostFormValue("note")),
	})
	if errors.Is(err, tickets.Invalid) {
		p := v.orderPage(f)
		p.NoteText, p.NoteWrong = v.PostFormValue("note"), v.Words.T("console_order.note.wrong")
		return v.page(http.StatusUnprocessableEntity, "order", f.Order.Code, p)
	}
	return v.acted(f.Order, "order_note", string(f.Order.ID), "", err, "good", "note.added")
}

// noteKey tells two presses of one note from two notes written on the same page.
func noteKey(key, note string) string {
	return "note-" + shortened(checkout.HashCode(key+"\n"+note), 32)
}
