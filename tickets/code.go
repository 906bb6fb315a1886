package tickets

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// Code is what a ticket's signed text says. Gates read it without a network: the signature is the shop's, so the
// text is believed as far as it goes; whether the ticket is still valid is known to the store only.
//
// The layout is fixed by docs/ticket-code.md, with vectors beside it.
type Code struct {
	// Kid says which of the merchant's keys signed.
	Kid uint8
	// Scope is the number of what the ticket opens: an event, or a product on a date.
	Scope uint32
	// Number is the ticket's number in the store, random and never zero.
	Number uint64
	// Gen counts reissues; a gate that knows of a higher one refuses this text.
	Gen uint8
	// Class is the number of the ticket's class: which products, zones or gates it is for.
	Class uint16
	// ValidFrom is the first moment of validity: whole minutes in UTC, from 2025-01-01 to late 2056.
	ValidFrom time.Time
	// ValidFor is how long it is valid: whole minutes up to 65534, or ScopeWindow.
	ValidFor time.Duration
	// Places is how many people it admits, 1 to 255.
	Places int
}

// ScopeWindow as Code.ValidFor means: as long as the scope's own opening lasts.
const ScopeWindow = 0xFFFF * time.Minute

// CodeLength is the length of a signed ticket text: 87 bytes in base32 without padding.
const CodeLength = 140

const (
	codeBody   = 23            // bytes that are signed
	codeSize   = codeBody + 64 // with the Ed25519 signature
	codeStatic = 1<<4 | 0      // format 1, kind 0
	codeDomain = "CCTKT1"      // keeps ticket signatures apart from all others of the same key
	maxMinutes = 1<<24 - 1     // what 3 bytes hold
	maxScan    = 2048          // longest scanned text that is looked at
)

// codeEpoch is where ValidFrom counts from.
var codeEpoch = time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC)

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// Why a ticket text was refused. Each is also a Kind: errors.Is(err, Invalid) for the first, Forged for the others.
var (
	// ErrCodeMalformed: this is not a ticket text of a kind known here.
	ErrCodeMalformed = fmt.Errorf("no ticket text: %w", Invalid)
	// ErrCodeKey: the text names a signing key that the shop does not have.
	ErrCodeKey = fmt.Errorf("signed with an unknown key: %w", Forged)
	// ErrCodeSignature: the text was altered, or signed by somebody else or for another merchant.
	ErrCodeSignature = fmt.Errorf("signature does not match: %w", Forged)
)

// Sign returns the signed text of the code for a merchant: CodeLength characters A-Z and 2-7. It fails with Invalid
// when a field does not fit the layout; nothing is rounded.
func (c Code) Sign(key ed25519.PrivateKey, merchant MerchantID) (string, error) {
	if len(key) != ed25519.PrivateKeySize {
		return "", Refuse(Invalid, "signing key has %d bytes, not %d", len(key), ed25519.PrivateKeySize)
	}
	raw, err := c.body()
	if err != nil {
		return "", err
	}
	raw = append(raw, ed25519.Sign(key, codeMessage(merchant, raw))...)
	return base32Text.EncodeToString(raw), nil
}

// VerifyCode reads a signed text as Sign wrote it, in upper case; ParseScan makes such a text of what a scanner
// read. keys finds the merchant's public keys. It fails with ErrCodeMalformed, ErrCodeKey or ErrCodeSignature, and
// then nothing of the text may be believed.
func VerifyCode(text string, merchant MerchantID, keys func(kid uint8) (ed25519.PublicKey, bool)) (Code, error) {
	raw, err := decodeCode(text)
	if err != nil {
		return Code{}, err
	}
	key, ok := keys(raw[1])
	if !ok || len(key) != ed25519.PublicKeySize {
		return Code{}, ErrCodeKey
	}
	if !ed25519.Verify(key, codeMessage(merchant, raw[:codeBody]), raw[codeBody:]) {
		return Code{}, ErrCodeSignature
	}
	return codeOf(raw), nil
}

// body is the part that is signed.
func (c Code) body() ([]byte, error) {
	from := c.ValidFrom.Sub(codeEpoch)
	switch {
	case from%time.Minute != 0 || c.ValidFor%time.Minute != 0:
		return nil, Refuse(Invalid, "a ticket's validity %s + %s is not in whole minutes", c.ValidFrom, c.ValidFor)
	case from < 0 || from/time.Minute > maxMinutes:
		return nil, Refuse(Invalid, "a ticket cannot be valid from %s", c.ValidFrom)
	case c.ValidFor < 0 || c.ValidFor > ScopeWindow:
		return nil, Refuse(Invalid, "a ticket cannot be valid for %s", c.ValidFor)
	case c.Places < 1 || c.Places > 255:
		return nil, Refuse(Invalid, "a ticket admits 1 to 255 people, not %d", c.Places)
	case c.Number == 0:
		return nil, Refuse(Invalid, "a ticket needs a number")
	}
	minutes := uint32(from / time.Minute)
	b := make([]byte, 0, codeSize)
	b = append(b, codeStatic, c.Kid)
	b = binary.BigEndian.AppendUint32(b, c.Scope)
	b = binary.BigEndian.AppendUint64(b, c.Number)
	b = append(b, c.Gen)
	b = binary.BigEndian.AppendUint16(b, c.Class)
	b = append(b, byte(minutes>>16), byte(minutes>>8), byte(minutes))
	b = binary.BigEndian.AppendUint16(b, uint16(c.ValidFor/time.Minute))
	return append(b, byte(c.Places)), nil
}

