package tickets

import "time"

// TicketState is where a ticket stands.
type TicketState string

// The states of a ticket.
const (
	TicketValid   TicketState = "VALID"
	TicketUsed    TicketState = "USED" // all its places are admitted
	TicketRevoked TicketState = "REVOKED"
)

// Ticket is an issued admission. Unique by Code, by Number, and by (Order, Gen, Seq).
type Ticket struct {
	Code        TicketCode  `json:"code"`
	Number      uint64      `json:"number,string"` // inside the signed text
	Merchant    MerchantID  `json:"merchant"`
	Order       OrderID     `json:"order"`
	OrderCode   string      `json:"order_code"`
	Gen         int         `json:"gen"`
	Seq         int         `json:"seq"` // counts the order's tickets from 1
	Of          int         `json:"of"`  // how many the order has
	Product     ProductID   `json:"product"`
	ProductName Texts       `json:"product_name"`
	Lines       []Line      `json:"lines"` // what it is good for
	Slot        Slot        `json:"slot"`
	Places      int         `json:"places"`
	Admitted    int         `json:"admitted"`
	State       TicketState `json:"state"`
	Text        string      `json:"text"` // signed; the QR's content is PUBLIC_URL/T/Text
	Kid         uint8       `json:"kid"`
	Lang        string      `json:"lang,omitempty"`
	At          time.Time   `json:"at"`
	Changed     time.Time   `json:"changed"`
}

// Admission is one use of a ticket at a gate. Unique by (Ticket, N) and, where Key is set, by (Ticket, Key).
type Admission struct {
	Ticket TicketCode `json:"ticket"`
	N      int        `json:"n"`
	Order  OrderID    `json:"order"`
	Count  int        `json:"count"` // places admitted
	Gate   string     `json:"gate,omitempty"`
	By     Actor      `json:"by"`
	Key    string     `json:"key,omitempty"`
	At     time.Time  `json:"at"`
}

// Admit uses count places (0: all that are left) of the ticket at now. It is the verdict of a gate: it refuses with
// Revoked, WrongDate (args slot), Admitted (nothing left; the caller adds who, where and when) or Limit (fewer left
// than wanted, arg left), and changes nothing then. A ticket is good on its visit date in loc, and where it has a
// start time from early before it.
func (t *Ticket) Admit(count int, now time.Time, loc *time.Location, early time.Duration) (int, error) {
	if t.State == TicketRevoked {
		return 0, Refuse(Revoked, "ticket %s is revoked", t.Code)
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

// SigningKey signs tickets. Kid is inside each text, so that keys can be rotated: new tickets use the newest key,
// old texts verify with theirs.
type SigningKey struct {
	Kid    uint8     `json:"kid"`
	Seed   []byte    `json:"seed"` // 32 bytes, Ed25519
	At     time.Time `json:"at"`
	Public []byte    `json:"public"`
}
