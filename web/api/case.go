package api

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// caseJSON is something that waits for a person.
type caseJSON struct {
	CaseID     tickets.CaseID   `json:"case_id"`
	Kind       tickets.CaseKind `json:"kind"`
	Subject    string           `json:"subject"` // id of what it is about: a refund, capture, dispute, order or notice
	OrderID    *tickets.OrderID `json:"order_id"`
	Amount     *int64           `json:"amount"` // minor units; null where no money is named
	Currency   *string          `json:"currency"`
	Why        string           `json:"why"`
	Reference  *string          `json:"reference"` // of a transfer or receipt that the case is about
	AgreedBy   []string         `json:"agreed_by"` // ids of those who agreed to what takes two people
	DueAt      *string          `json:"due_at"`    // a deadline from outside, such as a bank's
	Owner      *ownerJSON       `json:"owner"`     // null until somebody took it
	OpenedAt   string           `json:"opened_at"`
	AgeSeconds int64            `json:"age_seconds"`
	Open       bool             `json:"open"`
	ClosedAt   *string          `json:"closed_at"`
	Outcome    *string          `json:"outcome"`
	Note       *string          `json:"note"`
	Actions    []actionJSON     `json:"actions"`
}

type ownerJSON struct {
	ID   tickets.MemberID `json:"id"`
	Name string           `json:"name"`
}

// actionJSON is a request that may be made about a case.
type actionJSON struct {
	Do     string `json:"do"`
	Method string `json:"method"`
	Path   string `json:"path"`
}

func (a *API) caseOf(s tickets.Reader, c tickets.Case) (caseJSON, error) {
	now := tickets.Milli(a.desk.Now())
	until := now
	if !c.Open() {
		until = c.Closed
	}
	out := caseJSON{
		CaseID: c.ID, Kind: c.Kind, Subject: c.Subject, OrderID: optional(c.Order), Why: c.Why, DueAt: stamp(c.Due), OpenedAt: checkout.Stamp(c.At),
		AgeSeconds: max(int64(until.Sub(c.At)/time.Second), 0), Open: c.Open(), ClosedAt: stamp(c.Closed), Outcome: optional(c.Outcome), Note: optional(c.Note),
		Actions: []actionJSON{}, Reference: optional(c.Ref), AgreedBy: []string{},
	}
	for _, x := range c.Agreed {
		out.AgreedBy = append(out.AgreedBy, x.By.ID)
	}
	if c.Amount.Currency != "" {
		out.Amount, out.Currency = &c.Amount.Amount, optional(string(c.Amount.Currency))
	}
	if c.Owner != "" {
		out.Owner = &ownerJSON{ID: c.Owner, Name: c.Name}
	}
	if !c.Open() {
		return out, nil
	}
	actions, err := actionsOf(s, c)
	if errors.Is(err, tickets.NotFound) {
		err = nil // what it is about cannot be read; that does not hide the others
	}
	out.Actions = actions
	return out, err
}

