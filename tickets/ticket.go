package tickets

import (
	"slices"
	"strings"
	"time"
)

// TicketState is where a ticket stands.
type TicketState string

// The states of a ticket.
const (
	TicketValid   TicketState = "VALID"
	TicketBlocked TicketState = "BLOCKED" // while what Blocks names is decided
	TicketUsed    TicketState = "USED"    // all its places are admitted
	TicketRevoked TicketState = "REVOKED" // its money went back, or it was replaced
	TicketLapsed  TicketState = "LAPSED"  // its date passed unused
)

// Ticket is an issued admission. Unique by Code, by Number, and by (Order, Gen, Seq).
type Ticket struct {
	Code        TicketCode  `json:"code"`
	Number      uint64      `json:"number,string"` // inside the signed text
	Merchant    MerchantID  `json:"merchant"`
	Order       OrderID     `json:"order"`
	OrderCode   string      `json:"order_code"`
	Gen         int         `json:"gen"`
	Seq         int         `json:"seq"` // counts the order's tickets from 1; see N
	Of          int         `json:"of"`  // how many the order has
	Product     ProductID   `json:"product"`
	ProductName Texts       `json:"product_name"`
	Lines       []Line      `json:"lines"` // what it is good for
	Slot        Slot        `json:"slot"`
	Places      int         `json:"places"`
	Admitted    int         `json:"admitted"`
	State       TicketState `json:"state"`
	Blocks      []string    `json:"blocks,omitempty"`   // ids of the refunds and disputes that block it
	Returned    bool        `json:"returned,omitempty"` // its places went back to stock
	Replaces    TicketCode  `json:"replaces,omitempty"` // the ended one that it was made in place of
	Text        string      `json:"text"`               // signed; the QR's content is PUBLIC_URL/T/Text
	Kid         uint8       `json:"kid"`
	Lang        string      `json:"lang,omitempty"`
	At          time.Time   `json:"at"`
	Changed     time.Time   `json:"changed"`
}

// Admission is one use of a ticket at a gate, or that a use is taken back. Unique by (Ticket, N) and, where Key is set,
// by (Ticket, Key).
type Admission struct {
	Ticket TicketCode `json:"ticket"`
	N      int        `json:"n"`
	Order  OrderID    `json:"order"`
	Count  int        `json:"count"`            // places admitted; below zero where Undoes says which use is taken back
	Undoes int        `json:"undoes,omitempty"` // N of the use
	Reason string     `json:"reason,omitempty"` // why it is taken back
	Gate   string     `json:"gate,omitempty"`
	By     Actor      `json:"by"`
	Key    string     `json:"key,omitempty"`
	At     time.Time  `json:"at"`
}

// Admit uses count places (0: all that are left) of the ticket at now. It is the verdict of a gate: it refuses with
// Revoked, Withheld (arg why), WrongDate (args slot), Admitted (nothing left; the caller adds who, where and when) or Limit (fewer left
// than wanted, arg left), and changes nothing then. A ticket is good on its visit date in loc, and where it has a
// start time from early before it.
func (t *Ticket) Admit(count int, now time.Time, loc *time.Location, early time.Duration) (int, error) {
	if t.State == TicketRevoked {
		return 0, Refuse(Revoked, "ticket %s is revoked", t.Code)
	}
	if len(t.Blocks) > 0 {
		return 0, Refuse(Withheld, "ticket %s is blocked by %s", t.Code, t.Blocks[0]).With("why", t.Withheld())
	}
	left := t.Places - t.Admitted
	if left <= 0 {
		return 0, Refuse(Admitted, "ticket %s is used up", t.Code)
	}
	if DateOf(now, loc) != t.Slot.Date {
		return 0, Refuse(WrongDate, "ticket %s is for %s", t.Code, t.Slot).With("slot", t.Slot)
	}
	if t.Slot.Start != "" && now.Before(t.Slot.Date.At(t.Slot.Start, loc).Add(-early)) {
		return 0, Refuse(WrongDate, "ticket %s is for %s", t.Code, t.Slot).With("slot", t.Slot)
	}
	if count == 0 {
		count = left
	}
	if count < 0 {
		return 0, Refuse(Invalid, "admit %d", count)
	}
	if count > left {
		return 0, Refuse(Limit, "ticket %s admits %d more, not %d", t.Code, left, count).With("left", left)
	}
	t.Admitted += count
	if t.Admitted == t.Places {
		t.State = TicketUsed
	}
	t.Changed = Milli(now)
	return count, nil
}

