package tickets

import (
	"context"
	"time"
)

// Store remembers a shop. It is the only thing that domain code knows of a database, and what follows is the whole
// contract; each clause is a test of storage/storagetest that every engine passes.
//
//  1. Serializable: a committed Update behaves as if it had run alone.
//  2. Again: the function given to Update may run more than once. It changes nothing outside itself except by plain
//     assignment to results, and assigns them anew each time.
//  3. A function sees its own writes; nobody else sees them before commit. A View sees one moment.
//  4. An error from the function rolls all of its writes back and comes back unchanged (errors.Is works); a panic
//     rolls back and continues in the caller.
//  5. Absent is an error, NotFound, never a zero value without error. Create refuses duplicates with Exists.
//  6. Nothing is shared: results are copies and arguments are copied. A Catalog is the exception: it is shared and
//     read-only.
//  7. Times come back in UTC and whole milliseconds. Lists have the order that their method documents; a page's mark
//     is opaque.
//  8. No nesting: no View or Update inside a function.
//  9. No waiting: no network call, clock or randomness inside a function; these come in as values.
//  10. It gives up politely: when the context ends, or after bounded retries, with Unavailable. An Unavailable Update
//     may still have been committed when its context ended while it waited; everything that matters is therefore
//     keyed and may be repeated. After an I/O error on commit the outcome is unknown: the engine answers
//     Unavailable to everything from then on, closes the channel of Failed, and the process has to end and start anew.
type Store interface {
	// View runs fn on one moment of the store.
	View(ctx context.Context, fn func(Reader) error) error
	// Update runs fn and commits what it wrote, durably, before it returns nil.
	Update(ctx context.Context, fn func(Tx) error) error
	// Failed is closed when the store cannot go on; see clause 10.
	Failed() <-chan struct{}
	// Close waits for running transactions. It is safe to call twice.
	Close() error
}

// Page bounds a list. Mark is empty for the first page, else what the page before returned; a foreign mark is
// Invalid. Limit 0 means 50; the most is 1000.
type Page struct {
	Mark  string
	Limit int
}

// OrderQuery selects orders. Empty fields select all, and all that are set must fit.
type OrderQuery struct {
	Status   Status
	Stage    Stage
	Date     Date // of the visit
	SKU      SKUID
	Customer CustomerID
	Channel  Channel
	Least    int64     // of the total, minor units
	Most     int64     // of the total, minor units; 0 is no bound
	Text     string    // names the order: see Names.Match
	Since    time.Time // placed at or after
	Until    time.Time // placed before
	Page
}

