package tickets

import (
	"slices"
	"time"
)

// Customer is a buyer. Unique by TelegramID where it has one.
type Customer struct {
	ID          CustomerID `json:"id"`
	Merchant    MerchantID `json:"merchant"`
	TelegramID  int64      `json:"telegram_id,omitempty"`
	Username    string     `json:"username,omitempty"`
	Name        string     `json:"name,omitempty"`
	Lang        string     `json:"lang,omitempty"`   // the language in use
	Chosen      bool       `json:"chosen,omitempty"` // Lang was picked by /language, not guessed
	Unreachable bool       `json:"unreachable,omitempty"`
	At          time.Time  `json:"at"`
	Erased      time.Time  `json:"erased,omitzero"` // when they had their data erased: nothing says who it was
}

// Role is what a member may do. Each role may do all that the ones after it may, but for Gate and ReadOnly.
type Role string

// The roles.
const (
	RoleOwner    Role = "owner"
	RoleManager  Role = "manager"
	RoleSupport  Role = "support"
	RoleGate     Role = "gate"
	RoleReadOnly Role = "read-only"
)

// Roles lists all roles, the strongest first.
var Roles = []Role{RoleOwner, RoleManager, RoleSupport, RoleGate, RoleReadOnly}

// Valid reports whether r is a role.
func (r Role) Valid() bool { return slices.Contains(Roles, r) }

// Act is something that a role allows.
type Act string

// The acts.
const (
	ActInvite Act = "invite" // add staff
	ActIssue  Act = "issue"  // issue a manual order's tickets
	ActAdmit  Act = "admit"  // admit tickets
	ActToday  Act = "today"  // see sales and visits
	ActOrders Act = "orders" // see orders
	ActAsk    Act = "ask"    // ask for a refund, take a case
	ActRefund Act = "refund" // approve or reject refunds, resolve money
	ActMoney  Act = "money"  // mark orders paid, write money off

	ActSettings Act = "settings" // see and change how the shop runs
	ActLog      Act = "log"      // read what people did
	ActLink     Act = "link"     // make a group the merchant's, which makes an owner
	ActCatalog  Act = "catalog"  // change what is sold: products, prices, capacities, days
	ActPersonal Act = "personal" // hand out and erase what is held of a customer
)

var acts = map[Act][]Role{
	ActInvite: {RoleOwner, RoleManager},
	ActIssue:  {RoleOwner, RoleManager, RoleSupport},
	ActAdmit:  {RoleOwner, RoleManager, RoleSupport, RoleGate},
	ActToday:  {RoleOwner, RoleManager, RoleSupport, RoleReadOnly},
	ActOrders: {RoleOwner, RoleManager, RoleSupport, RoleReadOnly},
	ActAsk:    {RoleOwner, RoleManager, RoleSupport},
	ActRefund: {RoleOwner, RoleManager},
	ActMoney:  {RoleOwner, RoleManager},

	ActSettings: {RoleOwner, RoleManager},
	ActLog:      {RoleOwner, RoleManager},
	ActLink:     {RoleOwner},
	ActCatalog:  {RoleOwner, RoleManager},
	ActPersonal: {RoleOwner, RoleManager},
}

// May reports whether the role allows the act.
func (r Role) May(a Act) bool { return slices.Contains(acts[a], r) }

// AtLeast reports whether r stands no lower than other in Roles.
func (r Role) AtLeast(other Role) bool {
	return r.Valid() && other.Valid() && slices.Index(Roles, r) <= slices.Index(Roles, other)
}

// MayInvite reports whether the role may add staff of role other: nobody adds somebody stronger than themself.
func (r Role) MayInvite(other Role) bool {
	return r.May(ActInvite) && r.AtLeast(other)
}

// Member is staff of a merchant. Unique by TelegramID.
type Member struct {
	ID         MemberID   `json:"id"`
	Merchant   MerchantID `json:"merchant"`
	TelegramID int64      `json:"telegram_id"`
	Name       string     `json:"name"`
	Lang       string     `json:"lang,omitempty"`
	Role       Role       `json:"role"`
	By         string     `json:"by,omitempty"` // who added them
	At         time.Time  `json:"at"`
	Theme      string     `json:"theme,omitempty"` // of the console: light, dark, "" as the device
	Left       time.Time  `json:"left,omitzero"`   // when they were removed: the row keeps the name and has no role
}

// Here reports whether the member still is one.
func (m Member) Here() bool { return m.ID != "" && m.Left.IsZero() }

// Invite is a single-use code that makes a group the merchant's ("link") or somebody staff ("role"). Only the
// code's hash is stored.
type Invite struct {
	Hash     string     `json:"hash"` // hex SHA-256 of the code
	Merchant MerchantID `json:"merchant"`
	Purpose  string     `json:"purpose"` // link or role
	Role     Role       `json:"role"`
	By       string     `json:"by,omitempty"`
	At       time.Time  `json:"at"`
	Expiry   time.Time  `json:"expiry"`
	Used     time.Time  `json:"used,omitzero"`
	UsedBy   string     `json:"used_by,omitempty"`
}

// The purposes of an invite.
const (
	InviteLink = "link"
	InviteRole = "role"
)

// APIToken lets a program in. Only the token's hash is stored.
type APIToken struct {
	ID       TokenID    `json:"id"`
	Merchant MerchantID `json:"merchant"`
	Name     string     `json:"name"`
	Hash     string     `json:"hash"` // hex SHA-256 of the token
	Scopes   []string   `json:"scopes"`
	At       time.Time  `json:"at"`
	Used     time.Time  `json:"used,omitzero"`
}

// The scopes of a token.
const (
	ScopeOrdersRead  = "orders:read"
	ScopeTicketsRead = "tickets:read"
	ScopeAdmit       = "tickets:admit"
	ScopeMetrics     = "metrics"
	ScopeMoney       = "money" // refunds, disputes, cases, marking orders paid
	ScopeOrdersWrite = "orders:write"
	ScopeAll         = "*"
)

// Scopes lists the scopes a token may have.
var Scopes = []string{ScopeOrdersRead, ScopeTicketsRead, ScopeAdmit, ScopeMetrics, ScopeMoney, ScopeOrdersWrite, ScopeAll}

// May reports whether the token has the scope.
func (t APIToken) May(scope string) bool {
	return slices.Contains(t.Scopes, scope) || slices.Contains(t.Scopes, ScopeAll)
}

// Conversation is where one person stands in one chat: what they are choosing and which message shows it. Version
// is part of every button, so that a button of an older picture is told apart.
type Conversation struct {
	Chat    int64          `json:"chat"`
	User    int64          `json:"user"`
	Flow    string         `json:"flow"` // random, new at each /start
	Version int64          `json:"version"`
	Message int            `json:"message,omitempty"` // the one live message
	Photo   bool           `json:"photo,omitempty"`   // the live message is a picture with a caption
	Step    string         `json:"step"`
	Product ProductID      `json:"product,omitempty"`
	Slot    Slot           `json:"slot,omitzero"`
	Month   Date           `json:"month,omitempty"`
	Units   map[SKUID]int  `json:"units,omitempty"`
	Order   OrderID        `json:"order,omitempty"`
	Quote   *Quote         `json:"quote,omitempty"`
	Extra   map[string]any `json:"extra,omitempty"`
	Changed time.Time      `json:"changed"`
}
