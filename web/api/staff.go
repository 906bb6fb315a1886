package api

import (
	"net/http"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// source is the door's name on timelines.
const source = "api"

// staff is the program as somebody who acts for the merchant. A token that may move money has a manager's rights; it
// counts as one person, so that what needs two people needs two tokens, or a token and a member.
func (c caller) staff() checkout.Staff {
	s := checkout.Staff{Actor: c.actor(), Source: source}
	if c.may(tickets.ScopeMoney) {
		s.Role = tickets.RoleManager
	}
	return s
}

// member is the program as the owner of a case.
func (c caller) member() tickets.Member {
	return tickets.Member{ID: tickets.MemberID(c.id), Name: c.name, Role: c.staff().Role}
}

// keyOf reads the Idempotency-Key of a request; "" is none. Two programs that count their requests from 1 do not meet.
func keyOf(r *http.Request, by caller) (string, error) {
	key := r.Header.Get("Idempotency-Key")
	switch {
	case len(key) > maxKey:
		return "", wrong("Idempotency-Key", "longer than %d bytes", maxKey)
	case key == "":
		return "", nil
	}
	return by.id + ":" + key, nil
}

// maxWords bounds what people say why, in bytes.
const maxWords = 1000

// said is the body of routes that want to know why.
type said struct {
	Reason string `json:"reason"`
}

// readSaid reads a body with a reason, which has to be there.
func readSaid(r *http.Request) (string, error) {
	var body said
	if err := read(r, &body); err != nil {
		return "", err
	}
	if body.Reason == "" {
		return "", wrong("reason", "say why")
	}
	return body.Reason, words("reason", body.Reason)
}

// words refuses what is too long to be kept on a timeline.
func words(name, s string) error {
	if len(s) > maxWords {
		return wrong(name, "longer than %d bytes", maxWords)
	}
	return nil
}
