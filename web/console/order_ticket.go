package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// A new code for a ticket.

func (v *visit) orderTicket() (f checkout.OrderFile, k tickets.Ticket, err error) {
	if f, err = v.orderFile(); err != nil {
		return f, k, err
	}
	i := slices.IndexFunc(f.Tickets, func(k tickets.Ticket) bool { return string(k.Code) == v.PathValue("ticket") })
	if i < 0 {
		return f, k, tickets.Refuse(tickets.NotFound, "order %s has no ticket %s", f.Order.ID, v.PathValue("ticket"))
	}
	return f, f.Tickets[i], nil
}

func orderReissueForm(v *visit) error {
	f, k, err := v.orderTicket()
	if err != nil {
		return err
	}
	_, err = v.k.Desk.Dry().ReissueTicket(v.Context(), checkout.Reissuing{Ticket: k.Code, By: v.staff(), Reason: "-"})
	p := v.reissuePage(f, k, "")
	if err != nil {
		p.Fields, p.Press, p.Does = nil, nil, nil
		return v.back(p, err)
	}
	return v.act(http.StatusOK, p)
}

func (v *visit) reissuePage(f checkout.OrderFile, k tickets.Ticket, wrong string) actPage {
	return actPage{
		orderHead: headOf(f.Order), Title: v.do("reissue.title", "Code", f.Order.Code),
		Does: []string{
			v.do("reissue.old", "Ticket", string(k.Code), "Type", v.ticketType(k)), v.do("reissue.new"), v.toldInChat(f.Order, "reissue.sent"),
		},
		Fields: []field{v.reasonField("", wrong)}, Press: []press{{Text: v.do("reissue.go"), Class: "danger"}},
	}
}

// toldInChat is a message of the acts, or that the customer has no chat.
func (v *visit) toldInChat(o tickets.Order, key string) string {
	if o.Buyer.Chat == 0 {
		return v.do("silent")
	}
	return v.do(key)
}

func orderReissue(v *visit) error {
	f, k, err := v.orderTicket()
	if err != nil {
		return err
	}
	reason := strings.TrimSpace(v.PostFormValue("reason"))
	if reason == "" {
		return v.act(http.StatusUnprocessableEntity, v.reissuePage(f, k, v.do("need_reason")))
	}
	made, err := v.k.Desk.ReissueTicket(v.Context(), checkout.Reissuing{Ticket: k.Code, By: v.staff(), Reason: reason, Key: "console-" + v.formKey()})
	return v.acted(f.Order, "ticket_reissue", string(k.Code), reason, err, "good", "do.reissue.done", "Ticket", string(made.Code))
}

// Another date.

// moveDays is how many days of dates one page offers.
const moveDays = 60

// moveChoice is where an order shall go.
type moveChoice struct {
	To     string
	From   string // the first date that is offered
	Keep   bool
	Reason string
}

func moveChosen(form url.Values) moveChoice {
	return moveChoice{
		To: form.Get("to"), From: form.Get("from"), Keep: form.Get("keep") == "1", Reason: shortened(strings.TrimSpace(form.Get("reason")), 500),
	}
}

func (c moveChoice) hidden() []hidden {
	out := []hidden{{"to", c.To}, {"reason", c.Reason}}
	if c.Keep {
		out = append(out, hidden{"keep", "1"})
	}
	return out
}

func (c moveChoice) moving(v *visit, o tickets.Order) (checkout.MovingDate, error) {
	to, err := tickets.ParseSlot(c.To)
	return checkout.MovingDate{Order: o.ID, By: v.staff(), To: to, KeepPrice: c.Keep, Reason: c.Reason}, err
}

func orderMoveForm(v *visit) error {
	f, err := v.orderFile()
	if err != nil {
		return err
	}
	c := moveChosen(v.URL.Query())
	p, err := v.movePage(f, c)
	if err != nil || v.URL.Query().Get("show") == "" {
		return errors.Join(err, pageUnless(err, func() error { return v.act(http.StatusOK, p) }))
	}
	in, err := c.moving(v, f.Order)
	if err != nil {
		p.Wrong = v.do("move.pick")
		return v.act(http.StatusUnprocessableEntity, p)
	}
	moved, err := v.k.Desk.Dry().MoveDate(v.Context(), in)
	if err != nil {
		return v.back(p, err)
	}
	return v.act(http.StatusOK, v.moveSure(f, c, moved))
}

// pageUnless calls fn unless there was an error.
func pageUnless(err error, fn func() error) error {
	if err != nil {
		return nil
	}
	return fn()
}

// movePage asks for the new date.
func (v *visit) movePage(f checkout.OrderFile, c moveChoice) (actPage, error) {
	o := f.Order
	p := actPage{
		orderHead: headOf(o), Title: v.do("move.title", "Code", o.Code), Get: true, Action: orderURL(o.ID, "do", "move"), Hidden: []hidden{{"show", "1"}},
		Does: []string{v.do("move.now", "Slot", v.Words.Slot(o.Slot()), "Total", v.Words.Money(o.Total()))},
	}
	if err := checkout.Movable(f); err != nil {
		p.Wrong, _ = v.refusedAct(o, err)
		return p, nil
	}
	from, err := tickets.ParseDate(c.From)
	if err != nil || from < v.Today() {
		from = v.Today()
	}
	dates, err := v.k.Desk.Dates(v.Context(), o.ID, from, moveDays)
	if err != nil {
		return p, err
	}
	options := field{Name: "to", Label: v.do("move.to"), Kind: fieldOne}
	dearer := false
	for _, d := range dates {
		x := option{Value: d.Slot.String(), Text: v.Words.Slot(d.Slot), Note: v.do("move.same"), On: c.To == d.Slot.String()}
		if d.Total != o.Total() {
			x.Note, dearer = v.do("move.dearer", "Price", v.Words.Money(d.Total)), true
		}
		if !d.Room {
			x.Note, x.Off = v.do("move.full"), true
		}
		options.Options = append(options.Options, x)
	}
	if len(dates) == 0 {
		p.Does = append(p.Does, v.do("move.none"))
		return p, nil
	}
	p.Fields = []field{options}
	if dearer && v.Member.Role.May(tickets.ActRefund) {
		p.Fields = append(p.Fields, field{Name: "keep", Kind: fieldMany, Options: []option{{Value: "1", Text: v.do("move.keep"), On: c.Keep}}})
	}
	why := v.reasonField(c.Reason, "")
	why.Optional = true
	p.Fields = append(p.Fields, why)
	p.Press = []press{{Text: v.do("move.show"), Class: "primary"}}
	return p, nil
}

