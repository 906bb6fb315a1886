package api

import (
	"encoding/json"
	"net/http"
	"strconv"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// factJSON is a row of an order's timeline. What the shape of the rows began with is event, data and at.
type factJSON struct {
	Seq          int64            `json:"seq"`
	At           string           `json:"at"`
	Event        tickets.FactName `json:"event"`
	Data         json.RawMessage  `json:"data"`
	Actor        tickets.Actor    `json:"actor"`
	Source       string           `json:"source"`
	Result       string           `json:"result"`
	Before       *tickets.Stage   `json:"before"` // null: there was no order
	After        *tickets.Stage   `json:"after"`
	ErrorCode    *string          `json:"error_code"`
	ErrorMessage *string          `json:"error_message"`
}

// timeline pages by the number of the last fact seen. Facts that are hidden are left out, so that numbers have gaps
// and a page may be shorter than its limit.
func (a *API) timeline(w http.ResponseWriter, r *http.Request, _ caller) error {
	page, err := pageParams(r)
	if err != nil {
		return err
	}
	if param(r, "limit") == "" {
		page.Limit = maxLimit
	}
	var after int64
	if page.Mark != "" {
		if after, err = strconv.ParseInt(page.Mark, 10, 64); err != nil || after < 0 {
			return wrong("token", "it is not the token of this list")
		}
	}
	var facts []tickets.Fact
	err = a.desk.Store.View(r.Context(), func(s tickets.Reader) error {
		o, err := findOrder(s, r.PathValue("order"))
		if err != nil {
			return err
		}
		facts, err = s.Timeline(o.ID, after, page.Limit+1)
		return err
	})
	if err != nil {
		return err
	}
	mark := ""
	if len(facts) > page.Limit {
		facts = facts[:page.Limit]
		mark = strconv.FormatInt(facts[len(facts)-1].Seq, 10)
	}
	var rows []factJSON
	for _, f := range facts {
		if !f.Hidden {
			rows = append(rows, factOf(f))
		}
	}
	return answer(w, http.StatusOK, listOf(rows, mark))
}

func factOf(f tickets.Fact) factJSON {
	row := factJSON{
		Seq: f.Seq, At: checkout.Stamp(f.At), Event: f.Name, Data: f.Data, Actor: f.Actor, Source: f.Source, Result: f.Result,
		Before: optional(f.Before), After: optional(f.After), ErrorCode: optional(f.ErrorCode), ErrorMessage: optional(f.Error),
	}
	if len(row.Data) == 0 {
		row.Data = json.RawMessage("{}")
	}
	return row
}
