package tickets

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Identifiers are a prefix and 24 lower-case hex digits: 11 digits of milliseconds since 1970, 13 random
// ones, so that they sort by time. That order serves the store; nothing may read a time out of an id.
type (
	// OrderID is "order_…".
	OrderID string
	// HoldID is "lock_…": a hold's id, named after its JSON form inventory_lock.
	HoldID string
	// SessionID is "ps_…": a payment attempt and its session at the gateway.
	SessionID string
	// CaptureID is "cap_…".
	CaptureID string
	// FulfilmentID is "ful_…".
	FulfilmentID string
	// TicketCode is "ticket_…": the name of a ticket that people may type.
	TicketCode string
	// DeliveryID is "dlv_…".
	DeliveryID string
	// NoticeID is "ntc_…".
	NoticeID string
	// CustomerID is "cus_…".
	CustomerID string
	// MemberID is "mem_…".
	MemberID string
	// TokenID is "tok_…".
	TokenID string
	// RefundID is "ref_…".
	RefundID string
	// DisputeID is "dsp_…".
	DisputeID string
	// CaseID is "case_…".
	CaseID string
	// MerchantID names the merchant; like the three below it is chosen in the catalog.
	MerchantID string
	// ProductID names a product in the catalog.
	ProductID string
	// SKUID names a SKU in the catalog.
	SKUID string
	// PoolID names a pool in the catalog.
	PoolID string
)

// The prefixes of ids.
const (
	PrefixOrder      = "order_"
	PrefixHold       = "lock_"
	PrefixSession    = "ps_"
	PrefixCapture    = "cap_"
	PrefixFulfilment = "ful_"
	PrefixTicket     = "ticket_"
	PrefixDelivery   = "dlv_"
	PrefixNotice     = "ntc_"
	PrefixCustomer   = "cus_"
	PrefixMember     = "mem_"
	PrefixToken      = "tok_"
	PrefixRefund     = "ref_"
	PrefixDispute    = "dsp_"
	PrefixCase       = "case_"
)

// NewID returns prefix and 24 hex digits made of at and random bytes of r (crypto/rand when nil). It panics
// when r fails, as crypto/rand never does.
func NewID(prefix string, at time.Time, r io.Reader) string {
	var b [7]byte
	read(r, b[:])
	ms := fmt.Sprintf("%011x", uint64(at.UnixMilli())&(1<<44-1))
	return prefix + ms + hex.EncodeToString(b[:])[:13]
}

// ValidID reports whether s is prefix followed by 24 lower-case hex digits.
func ValidID(prefix, s string) bool {
	rest, ok := strings.CutPrefix(s, prefix)
	if !ok || len(rest) != 24 {
		return false
	}
	for _, c := range rest {
		if !strings.ContainsRune("0123456789abcdef", c) {
			return false
		}
	}
	return true
}

// NewNumber returns a random 64-bit number, never zero: a ticket's number inside its signed text.
func NewNumber(r io.Reader) uint64 {
	var b [8]byte
	for {
		read(r, b[:])
		var n uint64
		for _, c := range b {
			n = n<<8 | uint64(c)
		}
		if n != 0 {
			return n
		}
	}
}

// NewSecret returns 128 random bits as 22 base64url characters.
func NewSecret(r io.Reader) string {
	var b [16]byte
	read(r, b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func read(r io.Reader, b []byte) {
	if r == nil {
		r = rand.Reader
	}
	if _, err := io.ReadFull(r, b); err != nil {
		panic("tickets: no randomness: " + err.Error())
	}
}

// StatusToken is what opens an order's status page /o/{token}: the digits of the order's id, so that it is found
// without an index of random keys, then 128 secret bits in base64url.
func (o Order) StatusToken() string {
	return strings.TrimPrefix(string(o.ID), PrefixOrder) + o.Secret
}

// ParseStatusToken splits a status token into the order's id and the secret. The caller loads the order and
// compares with [Order.SecretMatches]. It fails with NotFound.
func ParseStatusToken(token string) (id OrderID, secret string, err error) {
	if len(token) != 24+22 || !ValidID(PrefixOrder, PrefixOrder+token[:24]) {
		return "", "", Refuse(NotFound, "malformed status token")
	}
	return OrderID(PrefixOrder + token[:24]), token[24:], nil
}

// SecretMatches compares in constant time.
func (o Order) SecretMatches(secret string) bool {
	return o.Secret != "" && subtle.ConstantTimeCompare([]byte(o.Secret), []byte(secret)) == 1
}

// OrderCode is an order's name for people: a prefix, the date yymmdd in the merchant's zone, one letter (two or
// more past Z99999) and five digits, such as TG250901L00001. n counts from 1 within the day.
func OrderCode(prefix string, day Date, n int64) string {
	n--
	block, number := n/99999, n%99999+1
	letters := ""
	for {
		letters = string(rune('A'+block%26)) + letters
		block = block/26 - 1
		if block < 0 {
			break
		}
	}
	y, m, d := day.Civil()
	num := strconv.FormatInt(number, 10)
	return fmt.Sprintf("%s%02d%02d%02d%s%s%s", prefix, y%100, int(m), d, letters, "00000"[len(num):], num)
}
