package console

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"boxoffice/tickets"
)

// refundsPage is the money that goes back: by us, or by banks.
type refundsPage struct {
	Tab      string // refunds or disputes
	State    string // "" is all
	States   []string
	Refunds  []refundRow
	Disputes []disputeRow
	More     string
}

// Kind is the kind of words of its states.
func (p refundsPage) Kind() string { return strings.TrimSuffix(p.Tab, "s") }

type refundRow struct {
	tickets.Refund
	Of   tickets.Order
	Case tickets.Case // the open one about it; zero without
}

type disputeRow struct {
	tickets.Dispute
	Of   tickets.Order
	Case tickets.Case
}

// Soon reports whether the bank wants the evidence within two days.
func (d disputeRow) Soon(now time.Time) bool {
	return d.State == tickets.DisputeOpen && !d.Deadline.IsZero() && d.Deadline.Before(now.Add(48*time.Hour))
}

// refundsOnPage is how many rows a page has.
const refundsOnPage = 50

var (
	refundStates = []string{
		string(tickets.RefundRequested), string(tickets.RefundApproved), string(tickets.RefundSubmitted), string(tickets.RefundPending),
		string(tickets.RefundSucceeded), string(tickets.RefundFailed), string(tickets.RefundRejected), string(tickets.RefundCancelled),
	}
	disputeStates = []string{
		string(tickets.DisputeWarning), string(tickets.DisputeOpen), string(tickets.DisputeEvidenceSent), string(tickets.DisputeWon),
		string(tickets.DisputeLost), string(tickets.DisputeReversed), string(tickets.DisputeDropped),
	}
)

