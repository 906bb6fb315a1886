package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// ticketJSON is a ticket. Places is how many people it is good for, Left how many may still go in.
type ticketJSON struct {
	TicketCode  tickets.TicketCode  `json:"ticket_code"`
	OrderID     tickets.OrderID     `json:"order_id"`
	OrderCode   string              `json:"order_code"`
	ProductID   tickets.ProductID   `json:"product_id"`
	ProductName string              `json:"product_name"`
	VisitDate   tickets.Date        `json:"visit_date"`
	StartTime   *string             `json:"start_time"`
	Quantity    int                 `json:"quantity"` // places
	Admitted    int                 `json:"admitted"`
	Left        int                 `json:"left"`
	State       tickets.TicketState `json:"state"`
	BlockedBy   *string             `json:"blocked_by"` // refund or dispute, while one is decided; null otherwise
	Seq         int                 `json:"seq"`        // of the order's tickets, from 1
	Of          int                 `json:"of"`
	Lines       []ticketLineJSON    `json:"lines"`
	Text        string              `json:"text"` // signed
	QRURL       string              `json:"qr_url"`
	PageURL     string              `json:"page_url"`
	IssuedAt    string              `json:"issued_at"`
}

type ticketLineJSON struct {
	SKUID    tickets.SKUID `json:"sku_id"`
	Name     string        `json:"name"`
	Quantity int           `json:"quantity"` // units
	Places   int           `json:"places"`
}

type admissionJSON struct {
	N     int           `json:"n"` // of the ticket's admissions, from 1
	Count int           `json:"count"`
	Gate  string        `json:"gate"`
	By    tickets.Actor `json:"by"`
	At    string        `json:"at"`
}

// verdictJSON is what a gate would say now.
type verdictJSON struct {
	Admissible bool          `json:"admissible"`
	Kind       *tickets.Kind `json:"kind"` // why not: admitted, wrong_date, revoked, withheld
}

type lookJSON struct {
	ticketJSON
	Verdict    verdictJSON     `json:"verdict"`
	Admissions []admissionJSON `json:"admissions"`
}

type admittedJSON struct {
	Ticket    ticketJSON    `json:"ticket"`
	Admission admissionJSON `json:"admission"`
}

func (a *API) ticketOf(k tickets.Ticket) ticketJSON {
	out := ticketJSON{
		TicketCode: k.Code, OrderID: k.Order, OrderCode: k.OrderCode, ProductID: k.Product, ProductName: k.ProductName.Pick(k.Lang),
		VisitDate: k.Slot.Date, StartTime: optional(k.Slot.Start), Quantity: k.Places, Admitted: k.Admitted,
		Left: max(k.Places-k.Admitted, 0), State: k.State, BlockedBy: optional(k.Withheld()), Seq: k.Seq, Of: k.Of, Lines: []ticketLineJSON{}, Text: k.Text,
		QRURL: a.desk.QRURL(k), PageURL: a.desk.PublicURL + "/T/" + k.Text, IssuedAt: checkout.Stamp(k.At),
	}
	for _, l := range k.Lines {
		out.Lines = append(out.Lines, ticketLineJSON{SKUID: l.SKU, Name: l.Names.Pick(k.Lang), Quantity: l.Units, Places: l.Places()})
	}
	return out
}

func admissionOf(x tickets.Admission) admissionJSON {
	return admissionJSON{N: x.N, Count: x.Count, Gate: x.Gate, By: x.By, At: checkout.Stamp(x.At)}
}

func (a *API) ticket(w http.ResponseWriter, r *http.Request, _ caller) error {
	l, err := a.desk.Look(r.Context(), r.PathValue("ticket"))
	if err != nil {
		return err
	}
	out := lookJSON{ticketJSON: a.ticketOf(l.Ticket), Verdict: verdictOf(l), Admissions: []admissionJSON{}}
	for _, x := range tickets.Uses(l.Admissions) {
		out.Admissions = append(out.Admissions, admissionOf(x))
	}
	return answer(w, http.StatusOK, out)
}

func verdictOf(l checkout.Look) verdictJSON {
	kind := tickets.KindOf(l.Refusal)
	if !l.Order.Paid() {
		kind = tickets.Revoked
	}
	return verdictJSON{Admissible: kind == "", Kind: optional(kind)}
}

// maxKey bounds an Idempotency-Key, and the name of a gate, in bytes.
const maxKey = 200

// admission is the body of POST …/admissions. Both may be left out: count 0 is all that are left.
type admission struct {
	Count int    `json:"count"`
	Gate  string `json:"gate"`
}

func (a *API) admit(w http.ResponseWriter, r *http.Request, by caller) error {
	var body admission
	if err := read(r, &body); err != nil {
		return err
	}
	switch {
	case body.Count < 0:
		return wrong("count", "%d people", body.Count)
	case len(body.Gate) > maxKey:
		return wrong("gate", "longer than %d bytes", maxKey)
	}
	key, err := keyOf(r, by)
	if err != nil {
		return err
	}
	k, adm, err := a.desk.Admit(r.Context(), checkout.Admitting{
		Scan: r.PathValue("ticket"), Count: body.Count, Gate: body.Gate, By: by.actor(), Key: key,
	})
	if err != nil {
		return stamped(err)
	}
	return answer(w, http.StatusCreated, admittedJSON{Ticket: a.ticketOf(k), Admission: admissionOf(adm)})
}

// stamped writes the values of a gate's refusal as the API writes them.
func stamped(err error) error {
	if why := tickets.RefusalOf(err); why != nil {
		for name, v := range why.Args {
			switch v := v.(type) {
			case time.Time:
				why.Args[name] = checkout.Stamp(v)
			case tickets.Slot:
				why.Args[name] = v.String()
			}
		}
	}
	return err
}

// read reads a JSON body; an empty one is all zero values. Fields that are not known are refused, so that a slip of
// the pen does not admit everybody.
func read(r *http.Request, v any) error {
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	if errors.Is(err, io.EOF) {
		return nil
	}
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return fmt.Errorf("read body: %w", err)
	}
	if err != nil {
		return tickets.Refuse(tickets.Invalid, "the body is not the JSON that this route takes: %v", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return tickets.Refuse(tickets.Invalid, "the body has more than one JSON value")
	}
	return nil
}

// keyJSON is a public key that verifies tickets, as docs/ticket-code.md says.
type keyJSON struct {
	Kid          uint8  `json:"kid"`
	Algorithm    string `json:"algorithm"`
	PublicKey    string `json:"public_key"`    // base64 of 32 bytes
	MerchantUUID string `json:"merchant_uuid"` // the 16 bytes of the merchant inside what is signed
	CreatedAt    string `json:"created_at"`
}

func (a *API) ticketKeys(w http.ResponseWriter, r *http.Request, _ caller) error {
	var out []keyJSON
	err := a.desk.Store.View(r.Context(), func(s tickets.Reader) error {
		out = nil
		cat, err := s.Catalog()
		if err != nil {
			return err
		}
		keys, err := s.SigningKeys()
		for _, k := range keys {
			out = append(out, keyJSON{
				Kid: k.Kid, Algorithm: "Ed25519", PublicKey: base64.StdEncoding.EncodeToString(k.Public),
				MerchantUUID: merchantUUID(cat.Merchant.ID), CreatedAt: checkout.Stamp(k.At),
			})
		}
		return err
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, listOf(out, ""))
}

// merchantUUID is the first 16 bytes of the SHA-256 of a merchant's id, written as a UUID is.
func merchantUUID(m tickets.MerchantID) string {
	sum := sha256.Sum256([]byte(m))
	h := hex.EncodeToString(sum[:16])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}
