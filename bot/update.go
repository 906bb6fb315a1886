package bot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-telegram/bot/models"

	"boxoffice/tickets"
)

// The kinds of update that we ask for; others are neither sent nor handled.
var allowedUpdates = []string{
	models.AllowedUpdateMessage,
	models.AllowedUpdateCallbackQuery,
	models.AllowedUpdateMyChatMember,
	models.AllowedUpdatePreCheckoutQuery,
}

// envelope is what the inbox has to know of an update before it is stored: its number, its kind, and the chat and the
// person whose updates are worked in order.
type envelope struct {
	id   int64
	kind string
	keys []int64
}

// open reads an envelope. It fails with Invalid where there is no update_id: such a body cannot be told from its
// repetition. Anything else that is odd leaves keys empty, and reading the whole update will say so.
func open(raw []byte) (envelope, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return envelope{}, tickets.Refuse(tickets.Invalid, "update is not a JSON object")
	}
	var id *int64
	if err := json.Unmarshal(fields["update_id"], &id); err != nil || id == nil {
		return envelope{}, tickets.Refuse(tickets.Invalid, "update has no update_id")
	}
	e := envelope{id: *id, kind: "other"}
	for kind, field := range fields {
		if kind == "update_id" {
			continue
		}
		if slices.Contains(allowedUpdates, kind) {
			e.kind = kind
		}
		e.keys = append(e.keys, keys(field)...)
	}
	slices.Sort(e.keys)
	e.keys = slices.Compact(e.keys)
	return e, nil
}

// keys are the numbers of the chat and of the person. A private chat has its person's number; groups are negative. A
// pre_checkout_query, which has to be answered within ten seconds, does not wait in any line: see [Lane].
func keys(field json.RawMessage) []int64 {
	type party struct {
		ID int64 `json:"id"`
	}
	var body struct {
		Chat    *party `json:"chat"`
		From    *party `json:"from"`
		Message *struct {
			Chat *party `json:"chat"`
		} `json:"message"`
	}
	if json.Unmarshal(field, &body) != nil {
		return nil
	}
	var out []int64
	add := func(p *party) {
		if p != nil && p.ID != 0 {
			out = append(out, p.ID)
		}
	}
	add(body.Chat)
	add(body.From)
	if body.Message != nil {
		add(body.Message.Chat)
	}
	return out
}

// key is the stored form of the keys.
func (e envelope) key() string {
	parts := make([]string, len(e.keys))
	for i, k := range e.keys {
		parts[i] = strconv.FormatInt(k, 10)
	}
	return strings.Join(parts, " ")
}

// decode reads a whole update. The library's models decode unions by hand; a fault there is an error here.
func decode(raw []byte) (u *models.Update, err error) {
	defer func() {
		if p := recover(); p != nil {
			u, err = nil, tickets.Refuse(tickets.Invalid, "decoding the update panicked")
		}
	}()
	u = &models.Update{}
	if err := json.Unmarshal(raw, u); err != nil {
		return nil, fmt.Errorf("%w: decode update: %w", tickets.Invalid, err)
	}
	return u, nil
}
