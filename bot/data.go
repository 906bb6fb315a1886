package bot

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strconv"
	"strings"
	"time"

	"boxoffice/tickets"
)

// A button's data says the whole move, so that it works after a restart and years later:
//
//	1 | flow, 10 characters | version, 2 characters | act, 1 character | argument
//
// The flow is one choosing, from /start to the order; the version says which picture of it the button belongs to. A
// button of another flow, or of an older picture, is answered with the present picture. Buttons that name the order or
// the ticket they are about belong to no flow; what may be done then is asked of that order or ticket.

// move is what a button says.
type move struct {
	flow    string
	version int64
	act     act
	arg     string
}

// act is what pressing does.
type act byte

// Acts of choosing; they belong to a flow.
const (
	actMenu    act = 'm'
	actProduct act = 'p' // arg: product
	actDays    act = 'd' // arg: first date, or nothing
	actMonth   act = 'o' // arg: a date of the month, or nothing
	actDay     act = 'y' // arg: date
	actSold    act = '!' // arg: date or slot that is sold out
	actSlot    act = 't' // arg: slot
	actUnits   act = 'u'
	actMore    act = '+' // arg: SKU
	actLess    act = '-' // arg: SKU
	actSet     act = '=' // arg: number.SKU
	actPrice   act = '?' // arg: SKU
	actSummary act = 's'
	actConfirm act = 'c'
	actStop    act = 'x'
	actPlace   act = 'g' // show the product's place on a map
)

// Acts on what the argument names; they belong to no flow.
const (
	actPay      act = 'P' // arg: order, and which method
	actMethods  act = 'M' // arg: order
	actCheck    act = 'C' // arg: order
	actGiveUp   act = 'X' // arg: order
	actAgain    act = 'A' // arg: order
	actOrder    act = 'O' // arg: order
	actOrders   act = 'L' // arg: page mark, or nothing
	actTickets  act = 'K' // arg: order; send its tickets
	actTurn     act = 'T' // arg: ticket; show it in this message
	actWhere    act = 'G' // arg: order; show its place on a map
	actCalendar act = 'I' // arg: order; send its calendar entry
	actLanguage act = 'N' // arg: language
	actStart    act = 'S' // a new flow in this message
	actIssue    act = 'U' // arg: order; staff
	actAdmit    act = 'D' // arg: admitted so far, count, ticket; staff

	actRefund    act = 'R' // arg: order, and which of its tickets: see packSet
	actGive      act = 'B' // arg: as actRefund; asks for a reason
	actAsk       act = 'Q' // arg: as actRefund, a reason's letter, and what was shown to come back; asks it back
	actTakeBack  act = 'W' // arg: refund
	actLateDates act = 'E' // arg: order
	actMoveTo    act = 'V' // arg: order, slot; asks once more
	actMove      act = 'v' // arg: order, slot
	actHurry     act = 'H' // arg: order; asks once more
	actHurryNow  act = 'h' // arg: order
	actStaff     act = 'Z' // arg: see deed
	actCases     act = 'J' // arg: page; staff
	actErase     act = 'F' // arg: when it was armed, in seconds, or nothing
)

const (
	dataFormat  = '1'
	flowSize    = 10
	versionSize = 2
	dataHead    = 1 + flowSize + versionSize + 1
	versions    = 36 * 36
)

// noFlow stands in buttons that belong to no flow.
const noFlow = "0000000000"

// flowAlphabet keeps the order of the numbers it writes.
var flowAlphabet = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// newFlow names a choosing: seven characters of the seconds, so that what is keyed by it is stored in order, and three
// random ones.
func newFlow(at time.Time, random io.Reader) (string, error) {
	var b [2]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", err
	}
	seconds := uint64(at.Unix()) & (1<<35 - 1)
	bits := seconds<<15 | uint64(b[0]&0x7f)<<8 | uint64(b[1]) // 50 bits
	bits <<= 6
	raw := make([]byte, 7)
	for i := range raw {
		raw[i] = byte(bits >> (48 - 8*i))
	}
	return flowAlphabet.EncodeToString(raw)[:flowSize], nil
}

