package checkout

import (
	"cmp"
	"fmt"
	"time"

	"boxoffice/tickets"
)

// Audit checks every invariant of docs/audit.md over all that the store remembers, and calls report with one line a
// violation: the rule's id, what it is about, and what was found. It changes nothing. now decides only what is overdue.
//
// It is one walk. Orders are remembered by some twenty bytes each; the rows of an order are looked up and judged
// together when the walk reaches the end of its facts, so that memory does not grow with what orders hold.
func Audit(r tickets.Reader, now time.Time, t Timings, report func(line string)) error {
	if err := AuditRules(r, now, t, report); err != nil {
		return err
	}
	AuditStore(r, report)
	return nil
}

// AuditRules is Audit without the store's own structure.
func AuditRules(r tickets.Reader, now time.Time, t Timings, report func(line string)) error {
	a := &audit{
		r: r, report: report, now: now, orders: newOrderSet(), held: map[tickets.StockKey]int{}, sold: map[tickets.StockKey]int{},
		stocks: map[tickets.StockKey]tickets.Stock{}, cases: map[caseKey]*auditedCase{}, asks: map[tickets.OrderID]bool{}, loose: newLedger(), posted: map[string]bool{},
		soft: cmp.Or(t.SoftRelease, 10*time.Minute), cap: cmp.Or(t.Cap, 12*time.Minute), review: cmp.Or(t.Review, 15*time.Minute),
		texts: newTextCheck(r), bulks: map[uint64]bulk{},
	}
	a.texts.start(a.fault)
	err := r.Walk(a.see)
	if err == nil {
		err = a.end()
	}
	a.texts.stop()
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

// AuditStore checks the engine's own structure: E8.
func AuditStore(r tickets.Reader, report func(line string)) {
	r.Check(func(fault string) { report("E8 store: " + fault) })
}

type audit struct {
	r      tickets.Reader
	report func(string)
	now    time.Time

	soft, cap, review time.Duration

	catalog *tickets.Catalog
	orders  *orderSet
	held    map[tickets.StockKey]int // what rows say
	sold    map[tickets.StockKey]int
	stocks  map[tickets.StockKey]tickets.Stock
	cases   map[caseKey]*auditedCase // open ones
	asks    map[tickets.OrderID]bool // orders with open cases
	keys    []uint64                 // hashes of deliveries' keys
	ledgers time.Time                // when the first order with ledgers was placed
	bulks   map[uint64]bulk          // what customers have of limited SKUs, by hashes
	present time.Time                // since when the catalog is surely the one of now; zero when nothing says so

	of    tickets.OrderID // whose facts are being seen
	facts []tickets.Fact

	loose    *ledger         // of money without an order
	posted   map[string]bool // gateway:charge of unmatched money that the ledger has
	captures []tickets.Capture
	refunds  []tickets.Refund
	disputes []tickets.Dispute
	texts    *textCheck

	record tickets.AuditEntry // the last row of the log that was seen
}

type caseKey struct {
	kind    tickets.CaseKind
	subject string
}

type auditedCase struct {
	tickets.Case
	explained bool // something waits for it
}

func (a *audit) fault(rule, id, format string, args ...any) {
	a.report(rule + " " + id + ": " + fmt.Sprintf(format, args...))
}

// farthest is longer than anything is ever put off.
const farthest = 30 * 24 * time.Hour

// missed reports whether a pass should have looked at what is due then, with an hour for a service that was down, or never
// will: a clock that ran ahead put it off for long.
func (a *audit) missed(due time.Time) bool {
	late := a.now.Sub(due)
	return late > a.soft+time.Hour || -late > farthest
}

// waits reports whether a case is open, and notes that there is a reason for it.
func (a *audit) waits(kind tickets.CaseKind, subject string) bool {
	c := a.cases[caseKey{kind, subject}]
	if c != nil {
		c.explained = true
	}
	return c != nil
}

// see takes in one stored thing.
func (a *audit) see(thing any) error {
	switch x := thing.(type) {
	case *tickets.Catalog:
		a.catalog = x
	case *tickets.Stock:
		a.stocks[x.Key] = *x
	case *tickets.Order:
		o := a.orders.add(x.ID)
		o.wantsTickets = x.Stage == tickets.StageFulfilled && x.Buyer.Chat != 0
		a.sale(x)
	case *tickets.Hold:
		a.hold(x)
	case *tickets.Payment:
		a.known(x.Order, "payment", string(x.ID))
	case *tickets.Capture:
		a.seeCapture(x)
	case *tickets.Refund:
		a.seeRefund(x)
	case *tickets.Dispute:
		a.seeDispute(x)
	case *tickets.Case:
		a.seeCase(x)
	case *tickets.Ticket:
		a.known(x.Order, "ticket", string(x.Code))
	case *tickets.Admission:
		return a.seeAdmission(x)
	case *tickets.Fact:
		return a.seeFact(x)
	case *tickets.Delivery:
		a.seeDelivery(x)
	case *tickets.Notice:
		return a.seeNotice(x)
	case *tickets.Incoming:
		a.seeIncoming(x)
	case *tickets.AuditEntry:
		a.seeRecord(x)
	}
	return nil
}

// known finds what is remembered of an order that something refers to.
func (a *audit) known(id tickets.OrderID, what, name string) *auditedOrder {
	o := a.orders.find(id)
	if o == nil {
		a.fault("E7", name, "a %s of order %q, which is not there", what, id)
	}
	return o
}

func (a *audit) seeFact(f *tickets.Fact) error {
	if f.Order == "" {
		a.looseFact(f)
		return nil
	}
	if f.Order != a.of {
		if err := a.told(); err != nil {
			return err
		}
		a.of = f.Order
	}
	a.facts = append(a.facts, *f)
	return nil
}

// told judges the order whose facts were seen.
func (a *audit) told() error {
	id, facts := a.of, a.facts
	a.of, a.facts = "", a.facts[:0]
	if id == "" {
		return nil
	}
	o := a.known(id, "fact", string(id))
	if o == nil {
		return nil
	}
	o.judged = true
	return a.judge(id, o, facts)
}

// end judges what could not be judged before everything was seen.
func (a *audit) end() error {
	if err := a.told(); err != nil {
		return err
	}
	err := a.orders.each(func(id tickets.OrderID, o *auditedOrder) error {
		if o.wantsTickets {
			a.fault("J1", string(id), "fulfilled, and no message with its tickets")
		}
		if !o.judged {
			return a.judge(id, o, nil)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := a.ownerless(); err != nil {
		return err
	}
	if err := a.stock(); err != nil {
		return err
	}
	a.idleCases()
	if err := a.hoards(); err != nil {
		return err
	}
	if err := a.recordsEnd(); err != nil {
		return err
	}
	return a.doubleKeys()
}
