package tickets

import "time"

// Notice is what a provider told us, stored raw before it is judged. Unique by (Gateway, Event).
type Notice struct {
	ID      NoticeID          `json:"id"`
	Gateway string            `json:"gateway"`
	Event   string            `json:"event"` // the provider's id of the event
	Type    string            `json:"type"`
	Headers map[string]string `json:"headers,omitempty"` // without secrets
	Body    []byte            `json:"body"`
	Sum     string            `json:"sum"` // hex SHA-256 of Body
	At      time.Time         `json:"at"`
	Count   int               `json:"count"` // deliveries of the same event
	Done    time.Time         `json:"done,omitzero"`
	Outcome string            `json:"outcome,omitempty"` // applied, ignored, duplicate, unmatched, error
	Note    string            `json:"note,omitempty"`
	Order   OrderID           `json:"order,omitempty"`
	Tries   int               `json:"tries,omitempty"`
	Due     time.Time         `json:"due,omitzero"`  // when it is tried again; zero when done
	Told    time.Time         `json:"told,omitzero"` // when a person was told that what it is about is not known
}

// The outcomes of a notice that leave a person something to look into.
const (
	OutcomeError     = "error"     // it could not be read
	OutcomeUnmatched = "unmatched" // its money is of no order
)

// Incident reports whether the notice is evidence that a person may need: it is kept for good.
func (n Notice) Incident() bool { return n.Outcome == OutcomeError || n.Outcome == OutcomeUnmatched }

// Incoming is one update of the chat platform, stored before it is answered. Unique by (Bot, Update).
type Incoming struct {
	Bot    int64     `json:"bot"`
	Update int64     `json:"update"`
	Key    string    `json:"key"` // updates of one key are worked in order
	Body   []byte    `json:"body"`
	At     time.Time `json:"at"`
	Tries  int       `json:"tries,omitempty"`
	Done   time.Time `json:"done,omitzero"`
	Error  string    `json:"error,omitempty"`
}
