package console

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"boxoffice/tickets"
)

// Messages are deliveries, as the merchant says it: what the bot told customers and the merchant's group.

// messagesPage is the list of messages.
type messagesPage struct {
	State, Kind, To string
	States          []tickets.DeliveryState
	Kinds           []string
	Receivers       []string
	Waiting         []stateCount
	Rows            []messageRow
	Tired           bool
	Next, First     string
	Later           bool
	MayResend       bool
	Failed          bool // failed ones are in the list
}

// stateCount is how many messages are in a state.
type stateCount struct {
	State tickets.DeliveryState
	N     int
	URL   string
}

// messageRow is a message and the order it is about.
type messageRow struct {
	tickets.Delivery
	Code  string // of the order
	Again bool   // it can be sent again
}

var deliveryStates = []tickets.DeliveryState{
	tickets.DeliveryQueued, tickets.DeliverySending, tickets.DeliveryRetry, tickets.DeliverySent, tickets.DeliveryFailed, tickets.DeliveryBlocked,
	tickets.DeliveryAborted,
}

// deliveryKinds are what messages say, to customers and then to the merchant.
var deliveryKinds = []string{
	tickets.SayTickets, tickets.SayLive, tickets.SayHoldReminder, tickets.SayPaymentFailed, tickets.SayLateAccepted, tickets.SayLateReview,
	tickets.SayUnderpaid, tickets.SayOverpaid, tickets.SayDuplicate, tickets.SayWrongCurrency, tickets.SayManual, tickets.SayRefund,
	tickets.SayRefundDone, tickets.SayRefundFailed, tickets.SayRefundRejected, tickets.SayMoved, tickets.SayDisputed, tickets.SayUndisputed,
	tickets.SayDisputeLost, tickets.SayFulfilFailed,
	tickets.SayPaid, tickets.SayIssue, tickets.SayMoney, tickets.SayRefundAsked, tickets.SayCase, tickets.SayDispute, tickets.SayRefundNews,
	tickets.SayDeliveryFailing,
}

// mayResend reports whether a message in a state can be sent again: what is on its way goes by itself.
func mayResend(d tickets.Delivery) bool { return d.Final() && d.State != tickets.DeliveryAborted }

func messageList(v *visit) error {
	q := v.URL.Query()
	d := messagesPage{
		State: q.Get("state"), Kind: q.Get("kind"), To: q.Get("to"), States: deliveryStates, Kinds: deliveryKinds,
		Receivers: []string{tickets.ToCustomer, tickets.ToMerchant},
		Later:     q.Get("mark") != "", MayResend: v.k.Resend != nil && v.Member.Role.May(actResend),
	}
	d.First = messagesURL(d.State, d.Kind, d.To)
	err := v.view(func(r tickets.Reader) error {
		counts, err := r.DeliveryCounts()
		if err != nil {
			return err
		}
		for _, s := range deliveryStates {
			if n := counts[s]; n > 0 {
				d.Waiting = append(d.Waiting, stateCount{s, n, messagesURL(string(s), "", "")})
			}
		}
		page, err := leaf(q.Get("mark"), r.AllDeliveries, d.fits())
		if err != nil {
			return err
		}
		d.Tired = page.Tired
		d.Next = nextPage(v, page.Mark)
		d.Rows, err = messageRows(r, page.Rows)
		return err
	})
	if err != nil {
		return err
	}
	for _, m := range d.Rows {
		d.Failed = d.Failed || m.State == tickets.DeliveryFailed
	}
	return v.page(http.StatusOK, "messages", v.Words.T("console.nav.message"), d)
}

// fits is the filter; nil takes all.
func (d *messagesPage) fits() func(tickets.Delivery) (bool, error) {
	if d.State+d.Kind+d.To == "" {
		return nil
	}
	return func(m tickets.Delivery) (bool, error) {
		return (d.State == "" || string(m.State) == d.State) && (d.Kind == "" || m.Kind == d.Kind) && (d.To == "" || m.To.Kind == d.To), nil
	}
}

func messageRows(r tickets.Reader, list []tickets.Delivery) ([]messageRow, error) {
	out := make([]messageRow, len(list))
	for i, m := range list {
		out[i] = messageRow{Delivery: m, Again: mayResend(m)}
		if m.Order == "" {
			continue
		}
		o, err := r.Order(m.Order)
		if err != nil {
			return nil, err
		}
		out[i].Code = o.Code
	}
	return out, nil
}