// Undo takes back the use of count places: nobody went in after all. The ticket is again what it was before. It refuses
// with Conflict when not as many are in.
func (t *Ticket) Undo(count int, now time.Time) error {
	if count < 1 || count > t.Admitted || t.State == TicketRevoked {
		return Refuse(Conflict, "ticket %s is %s with %d in, not %d", t.Code, t.State, t.Admitted, count)
	}
	t.Admitted -= count
	t.Changed = Milli(now)
	switch {
	case t.State == TicketUsed && len(t.Blocks) > 0:
		t.State = TicketBlocked
	case t.State == TicketUsed:
		t.State = TicketValid
	}
	return nil
}

// Undone returns the uses of a list of admissions that were taken back, by their N.
func Undone(as []Admission) map[int]bool {
	m := map[int]bool{}
	for _, a := range as {
		if a.Undoes != 0 {
			m[a.Undoes] = true
		}
	}
	return m
}

// Uses are the admissions of a list that stand: those taken back, and the rows that take back, are left out.
func Uses(as []Admission) []Admission {
	undone := Undone(as)
	return slices.DeleteFunc(slices.Clone(as), func(a Admission) bool { return a.Undoes != 0 || undone[a.N] })
}

// SigningKey signs tickets. Kid is inside each text, so that keys can be rotated: new tickets use the newest key,
// old texts verify with theirs.
type SigningKey struct {
	Kid    uint8     `json:"kid"`
	Seed   []byte    `json:"seed"` // 32 bytes, Ed25519
	At     time.Time `json:"at"`
	Public []byte    `json:"public"`
}

// N is the ticket's number among the Of of its order. One that was made in place of another has the same number: its Seq
// is higher by a multiple of Of.
func (t Ticket) N() int { return (t.Seq-1)%max(t.Of, 1) + 1 }

// Withheld says what blocks the ticket: "dispute", which weighs most, "refund", "date" when its date was closed, or ""
// when nothing does.
func (t Ticket) Withheld() string {
	why := ""
	for _, b := range t.Blocks {
		if strings.HasPrefix(b, PrefixDispute) {
			return "dispute"
		}
		if !strings.HasPrefix(b, PrefixClosing) {
			why = "refund"
		} else if why == "" {
			why = "date"
		}
	}
	return why
}

// Good reports whether the ticket still is a claim to places: valid, blocked for now, or used.
func (t Ticket) Good() bool { return t.State != TicketRevoked }

// Block keeps the ticket from being used while what id names, a refund or a dispute, is decided. Twice is once; what is
// used or revoked stays so.
func (t *Ticket) Block(id string, at time.Time) {
	if t.State == TicketRevoked || slices.Contains(t.Blocks, id) {
		return
	}
	t.Blocks = append(slices.Clone(t.Blocks), id)
	t.Changed = Milli(at)
	if t.State == TicketValid || t.State == TicketLapsed {
		t.State = TicketBlocked
	}
}

// Unblock takes a block back; the ticket is valid again when it was the last one.
func (t *Ticket) Unblock(id string, at time.Time) {
	if !slices.Contains(t.Blocks, id) {
		return
	}
	t.Blocks = slices.DeleteFunc(slices.Clone(t.Blocks), func(b string) bool { return b == id })
	if len(t.Blocks) == 0 {
		t.Blocks = nil
	}
	t.Changed = Milli(at)
	if t.State == TicketBlocked && t.Blocks == nil {
		t.State = TicketValid
	}
}

// Revoke ends the ticket for good. A used one stays used: somebody went in by it.
func (t *Ticket) Revoke(at time.Time) {
	t.Blocks, t.Changed = nil, Milli(at)
	if t.State != TicketUsed {
		t.State = TicketRevoked
	}
}

// Lapse notes that the date passed; only a valid ticket lapses.
func (t *Ticket) Lapse(at time.Time) {
	if t.State == TicketValid {
		t.State, t.Changed = TicketLapsed, Milli(at)
	}
}

// Price of the ticket: what its lines cost, in minor units.
func (t Ticket) Price() int64 {
	var sum int64
	for _, l := range t.Lines {
		sum += l.Amount()
	}
	return sum
}