// Reader reads one moment of the store. Each single-thing method fails with NotFound.
type Reader interface {
	// Catalog of the merchant; shared, read-only.
	Catalog() (*Catalog, error)

	// Stock of a pool on a slot. NotFound until places of it were first held: then its capacity is the catalog's.
	Stock(StockKey) (Stock, error)
	// Stocks of a pool from a first to a last date, by slot. Only those that exist.
	Stocks(m MerchantID, p PoolID, from, to Date) ([]Stock, error)

	Hold(HoldID) (Hold, error)
	// HoldsDue lists live holds whose Due is not after t, the earliest first.
	HoldsDue(t time.Time, limit int) ([]Hold, error)
	// LiveHolds lists a customer's live holds, the oldest first.
	LiveHolds(CustomerID) ([]Hold, error)

	Order(OrderID) (Order, error)
	// OrderByCode finds by order code.
	OrderByCode(code string) (Order, error)
	// OrderByConfirm finds the order that a confirmation key made.
	OrderByConfirm(CustomerID, string) (Order, error)
	// Orders lists the newest first. A page may hold fewer than its limit, even none, and have a mark: where only few of
	// many that were looked at fit. A store may take two things for granted, which Check does not see: an id is made of the
	// order's At, to a second; and an order whose status is one of refunds or disputes has a refund or a dispute, or is in
	// StageRefunded.
	Orders(OrderQuery) (orders []Order, mark string, err error)

	// Search finds what a text names, kind by kind in the order of FoundKinds, the newest of each first. Nothing that is
	// stored is ever missed. A page may hold fewer than its limit, as in Orders. A text without a word is Invalid.
	Search(SearchQuery) (found []Found, mark string, err error)

	Payment(SessionID) (Payment, error)
	// PaymentByRemote finds by the gateway's name of the session.
	PaymentByRemote(gateway, remote string) (Payment, error)
	// PaymentByCharge finds by the provider's name of the payment.
	PaymentByCharge(gateway, charge string) (Payment, error)
	// Payments of an order, the oldest first.
	Payments(OrderID) ([]Payment, error)
	// PaymentsDue lists payments whose Due is set and not after t, the earliest first.
	PaymentsDue(t time.Time, limit int) ([]Payment, error)

	// Capture finds by its unique key.
	Capture(gateway, charge string) (Capture, error)
	// Captures of an order, the oldest first.
	Captures(OrderID) ([]Capture, error)
	// CapturesBetween lists captures of [from, until), the oldest first, Unmatched ones included.
	CapturesBetween(from, until time.Time, p Page) (captures []Capture, mark string, err error)

	Refund(RefundID) (Refund, error)
	// RefundByRemote finds by the provider's name of the refund.
	RefundByRemote(gateway, remote string) (Refund, error)
	// RefundByKey finds the refund that a request's idempotency key made.
	RefundByKey(o OrderID, key string) (Refund, error)
	// Refunds of an order, the oldest first; of OrderID "" those of money without an order.
	Refunds(OrderID) ([]Refund, error)
	// RefundsDue lists refunds whose Due is set and not after t, the earliest first.
	RefundsDue(t time.Time, limit int) ([]Refund, error)
	// AllRefunds lists the newest first.
	AllRefunds(Page) (refunds []Refund, mark string, err error)

	Dispute(DisputeID) (Dispute, error)
	// DisputeByRemote finds by the provider's name of the dispute.
	DisputeByRemote(gateway, remote string) (Dispute, error)
	// Disputes of an order, the oldest first.
	Disputes(OrderID) ([]Dispute, error)
	// AllDisputes lists the newest first.
	AllDisputes(Page) (disputes []Dispute, mark string, err error)

	Case(CaseID) (Case, error)
	// OpenCase finds the open case of a kind about a subject.
	OpenCase(kind CaseKind, subject string) (Case, error)
	// OpenCases lists what waits for a person, the oldest first.
	OpenCases(Page) (cases []Case, mark string, err error)
	// AllCases lists the newest first, closed ones too.
	AllCases(Page) (cases []Case, mark string, err error)

	Ticket(TicketCode) (Ticket, error)
	// TicketByNumber finds by the number inside the signed text.
	TicketByNumber(uint64) (Ticket, error)
	// AllTickets lists the newest first.
	AllTickets(Page) (tickets []Ticket, mark string, err error)
	// Tickets of an order, by generation and Seq.
	Tickets(OrderID) ([]Ticket, error)
	// Admissions of a ticket, the oldest first.
	Admissions(TicketCode) ([]Admission, error)
	// SigningKeys lists all signing keys, the oldest first.
	SigningKeys() ([]SigningKey, error)

	// Timeline lists an order's facts with Seq above after, the oldest first, at most limit (0: all).
	Timeline(o OrderID, after int64, limit int) ([]Fact, error)

	Delivery(DeliveryID) (Delivery, error)
	// Deliveries of an order, the oldest first.
	Deliveries(OrderID) ([]Delivery, error)
	// AllDeliveries lists the newest first.
	AllDeliveries(Page) (deliveries []Delivery, mark string, err error)
	// DeliveryCounts says how many deliveries are in each state that is not final.
	DeliveryCounts() (map[DeliveryState]int, error)

	Notice(NoticeID) (Notice, error)
	NoticeByEvent(gateway, event string) (Notice, error)
	// AllNotices lists the newest first.
	AllNotices(Page) (notices []Notice, mark string, err error)
	// NoticesDue lists notices not done whose Due is not after t, the oldest first.
	NoticesDue(t time.Time, limit int) ([]Notice, error)

	// IncomingPending lists updates not done, in the order they came.
	IncomingPending(bot int64, p Page) (updates []Incoming, mark string, err error)
	// IncomingSeen reports whether the update was ever stored.
	IncomingSeen(bot, update int64) (bool, error)

	Customer(CustomerID) (Customer, error)
	CustomerByTelegram(int64) (Customer, error)
	// Customers lists the newest first.
	Customers(Page) (customers []Customer, mark string, err error)
	MemberByTelegram(int64) (Member, error)
	Member(MemberID) (Member, error)
	// Members lists all, the oldest first.
	Members() ([]Member, error)
	// Login of a member.
	Login(MemberID) (Login, error)
	LoginByName(string) (Login, error)
	// SignIn finds by the hash of its cookie.
	SignIn(hash string) (SignIn, error)
	// SignIns lists all, the oldest first.
	SignIns() ([]SignIn, error)
	// AuditEntries lists the newest first.
	AuditEntries(Page) (entries []AuditEntry, mark string, err error)
	// Tallies lists a sort's days from a first to a last, the earliest first. Only those that exist.
	Tallies(m MerchantID, sort string, from, to Date) ([]Tally, error)
	// Invite finds by the hash of its code.
	Invite(hash string) (Invite, error)
	// Token finds by the hash of the token.
	Token(hash string) (APIToken, error)
	Tokens() ([]APIToken, error)
	Conversation(chat, user int64) (Conversation, error)

	// Setting is a small remembered value.
	Setting(name string) (string, error)

	// Counts says how big the shop is and what waits, for metrics: cheap, not a scan.
	Counts() (Counts, error)
	// Walk calls fn with every stored thing, kind by kind, as audit and copy need it: *Order, *Hold, *Stock and so on.
	Walk(fn func(thing any) error) error
	// Check verifies the engine's own structure (checksums, indexes being the image of rows) and calls report for
	// each fault.
	Check(report func(fault string))
}