// moveSure says what the desk would do.
func (v *visit) moveSure(f checkout.OrderFile, c moveChoice, moved tickets.Order) actPage {
	o := f.Order
	q := url.Values{}
	for _, h := range c.hidden() {
		q.Add(h.Name, h.Value)
	}
	p := actPage{
		orderHead: headOf(o), Title: v.do("move.sure", "Code", o.Code, "Slot", v.Words.Slot(moved.Slot())), Action: orderURL(o.ID, "do", "move"),
		Hidden: c.hidden(), Change: orderURL(o.ID, "do", "move") + "?" + q.Encode(), Press: []press{{Text: v.do("move.go"), Class: "primary"}},
	}
	places, n := 0, 0
	for _, k := range f.Tickets {
		if k.Good() {
			places, n = places+k.Places, n+1
			p.Ends = append(p.Ends, string(k.Code))
		}
	}
	if n == 0 {
		places = o.Places()
	}
	p.Does = []string{v.do("move.sells", "Places", v.places(places), "To", v.Words.Slot(moved.Slot()), "From", v.Words.Slot(o.Slot())),
		v.do("move.price", "Total", v.Words.Money(moved.Total()))}
	if n > 0 {
		p.Does = append(p.Does, v.do("move.tickets", "Count", n))
	}
	p.Reads = v.readBy(o, func(w *text.Printer) string { return w.T("notify.customer.moved", aboutOrder(w, moved)) })
	return p
}

func orderMove(v *visit) error {
	f, err := v.orderFile()
	if err != nil {
		return err
	}
	if err := v.ParseForm(); err != nil {
		return tickets.Refuse(tickets.Invalid, "form: %v", err)
	}
	c := moveChosen(v.PostForm)
	in, err := c.moving(v, f.Order)
	if err != nil {
		return tickets.Refuse(tickets.Invalid, "slot %q", c.To)
	}
	in.Key = "console-" + v.formKey()
	moved, err := v.k.Desk.MoveDate(v.Context(), in)
	return v.acted(f.Order, "order_move", string(f.Order.ID), c.Reason, err, "good", "do.move.done", "Slot", v.Words.Slot(moved.Slot()))
}

// Messages again.

func orderResendForm(v *visit) error {
	f, err := v.orderFile()
	if err != nil {
		return err
	}
	p := actPage{orderHead: headOf(f.Order), Title: v.do("resend.title", "Code", f.Order.Code)}
	for _, d := range again(f.Deliveries) {
		p.Does = append(p.Does, v.do("resend.each", "What", v.k.word(v.Words, "say", d.Kind), "At", v.Words.DateTime(d.At, v.Zone)))
	}
	if len(p.Does) == 0 || v.k.Resend == nil {
		p.Does, p.Wrong = nil, v.do("resend.none")
		return v.act(http.StatusOK, p)
	}
	p.Does = append(p.Does, v.do("resend.note"))
	p.Press = []press{{Text: v.do("resend.go"), Class: "primary"}}
	return v.act(http.StatusOK, p)
}

func orderResend(v *visit) error {
	f, err := v.orderFile()
	if err != nil {
		return err
	}
	if v.k.Resend == nil {
		return tickets.Refuse(tickets.Unsupported, "nothing is sent here")
	}
	list := again(f.Deliveries)
	for _, d := range list {
		if _, err := v.k.Resend(v.Context(), d.ID, v.Now, "console-"+v.formKey()); err != nil && !errors.Is(err, tickets.Exists) {
			return fmt.Errorf("resend %s: %w", d.ID, err)
		}
	}
	return v.acted(f.Order, "messages_resend", string(f.Order.ID), "", nil, "good", "do.resend.done", "Count", len(list))
}

func orderMessageResend(v *visit) error {
	f, err := v.orderFile()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(f.Deliveries, func(d tickets.Delivery) bool { return string(d.ID) == v.PathValue("message") })
	if i < 0 || v.k.Resend == nil {
		return tickets.Refuse(tickets.NotFound, "order %s has no message %s", f.Order.ID, v.PathValue("message"))
	}
	d := f.Deliveries[i]
	if !mayResend(d) {
		return v.acted(f.Order, "message_resend", string(d.ID), "", tickets.Refuse(tickets.Conflict, "message %s is %s", d.ID, d.State).With("reason", "state"), "", "")
	}
	if _, err = v.k.Resend(v.Context(), d.ID, v.Now, "console-"+shortened(v.PostFormValue("key"), 64)); errors.Is(err, tickets.Exists) {
		err = nil // the same press again
	}
	return v.acted(f.Order, "message_resend", string(d.ID), "", err, "good", "message.resent", "What", v.k.word(v.Words, "say", d.Kind))
}
