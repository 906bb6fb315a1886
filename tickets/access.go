package tickets

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// Login is how a member proves in the console who they are. One a member, and one a name.
type Login struct {
	Member   MemberID  `json:"member"`
	Name     string    `json:"name"`               // what they type, in lower case
	Password string    `json:"password,omitempty"` // argon2id in its encoded form; "" has none
	TOTP     string    `json:"totp,omitempty"`     // base32 secret; "" has none
	Step     int64     `json:"step,omitempty"`     // the last time step whose code was taken: a code works once
	Recovery []string  `json:"recovery,omitempty"` // hex SHA-256 of the recovery codes not used yet
	Passkeys []Passkey `json:"passkeys,omitempty"`
	Once     bool      `json:"once,omitempty"` // the password was given by somebody else and must be changed
	Changed  time.Time `json:"changed"`
	Last     time.Time `json:"last,omitzero"` // the last sign-in
}

// Passkey is a WebAuthn credential. Data is the library's own form of it.
type Passkey struct {
	Name string          `json:"name"`
	Data json.RawMessage `json:"data"`
	At   time.Time       `json:"at"`
	Used time.Time       `json:"used,omitzero"`
}

// SignIn is a browser that a member signed in with (a session of the console; the glossary keeps that word for
// payments). Only the hash of its cookie is stored.
type SignIn struct {
	Hash   string    `json:"hash"`             // of the cookie, as the session library hashes it
	Member MemberID  `json:"member,omitempty"` // "" before the member is known
	Data   []byte    `json:"data"`             // the session library's own form
	Expiry time.Time `json:"expiry"`
	At     time.Time `json:"at"`
	Seen   time.Time `json:"seen"` // about when it was last used
	Agent  string    `json:"agent,omitempty"`
	IP     string    `json:"ip,omitempty"`
}

// AuditEntry is one row of the log of what people did in the console. Each row carries the hash of the one before, so
// that a row that was changed, left out or moved shows.
type AuditEntry struct {
	Seq    int64     `json:"seq"` // 1, 2, 3 …
	At     time.Time `json:"at"`
	Actor  Actor     `json:"actor"`
	IP     string    `json:"ip,omitempty"`
	Agent  string    `json:"agent,omitempty"`
	Act    string    `json:"act"`              // a word for programs: sign_in, refund_approve …
	Object string    `json:"object,omitempty"` // id of what it was done to
	Result string    `json:"result"`           // ok, or why not
	Before string    `json:"before,omitempty"`
	After  string    `json:"after,omitempty"`
	Reason string    `json:"reason,omitempty"`
	Prev   string    `json:"prev"` // Hash of the row before; "" of the first
	Hash   string    `json:"hash"` // of all the above
}

// Sum is what Hash must be: hex SHA-256 of the row's JSON without Hash, its time in UTC and whole milliseconds.
func (e AuditEntry) Sum() string {
	e.Hash, e.At = "", Milli(e.At.UTC())
	b, err := json.Marshal(e)
	if err != nil {
		panic("tickets: an audit entry has only texts and times: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Chain returns the row as it follows prev, the zero AuditEntry for the first: numbered and hashed.
func (e AuditEntry) Chain(prev AuditEntry) AuditEntry {
	e.Seq, e.Prev, e.At = prev.Seq+1, prev.Hash, Milli(e.At.UTC())
	e.Hash = e.Sum()
	return e
}

// Follows reports whether the row is whole and comes right after prev.
func (e AuditEntry) Follows(prev AuditEntry) bool {
	return e.Seq == prev.Seq+1 && e.Prev == prev.Hash && e.Hash == e.Sum()
}

// Tally is a day's numbers of one sort, kept so that trends need no scan of orders. Unique by merchant, sort and day.
type Tally struct {
	Merchant MerchantID       `json:"merchant"`
	Sort     string           `json:"sort"` // what is counted
	Day      Date             `json:"day"`  // in the merchant's zone
	N        map[string]int64 `json:"n"`    // by whatever the sort divides into
}
