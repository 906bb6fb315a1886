package bolt

import "go.etcd.io/bbolt"

// table is one sort of thing by key. Its number is in every key and in every row's checksum: append only, never
// renumber.
type table uint8

// The tables. The comment says key → value; "row" is what row.go describes, any other value is bare bytes.
const (
	tMeta             table = iota // name → row: schema version, migration in progress, catalog and its revision
	tCount                         // counter → row
	tStock                         // merchant, pool, date, start → row
	tCode                          // merchant, day → row: last order number
	tHold                          // id → row
	tHoldDue                       // due, hold → ""; live holds
	tOrder                         // id → row
	tOrderCode                     // code → order
	tOrderStage                    // stage, order → ""
	_                              // order_date, until schema 2
	_                              // order_sku, until schema 2
	tOfCustomer                    // customer, one of the parts below → "", or order for ofConfirm
	tFact                          // order, Seq of the last fact in the value → row: facts of one Append
	tLooseFact                     // at, count → row: facts of no order
	tPayment                       // id → row
	tPaymentOrder                  // order, gen, n → payment
	tPaymentRemote                 // gateway, remote, payment → ""
	tPaymentCharge                 // gateway, charge, payment → ""
	tPaymentDue                    // due, payment → ""
	tCapture                       // id → row
	tCaptureCharge                 // gateway, charge → capture
	tCaptureOrder                  // order, capture → ""
	tCaptureAt                     // at, capture → ""
	tTicket                        // code → row
	tTicketOrder                   // order, gen, seq → ticket
	tTicketNumber                  // number → ticket
	tAdmission                     // ticket, n → row
	tAdmissionKey                  // ticket, key → n
	tSigningKey                    // kid → row
	tDelivery                      // id → row
	tDeliveryOf                    // see deliveryKey → delivery
	tDeliveryDue                   // due, delivery → lease; not final ones
	tNotice                        // id → row
	tNoticeEvent                   // gateway, event → notice
	tNoticeWork                    // workOpen, at, notice → due; workDone, at, notice → "" while there is a body
	tIncoming                      // bot, update → row
	tIncomingWork                  // workOpen, bot, at, update → incoming; workDone, at, bot, update → incoming
	tCustomer                      // id → row
	tCustomerTelegram              // telegram id → customer
	tMember                        // id → row
	tMemberTelegram                // telegram id → member
	tInvite                        // hash → row
	tToken                         // id → row
	tTokenHash                     // hash → token
	tConversation                  // chat, user → row
	tSetting                       // name → row
	tRefund                        // id → row
	tRefundOrder                   // order, refund → ""
	tRefundRemote                  // gateway, remote → refund
	tRefundKey                     // order, key → refund
	tRefundDue                     // due, refund → ""
	tDispute                       // id → row
	tDisputeRemote                 // gateway, remote → dispute
	tDisputeOrder                  // order, dispute → ""
	tCase                          // id → row
	tCaseSubject                   // kind, subject → case; open ones
	tCaseOpen                      // at, case → ""; open ones
	tLogin                         // member → row
	tLoginName                     // name → login
	tSignIn                        // hash → row
	tAudit                         // seq → row
	tTally                         // merchant, sort, day → row
	tDigest                        // table, last row of some → block: see digest.go
	tStray                         // table, row → ""
	tSummary                       // table, last row of some blocks → summary: see summary.go
	numTables
)

// The parts of tOfCustomer. What belongs to a customer lies side by side, so that an order touches one page of it, and
// is small: those who buy again do it anywhere in the table. An order is one entry, which both keeps its confirmation
// key unique and finds it for its customer.
const (
	ofOrder   = 1 // then order; those without a confirmation key
	ofConfirm = 2 // then the confirmation key → order
	ofHold    = 3 // then hold; live ones
)

// The parts of the work tables.
const (
	workOpen = 1
	workDone = 2
)

var tableNames = [numTables]string{
	"meta", "count", "stock", "code", "hold", "hold_due", "order", "order_code", "order_stage", "gone", "gone",
	"of_customer", "fact", "loose_fact", "payment", "payment_order", "payment_remote", "payment_charge",
	"payment_due", "capture", "capture_charge", "capture_order", "capture_at", "ticket", "ticket_order",
	"ticket_number", "admission", "admission_key", "signing_key", "delivery", "delivery_of", "delivery_due", "notice",
	"notice_event", "notice_work", "incoming", "incoming_work", "customer", "customer_telegram", "member",
	"member_telegram", "invite", "token", "token_hash", "conversation", "setting",
	"refund", "refund_order", "refund_remote", "refund_key", "refund_due", "dispute", "dispute_remote", "dispute_order",
	"case", "case_subject", "case_open", "login", "login_name", "sign_in", "audit", "tally",
	"digest", "stray", "summary",
}

// String is the table's name.
func (t table) String() string { return tableNames[t] }

// tree is a bbolt bucket. Tables share trees, each under its number as the first byte of the key: every tree that a
// commit touches costs it the pages from a leaf up to the root.
type tree uint8

const (
	treeMeta   tree = iota // tMeta alone: the catalog is large and rarely written
	treeState              // what nearly every commit changes in place
	treeRows               // rows, new ones at the end of their table
	treeLists              // index entries, new ones at the end of some list
	treeSpread             // what comes in no order
	treeDigest             // blocks, what is in none, and summaries
	numTrees
)

var treeNames = [numTrees]string{"meta", "state", "rows", "lists", "spread", "digest"}

// String is the bucket's name.
func (tr tree) String() string { return treeNames[tr] }

// fullness is how full pages are left when they are split. Tables that grow at their end need no room between entries,
// but for a little: ids are made before they are stored and come almost in order, and where a full page takes one more
// entry it splits into a full one and a nearly empty one (at 1 branch pages were 63 % full and a million orders had a
// level more; at 0.95 they are 88 % full). In treeSpread, new customers come last and others in between (at 0.9 branch
// pages were a third full; at 0.75 three quarters).
var fullness = [numTrees]float64{treeMeta: 0.5, treeState: 0.5, treeRows: 0.95, treeLists: 0.95, treeSpread: 0.75, treeDigest: 0.95}

// tree is where the table is.
func (t table) tree() tree {
	switch t {
	case tMeta:
		return treeMeta
	case tCount, tStock, tCode, tHoldDue, tDeliveryDue:
		return treeState
	case tHold, tOrder, tFact, tLooseFact, tPayment, tCapture, tTicket, tDelivery, tNotice, tIncoming, tCustomer,
		tRefund, tDispute, tCase, tAudit:
		return treeRows
	case tOrderCode, tOrderStage, tPaymentOrder, tPaymentDue, tCaptureOrder, tCaptureAt,
		tTicketOrder, tDeliveryOf, tNoticeWork, tIncomingWork, tRefundOrder, tRefundDue, tDisputeOrder, tCaseOpen:
		return treeLists
	case tDigest, tStray, tSummary:
		return treeDigest
	default:
		return treeSpread
	}
}

// in appends the key's form in the tree.
func (t table) in(b, key []byte) []byte { return append(append(b, byte(t)), key...) }

// bucket is the tree in a transaction, nil when the file has none.
func (tr tree) bucket(btx *bbolt.Tx) *bbolt.Bucket {
	b := btx.Bucket([]byte(treeNames[tr]))
	if b != nil {
		b.FillPercent = fullness[tr]
	}
	return b
}
