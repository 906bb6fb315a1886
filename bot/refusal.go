package bot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"boxoffice/tickets"
)

// ErrGone is the error of an edit whose message is not there to be edited: deleted, too old, or of another sort. The
// caller sends a new message. errors.Is(err, tickets.NotFound) holds too.
var ErrGone = fmt.Errorf("message cannot be edited any more: %w", tickets.NotFound)

// apiError is a refusal by the Bot API, in its words.
type apiError struct {
	method      string
	code        int
	description string
	after       time.Duration // retry_after of a 429
	migrateTo   int64         // the group became this supergroup
}

func (e *apiError) Error() string { return fmt.Sprintf("%s: %d %s", e.method, e.code, e.description) }

// has reports whether the description contains one of the words, in any case.
func (e *apiError) has(words ...string) bool {
	description := strings.ToLower(e.description)
	for _, word := range words {
		if strings.Contains(description, word) {
			return true
		}
	}
	return false
}

// brokenError is a call without a usable answer.
type brokenError struct {
	method string
	sent   bool // the request may have been acted upon
	status int  // of an answer that was not the Bot API's, such as a proxy's page; 0 when there was none
	cause  error
}

func (e *brokenError) Error() string {
	switch {
	case e.cause != nil:
		return fmt.Sprintf("%s: no answer: %v", e.method, e.cause)
	default:
		return fmt.Sprintf("%s: not an answer of the Bot API, status %d", e.method, e.status)
	}
}

func (e *brokenError) Unwrap() error { return e.cause }

// undone reports whether the call certainly had no effect.
func (e *brokenError) undone() bool {
	return !e.sent || e.status == http.StatusBadGateway || e.status == http.StatusServiceUnavailable
}

// What the Bot API says in answers of 400 (and their upper-case forms from behind it).
var (
	saysSame      = []string{"message is not modified"}
	saysGone      = []string{"message to edit not found", "message can't be edited", "message_id_invalid", "message identifier is not specified", "there is no text in the message", "there is no caption in the message", "message_edit_time_expired", "message to delete not found", "message can't be deleted"}
	saysLate      = []string{"query is too old", "query id is invalid", "query_id_invalid"}
	saysUnwelcome = []string{"chat not found", "not enough rights", "chat_write_forbidden", "have no rights to send", "peer_id_invalid", "user_is_blocked", "input_user_deactivated", "chat_restricted", "chat_send_"}
)

// translate turns an error of a call into a kind: Blocked, Unavailable, *tickets.Wait, Unknown, Unauthorized, Conflict,
// ErrGone or Invalid. What means success ("not modified") becomes nil.
func translate(err error) error {
	var refused *apiError
	var broken *brokenError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return refused.kind()
	case errors.As(err, &broken) && broken.undone(), errors.Is(err, context.DeadlineExceeded) && broken == nil, errors.Is(err, context.Canceled) && broken == nil:
		return fmt.Errorf("%w: %w", tickets.Unavailable, err)
	case broken != nil:
		return fmt.Errorf("%w: %w", tickets.Unknown, err)
	default:
		return err // the library could not build the request or read the result
	}
}

func (e *apiError) kind() error {
	switch {
	case e.code == http.StatusTooManyRequests:
		return &tickets.Wait{After: max(e.after, time.Second)}
	case e.code == http.StatusForbidden:
		return fmt.Errorf("%w: %w", tickets.Blocked, e)
	case e.code == http.StatusUnauthorized, e.code == http.StatusNotFound:
		return fmt.Errorf("%w: %w", tickets.Unauthorized, e) // 404 is a token without its colon, or an unknown method
	case e.code == http.StatusConflict:
		return fmt.Errorf("%w: %w", tickets.Conflict, e)
	case e.code >= http.StatusInternalServerError:
		return fmt.Errorf("%w: %w", tickets.Unavailable, e)
	case e.has(saysSame...):
		return nil
	case e.has(saysGone...):
		return fmt.Errorf("%w: %w", ErrGone, e)
	case e.has(saysUnwelcome...):
		return fmt.Errorf("%w: %w", tickets.Blocked, e)
	default:
		return fmt.Errorf("%w: %w", tickets.Invalid, e)
	}
}