// Counts is what metrics show without a scan.
type Counts struct {
	Orders            map[Stage]int64
	LiveHolds         int64
	IncomingPending   int64
	NoticesPending    int64
	DeliveriesPending int64
	CasesOpen         int64
	RefundsLive       int64
}

// Tx reads and writes. Put methods create or replace; Create methods refuse with Exists.
type Tx interface {
	Reader

	// PutCatalog stores the catalog with the next revision and returns it. Capacities of existing Stock are the
	// caller's to change.
	PutCatalog(Catalog) (revision int64, err error)
	PutStock(Stock) error

	CreateHold(Hold) error
	PutHold(Hold) error

	// CreateOrder refuses with Exists when the id, the code, or the customer's confirmation key is taken.
	CreateOrder(Order) error
	PutOrder(Order) error
	// OrderCodes reserves n numbers of a day for order codes and returns the first.
	OrderCodes(m MerchantID, day Date, n int) (first int64, err error)

	// CreatePayment refuses with Exists when the id or (order, gen, n) is taken.
	CreatePayment(Payment) error
	PutPayment(Payment) error

	// CreateCapture refuses with Exists when (gateway, charge) is taken.
	CreateCapture(Capture) error
	PutCapture(Capture) error

	// CreateRefund refuses with Exists when the id, (gateway, remote) or (order, key) is taken.
	CreateRefund(Refund) error
	PutRefund(Refund) error
	// CreateDispute refuses with Exists when the id or (gateway, remote) is taken.
	CreateDispute(Dispute) error
	PutDispute(Dispute) error
	// CreateCase refuses with Exists when the id is taken, or an open one of the same kind and subject is there.
	CreateCase(Case) error
	PutCase(Case) error

	// CreateTicket refuses with Exists when the code, the number or (order, gen, seq) is taken.
	CreateTicket(Ticket) error
	PutTicket(Ticket) error
	// CreateAdmission refuses with Exists when (ticket, n), or (ticket, key) where Key is set, is taken.
	CreateAdmission(Admission) error
	// CreateSigningKey refuses with Exists when the kid is taken.
	CreateSigningKey(SigningKey) error

	// Append adds facts. It refuses with Exists when an order's Seq is taken and Invalid when it leaves a gap.
	Append(...Fact) error
	// PutFact replaces a fact of an order, when a person's data is erased: the actor's name, the data and the error may be
	// others, and nothing else, which is Invalid. It fails with NotFound.
	PutFact(Fact) error

	// CreateDelivery refuses with Exists when the id or the key is taken.
	CreateDelivery(Delivery) error
	PutDelivery(Delivery) error
	// LeaseDeliveries gives up to limit due deliveries (Due not after now, not leased beyond now) in state SENDING
	// with Lease until, the earliest due first.
	LeaseDeliveries(now, until time.Time, limit int) ([]Delivery, error)

	// CreateNotice refuses with Exists when (gateway, event) is taken.
	CreateNotice(Notice) error
	PutNotice(Notice) error
	// DropNotices deletes bodies of done notices received before t, at most limit, keeping their keys; it returns how
	// many. Incidents keep their bodies.
	DropNotices(t time.Time, limit int) (int, error)

	// CreateIncoming refuses with Exists when (bot, update) is taken.
	CreateIncoming(Incoming) error
	PutIncoming(Incoming) error
	// DropIncoming deletes done updates received before t, at most limit; it returns how many.
	DropIncoming(t time.Time, limit int) (int, error)

	// CreateCustomer refuses with Exists when the id or the Telegram id is taken.
	CreateCustomer(Customer) error
	PutCustomer(Customer) error
	PutMember(Member) error
	// PutLogin refuses with Exists when another member has the name.
	PutLogin(Login) error
	PutSignIn(SignIn) error
	// DeleteSignIn of one that is not there is fine.
	DeleteSignIn(hash string) error
	// AppendAudit adds a row. It refuses with Exists when the Seq is taken and Invalid when the row does not follow the last.
	AppendAudit(AuditEntry) error
	PutTally(Tally) error
	CreateInvite(Invite) error
	PutInvite(Invite) error
	CreateToken(APIToken) error
	PutToken(APIToken) error
	DeleteToken(TokenID) error
	PutConversation(Conversation) error
	DeleteConversation(chat, user int64) error
	PutSetting(name, value string) error
}