func refundList(v *visit) error {
	p := refundsPage{Tab: "refunds", State: v.known("state", refundStates), States: refundStates}
	err := v.view(func(r tickets.Reader) error {
		p.Refunds = nil
		found, next, err := sift(r.AllRefunds, v.URL.Query().Get("mark"), refundsOnPage, func(x tickets.Refund) bool {
			return p.State == "" || string(x.State) == p.State
		})
		if err != nil {
			return err
		}
		p.More = nextPage(v, next)
		for _, x := range found {
			row := refundRow{Refund: x}
			if row.Of, err = maybe(r.Order(x.Order)); err != nil {
				return err
			}
			if row.Case, err = refundCase(r, x); err != nil {
				return err
			}
			p.Refunds = append(p.Refunds, row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "refunds", v.Words.T("console.nav.money"), p)
}

func disputeList(v *visit) error {
	p := refundsPage{Tab: "disputes", State: v.known("state", disputeStates), States: disputeStates}
	err := v.view(func(r tickets.Reader) error {
		p.Disputes = nil
		found, next, err := sift(r.AllDisputes, v.URL.Query().Get("mark"), refundsOnPage, func(x tickets.Dispute) bool {
			return p.State == "" || string(x.State) == p.State
		})
		if err != nil {
			return err
		}
		p.More = nextPage(v, next)
		for _, x := range found {
			row := disputeRow{Dispute: x}
			if row.Of, err = maybe(r.Order(x.Order)); err != nil {
				return err
			}
			if row.Case, err = disputeCase(r, x); err != nil {
				return err
			}
			p.Disputes = append(p.Disputes, row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "refunds", v.Words.T("console.nav.money"), p)
}

// known is a value of the address that is one of a list, or "".
func (v *visit) known(name string, values []string) string {
	if s := v.URL.Query().Get(name); slices.Contains(values, s) {
		return s
	}
	return ""
}

// maybe makes the zero value of what is not there.
func maybe[T any](x T, err error) (T, error) {
	if tickets.KindOf(err) == tickets.NotFound {
		var none T
		return none, nil
	}
	return x, err
}

// refundCase is the open case about a refund, or about the wish that it is part of.
func refundCase(r tickets.Reader, x tickets.Refund) (tickets.Case, error) {
	kinds := map[tickets.RefundState][]tickets.CaseKind{
		tickets.RefundRequested: {tickets.CaseRefund}, tickets.RefundFailed: {tickets.CaseRefundFailed},
		tickets.RefundSubmitted: {tickets.CaseRefundByHand}, tickets.RefundSucceeded: {tickets.CaseRefundFound},
	}
	for _, kind := range kinds[x.State] {
		for _, id := range []tickets.RefundID{x.ID, x.Wish} {
			if c, err := maybe(r.OpenCase(kind, string(id))); err != nil || c.ID != "" {
				return c, err
			}
		}
	}
	return tickets.Case{}, nil
}

func disputeCase(r tickets.Reader, x tickets.Dispute) (tickets.Case, error) {
	for _, kind := range []tickets.CaseKind{tickets.CaseDispute, tickets.CaseWarning} {
		if c, err := maybe(r.OpenCase(kind, string(x.ID))); err != nil || c.ID != "" {
			return c, err
		}
	}
	return tickets.Case{}, nil
}

// wayStep is a line of a refund's or a dispute's way.
type wayStep struct {
	At   time.Time
	Tone string // good, wait, warn, bad or over
	Text string
	Who  string
}

// refundPage is one refund and its way.
type refundPage struct {
	refundRow
	Steps  []wayStep
	Wish   []tickets.Refund // asked together with it
	Again  tickets.Refund   // the one that tries it again
	Charge tickets.Capture
}

func refundShow(v *visit) error {
	id := v.PathValue("refund")
	if !tickets.ValidID(tickets.PrefixRefund, id) {
		return tickets.Refuse(tickets.NotFound, "no such refund")
	}
	var p refundPage
	err := v.view(func(r tickets.Reader) (err error) {
		p = refundPage{}
		if p.Refund, err = r.Refund(tickets.RefundID(id)); err != nil {
			return err
		}
		if p.Of, err = maybe(r.Order(p.Order)); err != nil {
			return err
		}
		if p.Case, err = refundCase(r, p.Refund); err != nil {
			return err
		}
		if p.Wish, err = wishOf(r, p.Refund); err != nil {
			return err
		}
		all, err := r.Refunds(p.Order)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(all, func(x tickets.Refund) bool { return x.Retries == p.ID }); i >= 0 {
			p.Again = all[i]
		}
		p.Charge, err = maybe(r.Capture(p.Gateway, p.Refund.Charge))
		return err
	})
	if err != nil {
		return err
	}
	p.Steps = v.refundSteps(p)
	return v.page(http.StatusOK, "refund", v.Words.T("console_today.refund.title", "Amount", v.Words.Money(p.Amount)), p)
}

// refundSteps tells a refund's way in words, the oldest first, and what comes next.
func (v *visit) refundSteps(p refundPage) []wayStep {
	r := p.Refund
	t := v.Words.T
	asked := wayStep{At: r.At, Tone: "over", Text: t("console_today.step.asked"), Who: v.Who(r.By)}
	if r.Source == tickets.RefundAtGateway {
		asked.Text = t("console_today.step.found")
	} else if r.Auto {
		asked.Text = t("console_today.step.auto")
	}
	out := []wayStep{asked}
	for _, a := range r.Approvals {
		out = append(out, wayStep{At: a.At, Tone: "wait", Text: t("console_today.step.approved"), Who: v.Who(a.By)})
	}
	if !r.Submitted.IsZero() {
		out = append(out, wayStep{At: r.Submitted, Tone: "wait", Text: t("console_today.step.sent", "Gateway", r.Gateway)})
	}
	switch r.State {
	case tickets.RefundRequested:
		if r.Auto && !r.Due.IsZero() {
			out = append(out, wayStep{At: r.Due, Tone: "wait", Text: t("console_today.step.by_itself")})
		} else {
			out = append(out, wayStep{Tone: "warn", Text: t("console_today.step.waits")})
		}
	case tickets.RefundApproved:
		out = append(out, wayStep{Tone: "wait", Text: t("console_today.step.next_pass")})
	case tickets.RefundSubmitted, tickets.RefundPending:
		key := "console_today.step.provider"
		if r.Due.IsZero() {
			key = "console_today.step.by_hand"
		}
		out = append(out, wayStep{Tone: "warn", Text: t(key)})
	default:
		tone := map[tickets.RefundState]string{tickets.RefundSucceeded: "good", tickets.RefundFailed: "bad"}[r.State]
		text := v.k.word(v.Words, "refund", string(r.State))
		if r.Evidence != "" {
			text = t("console_today.step.settled", "Reference", r.Evidence)
		}
		out = append(out, wayStep{At: r.Ended, Tone: tone, Text: text})
	}
	return out
}

// disputePage is one dispute.
type disputePage struct {
	disputeRow
	Steps []wayStep
}

func (v *visit) disputeOf() (p disputePage, err error) {
	id := v.PathValue("dispute")
	if !tickets.ValidID(tickets.PrefixDispute, id) {
		return p, tickets.Refuse(tickets.NotFound, "no such dispute")
	}
	err = v.view(func(r tickets.Reader) (err error) {
		p = disputePage{}
		if p.Dispute, err = r.Dispute(tickets.DisputeID(id)); err != nil {
			return err
		}
		if p.Of, err = maybe(r.Order(p.Order)); err != nil {
			return err
		}
		p.Case, err = disputeCase(r, p.Dispute)
		return err
	})
	return p, err
}

func disputeShow(v *visit) error {
	p, err := v.disputeOf()
	if err != nil {
		return err
	}
	t := v.Words.T
	p.Steps = []wayStep{{At: p.At, Tone: "warn", Text: t("console_today.step.opened")}}
	if p.Withdrawn {
		p.Steps = append(p.Steps, wayStep{At: p.Moved, Tone: "bad", Text: t("console_today.step.taken", "Amount", v.Words.Money(p.Amount))})
	}
	if !p.Pack.IsZero() {
		p.Steps = append(p.Steps, wayStep{At: p.Pack, Tone: "wait", Text: t("console_today.step.packed")})
	}
	if p.Reinstated {
		p.Steps = append(p.Steps, wayStep{At: p.Moved, Tone: "good", Text: t("console_today.step.given_back", "Amount", v.Words.Money(p.Amount))})
	}
	if p.State != tickets.DisputeOpen && p.State != tickets.DisputeWarning {
		p.Steps = append(p.Steps, wayStep{At: p.Changed, Tone: tone(p.State), Text: v.k.word(v.Words, "dispute", string(p.State))})
	} else if !p.Deadline.IsZero() {
		p.Steps = append(p.Steps, wayStep{At: p.Deadline, Tone: "warn", Text: t("console_today.step.deadline")})
	}
	slices.SortStableFunc(p.Steps, func(a, b wayStep) int { return a.At.Compare(b.At) })
	return v.page(http.StatusOK, "dispute", t("console_today.dispute.title", "Amount", v.Words.Money(p.Amount)), p)
}

// disputeEvidence answers with what a bank may ask for, as a ZIP. It is put together before the first byte goes out, so
// that a fault is still a page.
func disputeEvidence(v *visit) error {
	p, err := v.disputeOf()
	if err != nil {
		return err
	}
	e, err := v.k.Desk.Evidence(v.Context(), p.Order, v.staff())
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := e.Write(&b); err != nil {
		return fmt.Errorf("evidence of %s: %w", p.Order, err)
	}
	if err := v.audit("evidence", string(p.Order), auditOK, ""); err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="`+e.Order.Code+`-evidence.zip"`)
	_, _ = v.w.Write(b.Bytes()) // nobody is there to be told
	return nil
}