func messagesURL(state, kind, to string) string {
	q := url.Values{}
	for name, s := range map[string]string{"state": state, "kind": kind, "to": to} {
		if s != "" {
			q.Set(name, s)
		}
	}
	if len(q) == 0 {
		return "/console/messages"
	}
	return "/console/messages?" + q.Encode()
}

// actResend is what a role needs to send a message again.
const actResend = tickets.ActAsk

// againKey is the key under which a failed message is sent again with all others: once.
const againKey = "all"

// messageResend sends one message again.
func messageResend(v *visit) error {
	id := tickets.DeliveryID(v.PathValue("id"))
	to := whence(v, "/console/messages")
	m, err := v.delivery(id)
	if err != nil {
		return err
	}
	if v.k.Resend == nil || !mayResend(m) {
		v.flash("warn", "console_list.message.goes")
		return v.redirect(to)
	}
	made, err := v.k.Resend(v.Context(), id, v.Now, v.Now.Format("20060102T150405.000"))
	switch {
	case errors.Is(err, tickets.Exists): // pressed twice
	case err != nil:
		return err
	default:
		if err := v.auditChange("message_resend", string(id), auditOK, "", "", string(made.ID)); err != nil {
			return err
		}
	}
	v.flash("good", "console_list.message.again", "Count", 1)
	return v.redirect(to)
}

func (v *visit) delivery(id tickets.DeliveryID) (m tickets.Delivery, err error) {
	err = v.view(func(r tickets.Reader) (err error) { m, err = r.Delivery(id); return err })
	return m, err
}

// whence is where a form says that the visitor came from, a page of the console; else where it says.
func whence(v *visit, where string) string {
	if to := v.PostFormValue("back"); to != "" {
		return inside(to)
	}
	return where
}

// resendPage says what sending all failed messages again will do.
type resendPage struct {
	Rows  []messageRow
	Tired bool
	Most  int
}

// failedLately finds failed messages among the newest: those that were not sent again yet.
func failedLately(r tickets.Reader) (out []tickets.Delivery, tired bool, err error) {
	page, err := leaf("", r.AllDeliveries, func(m tickets.Delivery) (bool, error) {
		if m.State != tickets.DeliveryFailed {
			return false, nil
		}
		again, err := sentAgain(r, m)
		return !again, err
	})
	return page.Rows, page.Mark != "", err
}

// sentAgain reports whether a message was sent again: the new one has its key and a mark behind it.
func sentAgain(r tickets.Reader, m tickets.Delivery) (bool, error) {
	all, err := r.Deliveries(m.Order)
	return slices.ContainsFunc(all, func(o tickets.Delivery) bool {
		return len(o.Key) > len(m.Key) && o.Key[:len(m.Key)] == m.Key && o.Key[len(m.Key)] == '#'
	}), err
}

func messagesResendForm(v *visit) error {
	var d resendPage
	err := v.view(func(r tickets.Reader) error {
		list, tired, err := failedLately(r)
		if err != nil {
			return err
		}
		d.Tired = tired
		d.Rows, err = messageRows(r, list)
		return err
	})
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "messages_resend", v.Words.T("console_list.message.all"), d)
}

// messagesResend sends again what the form showed: the failed messages that it names, each once.
func messagesResend(v *visit) error {
	if err := v.ParseForm(); err != nil {
		return tickets.Refuse(tickets.Invalid, "form: %v", err)
	}
	ids := v.PostForm["id"]
	if len(ids) > siftPage*siftRounds {
		return tickets.Refuse(tickets.Invalid, "%d messages at once", len(ids))
	}
	n := 0
	for _, id := range ids {
		m, err := v.delivery(tickets.DeliveryID(id))
		if err != nil {
			return err
		}
		if m.State != tickets.DeliveryFailed || v.k.Resend == nil {
			continue
		}
		_, err = v.k.Resend(v.Context(), m.ID, v.Now, againKey)
		switch {
		case errors.Is(err, tickets.Exists): // it was sent again before
		case err != nil:
			return err
		default:
			n++
			if err := v.audit("message_resend", id, auditOK, ""); err != nil {
				return err
			}
		}
	}
	v.flash("good", "console_list.message.again", "Count", n)
	return v.redirect("/console/messages")
}