// actionsOf says what may be done about an open case.
func actionsOf(s tickets.Reader, c tickets.Case) ([]actionJSON, error) {
	out := []actionJSON{post("take", "cases", string(c.ID), "take")}
	switch c.Kind {
	case tickets.CaseRefund:
		return append(out, post("approve", "refunds", c.Subject, "approve"), post("reject", "refunds", c.Subject, "reject")), nil
	case tickets.CaseRefundFailed:
		r, err := s.Refund(tickets.RefundID(c.Subject))
		if err != nil {
			return out, err
		}
		if no, err := checkout.Obstacle(s, r); no != "" || err != nil {
			return append(out, post("close", "cases", string(c.ID), "close")), err
		}
		return append(out, post("retry", "refunds", c.Subject, "retry"), post("settle", "refunds", c.Subject, "settle")), nil
	case tickets.CaseRefundByHand:
		return append(out, post("settle", "refunds", c.Subject, "settle")), nil
	case tickets.CaseRefundFound:
		out = append(out, post("tickets", "refunds", c.Subject, "tickets"))
	case tickets.CaseUnmatched, tickets.CaseWrongCurrency, tickets.CaseLate:
		x, err := checkout.CaseMoney(s, c)
		if err != nil {
			return out, err
		}
		out = append(out, post("refund", "captures", x.Gateway, x.Charge, "refund"), post("write-off", "captures", x.Gateway, x.Charge, "write-off"))
		if c.Kind == tickets.CaseLate {
			out = append(out, post("apply-money", "orders", string(c.Order), "apply-money"))
		}
		return out, nil
	case tickets.CaseWarning:
		if c.Order != "" {
			out = append(out, post("refund", "orders", string(c.Order), "refunds"))
		}
	case tickets.CaseDispute:
		if c.Order != "" {
			out = append(out, actionJSON{"evidence", http.MethodGet, path("orders", string(c.Order), "evidence")})
		}
		return out, nil
	case tickets.CaseMarkPaid:
		out = append(out, post("agree", "orders", string(c.Order), "paid"))
	case tickets.CaseUnfulfilled:
		out = append(out, post("refund", "orders", string(c.Order), "refunds"))
		if c.Why != checkout.ReasonReversed {
			return out, nil
		}
	}
	return append(out, post("close", "cases", string(c.ID), "close")), nil
}

func post(do string, parts ...string) actionJSON {
	return actionJSON{Do: do, Method: http.MethodPost, Path: path(parts...)}
}

func path(parts ...string) string {
	out := "/api/v1"
	for _, p := range parts {
		out += "/" + url.PathEscape(p)
	}
	return out
}

func (a *API) cases(w http.ResponseWriter, r *http.Request, _ caller) error {
	page, err := pageParams(r)
	if err != nil {
		return err
	}
	var out []caseJSON
	var mark string
	err = a.desk.Store.View(r.Context(), func(s tickets.Reader) error {
		out = nil
		found, next, err := s.OpenCases(page)
		if err != nil {
			return err
		}
		mark = next
		for _, c := range found {
			j, err := a.caseOf(s, c)
			if err != nil {
				return err
			}
			out = append(out, j)
		}
		return nil
	})
	if errors.Is(err, tickets.Invalid) && page.Mark != "" {
		return wrong("token", "it is not the token of this list")
	}
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, listOf(out, mark))
}

func caseID(r *http.Request) (tickets.CaseID, error) {
	id := r.PathValue("case")
	if !tickets.ValidID(tickets.PrefixCase, id) {
		return "", tickets.Refuse(tickets.NotFound, "no such case")
	}
	return tickets.CaseID(id), nil
}

func (a *API) takeCase(w http.ResponseWriter, r *http.Request, by caller) error {
	id, err := caseID(r)
	if err != nil {
		return err
	}
	if err := read(r, &struct{}{}); err != nil {
		return err
	}
	c, err := a.desk.TakeCase(r.Context(), id, by.member())
	if err != nil {
		return err
	}
	return a.answerCase(w, r, c)
}

// closing is the body of POST …/close.
type closing struct {
	Note string `json:"note"`
}

func (a *API) closeCase(w http.ResponseWriter, r *http.Request, by caller) error {
	id, err := caseID(r)
	if err != nil {
		return err
	}
	var body closing
	if err := read(r, &body); err != nil {
		return err
	}
	if err := words("note", body.Note); err != nil {
		return err
	}
	c, err := a.desk.CloseCase(r.Context(), id, by.staff(), body.Note)
	if err != nil {
		return err
	}
	return a.answerCase(w, r, c)
}

func (a *API) answerCase(w http.ResponseWriter, r *http.Request, c tickets.Case) error {
	var out caseJSON
	err := a.desk.Store.View(r.Context(), func(s tickets.Reader) (err error) { out, err = a.caseOf(s, c); return err })
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, out)
}
