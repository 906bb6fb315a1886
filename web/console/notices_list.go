package console

import (
	"net/http"
	"net/url"

	"boxoffice/tickets"
)

// noticesPage is the list of what providers told.
type noticesPage struct {
	Gateway, Outcome string
	Gateways         []string
	Outcomes         []string
	Pending          int64
	Rows             []noticeRow
	Tired            bool
	Next, First      string
	Later            bool
}

// noticeRow is a notice and the order it is about.
type noticeRow struct {
	tickets.Notice
	Code   string // of the order
	Result string // the outcome, or pending
}

// noticePending is the result of a notice that is not judged yet.
const noticePending = "pending"

var noticeResults = []string{"applied", "ignored", "duplicate", tickets.OutcomeUnmatched, tickets.OutcomeError, noticePending}

func resultOf(n tickets.Notice) string {
	if n.Done.IsZero() {
		return noticePending
	}
	return n.Outcome
}

func noticeList(v *visit) error {
	q := v.URL.Query()
	d := noticesPage{Gateway: q.Get("gateway"), Outcome: q.Get("outcome"), Outcomes: noticeResults, First: "/console/notices", Later: q.Get("mark") != ""}
	for _, g := range v.k.Desk.Gateways {
		d.Gateways = append(d.Gateways, g.Name())
	}
	fits := func(n tickets.Notice) (bool, error) {
		return (d.Gateway == "" || n.Gateway == d.Gateway) && (d.Outcome == "" || resultOf(n) == d.Outcome), nil
	}
	if d.Gateway+d.Outcome == "" {
		fits = nil
	} else {
		d.First += "?" + url.Values{"gateway": {d.Gateway}, "outcome": {d.Outcome}}.Encode()
	}
	err := v.view(func(r tickets.Reader) error {
		n, err := r.Counts()
		if err != nil {
			return err
		}
		d.Pending = n.NoticesPending
		page, err := leaf(q.Get("mark"), r.AllNotices, fits)
		if err != nil {
			return err
		}
		d.Tired = page.Tired
		d.Next = nextPage(v, page.Mark)
		for _, n := range page.Rows {
			row, err := noticeRowOf(r, n)
			if err != nil {
				return err
			}
			d.Rows = append(d.Rows, row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "notices", v.Words.T("console.nav.notice"), d)
}

func noticeRowOf(r tickets.Reader, n tickets.Notice) (noticeRow, error) {
	row := noticeRow{Notice: n, Result: resultOf(n)}
	if n.Order == "" {
		return row, nil
	}
	o, err := r.Order(n.Order)
	row.Code = o.Code
	return row, err
}

// noticePage is one notice.
type noticePage struct {
	noticeRow
	Raw       raw
	Headers   []headerPair
	MayReplay bool
	Settled   bool // judging it again changes nothing
}

type headerPair struct{ Name, Value string }

func noticeShow(v *visit) error {
	var d noticePage
	err := v.view(func(r tickets.Reader) error {
		n, err := r.Notice(tickets.NoticeID(v.PathValue("id")))
		if err != nil {
			return err
		}
		d.noticeRow, err = noticeRowOf(r, n)
		return err
	})
	if err != nil {
		return err
	}
	d.Raw = rawOf(d.Body, nil)
	for _, name := range []string{"content-type", "user-agent", "request-id"} {
		if s := d.Notice.Headers[name]; s != "" {
			d.Headers = append(d.Headers, headerPair{name, s})
		}
	}
	d.Settled = !d.Done.IsZero() && d.Outcome != tickets.OutcomeError && d.Outcome != "ignored"
	d.MayReplay = v.Member.Role.May(actReplay) && (len(d.Body) > 0 || d.Settled)
	return v.page(http.StatusOK, "notice", v.Words.T("console_list.notice.title", "Type", d.Type), d)
}

// actReplay is what a role needs to have a notice judged again: it may move money's state.
const actReplay = tickets.ActRefund

// noticeReplay has the desk judge a notice again.
func noticeReplay(v *visit) error {
	id := tickets.NoticeID(v.PathValue("id"))
	outcome, err := v.k.Desk.Replay(v.Context(), id)
	if err != nil {
		return err
	}
	if err := v.audit("notice_replay", string(id), outcome, ""); err != nil {
		return err
	}
	v.flash("good", "console_list.notice.replayed", "Outcome", v.k.word(v.Words, "notice", outcome))
	return v.redirect("/console/notices/" + string(id))
}