func codeOf(raw []byte) Code {
	minutes := uint32(raw[17])<<16 | uint32(raw[18])<<8 | uint32(raw[19])
	return Code{
		Kid:       raw[1],
		Scope:     binary.BigEndian.Uint32(raw[2:]),
		Number:    binary.BigEndian.Uint64(raw[6:]),
		Gen:       raw[14],
		Class:     binary.BigEndian.Uint16(raw[15:]),
		ValidFrom: codeEpoch.Add(time.Duration(minutes) * time.Minute),
		ValidFor:  time.Duration(binary.BigEndian.Uint16(raw[20:])) * time.Minute,
		Places:    int(raw[22]),
	}
}

// decodeCode returns the bytes of a text that has the right form. Each ticket has one text only: what base32 reads
// leniently (line breaks, spare bits) is refused, so that a text may serve as a key.
func decodeCode(text string) ([]byte, error) {
	if len(text) != CodeLength {
		return nil, ErrCodeMalformed
	}
	raw, err := base32Text.DecodeString(text)
	if err != nil || len(raw) != codeSize || base32Text.EncodeToString(raw) != text {
		return nil, ErrCodeMalformed
	}
	if raw[0] != codeStatic || raw[22] == 0 || binary.BigEndian.Uint64(raw[6:]) == 0 {
		return nil, ErrCodeMalformed
	}
	return raw, nil
}

// codeMessage is what is signed. The merchant is part of it and not of the text, so that no merchant's ticket passes
// at another's gate even where both use one key.
func codeMessage(merchant MerchantID, body []byte) []byte {
	id := sha256.Sum256([]byte(merchant))
	return append(append([]byte(codeDomain), id[:16]...), body...)
}

// QRContent is what a ticket's QR holds: the address of the ticket's page, in upper case so that the QR stays in its
// dense alphanumeric mode. publicURL is scheme, host and perhaps a path, which must then not depend on its case.
func QRContent(publicURL, text string) string {
	return strings.ToUpper(strings.TrimRight(publicURL, "/") + "/T/" + text)
}

// Scan is what somebody scanned or typed: a signed Text, not verified yet, or a ticket's Code. Exactly one is set.
type Scan struct {
	Text string
	Code TicketCode
}

// ParseScan reads what a scanner or a person gives: the address in a ticket's QR, the bare signed text, a ticket's
// code or an address that ends in it, each in any case and with white space around. It looks at the form only. It
// fails with ErrCodeMalformed.
func ParseScan(s string) (Scan, error) {
	if len(s) > maxScan {
		return Scan{}, ErrCodeMalformed
	}
	s = strings.TrimSpace(s)
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		if scheme = lowerASCII(scheme); scheme != "http" && scheme != "https" {
			return Scan{}, ErrCodeMalformed
		}
		if s, ok = ticketOfAddress(rest); !ok {
			return Scan{}, ErrCodeMalformed
		}
	}
	if code := lowerASCII(s); ValidID(PrefixTicket, code) {
		return Scan{Code: TicketCode(code)}, nil
	}
	text := upperASCII(s)
	if _, err := decodeCode(text); err != nil {
		return Scan{}, err
	}
	return Scan{Text: text}, nil
}

// ticketOfAddress returns what follows the last /T/ of an address without its scheme.
func ticketOfAddress(rest string) (string, bool) {
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i]
	}
	i := strings.LastIndex(upperASCII(rest), "/T/")
	if i < 1 { // a host comes before the path
		return "", false
	}
	s := strings.TrimSuffix(rest[i+len("/T/"):], "/")
	if dot := strings.LastIndexByte(s, '.'); dot >= 0 && lowerASCII(s[dot:]) == ".png" {
		s = s[:dot]
	}
	return s, true
}

// upperASCII and lowerASCII leave all bytes but letters of ASCII alone: Unicode has letters whose upper case is an ASCII
// one, and what is not text must keep its length.
func upperASCII(s string) string { return shiftASCII(s, 'a', 'z', 'A'-'a') }

func lowerASCII(s string) string { return shiftASCII(s, 'A', 'Z', 'a'-'A') }

func shiftASCII(s string, from, to byte, by int) string {
	b := []byte(s)
	for i, c := range b {
		if from <= c && c <= to {
			b[i] = byte(int(c) + by)
		}
	}
	return string(b)
}