func validFlow(s string) bool {
	return len(s) == flowSize && strings.Trim(s, "0123456789abcdefghijklmnopqrstuv") == ""
}

// String is the button's data.
func (m move) String() string {
	flow := m.flow
	if flow == "" {
		flow = noFlow
	}
	v := strconv.FormatInt((m.version%versions+versions)%versions, 36)
	return string(dataFormat) + flow + "00"[len(v):] + v + string(rune(m.act)) + m.arg
}

// readMove reads what String writes. ok is false for anything else, such as the buttons of a later program.
func readMove(data string) (m move, ok bool) {
	if len(data) < dataHead || len(data) > maxData || data[0] != dataFormat {
		return move{}, false
	}
	m.flow, data = data[1:1+flowSize], data[1+flowSize:]
	version := data[:versionSize]
	v, err := strconv.ParseUint(version, 36, 16) // takes no sign
	if err != nil || !validFlow(m.flow) || version != strings.ToLower(version) {
		return move{}, false
	}
	m.version, m.act, m.arg = int64(v), act(data[versionSize]), data[versionSize+1:]
	if m.act <= ' ' || m.act > '~' {
		return move{}, false
	}
	for i := range len(m.arg) {
		if c := m.arg[i]; c <= ' ' || c > '~' {
			return move{}, false
		}
	}
	return m, true
}

// about makes the data of a button that belongs to no flow.
func about(a act, arg string) string { return move{act: a, arg: arg}.String() }

// short stands for a name of any length that the merchant chose: eight characters of its hash.
func short(name string) string {
	sum := sha256.Sum256([]byte(name))
	return flowAlphabet.EncodeToString(sum[:5])
}

// packID writes one of our ids in 16 characters, without its prefix.
func packID(prefix, id string) string {
	raw, err := hex.DecodeString(strings.TrimPrefix(id, prefix))
	if err != nil || len(raw) != 12 {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

const packedID = 16

// unpackID reads what packID writes, and returns what follows it.
func unpackID(prefix, arg string) (id, rest string, ok bool) {
	if len(arg) < packedID {
		return "", "", false
	}
	raw, err := base64.RawURLEncoding.DecodeString(arg[:packedID])
	if err != nil {
		return "", "", false
	}
	return prefix + hex.EncodeToString(raw), arg[packedID:], true
}

func packOrder(id tickets.OrderID) string { return packID(tickets.PrefixOrder, string(id)) }

func packTicket(code tickets.TicketCode) string { return packID(tickets.PrefixTicket, string(code)) }

func packRefund(id tickets.RefundID) string { return packID(tickets.PrefixRefund, string(id)) }

// packSet writes which of an order's tickets are meant, by their numbers; none is all of them.
func packSet(set uint64) string {
	if set == 0 {
		return ""
	}
	return strconv.FormatUint(set, 36)
}

// unpackSet reads what packSet writes.
func unpackSet(s string) (uint64, bool) {
	if s == "" {
		return 0, true
	}
	set, err := strconv.ParseUint(s, 36, 64)
	return set, err == nil && packSet(set) == s
}

func packDate(d tickets.Date) string { return strconv.FormatInt(int64(d), 36) }

// unpackDate refuses what is not within a few thousand years of now.
func unpackDate(s string) (tickets.Date, bool) {
	n, err := strconv.ParseInt(s, 36, 32)
	if err != nil || n < -1<<20 || n > 1<<20 {
		return 0, false
	}
	return tickets.Date(n), true
}

// packSlot is the date, and the time without its colon where there is one.
func packSlot(s tickets.Slot) string {
	if s.Start == "" {
		return packDate(s.Date)
	}
	return packDate(s.Date) + "." + strings.ReplaceAll(s.Start, ":", "")
}

func unpackSlot(arg string) (tickets.Slot, bool) {
	date, clock, timed := strings.Cut(arg, ".")
	d, ok := unpackDate(date)
	if !ok || !timed {
		return tickets.Slot{Date: d}, ok
	}
	if len(clock) != 4 {
		return tickets.Slot{}, false
	}
	clock = clock[:2] + ":" + clock[2:]
	_, _, err := tickets.ParseClock(clock)
	return tickets.Slot{Date: d, Start: clock}, err == nil
}
