package customer

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"boxoffice/tickets"
)

// statusPage is how an order stands, for whom placed it.
type statusPage struct {
	frame
	State    string // held, paying, failed, settling, checking, expired, cancelled, underpaid, review, paid, done, completed, unfulfilled, or as of moneyWord
	Headline string
	Words    string
	Late     string // that money may still come; "" when not
	Pay      string // address of the open payment page; "" when there is none
	Left     string // time left in words; "" when there is nothing to be late for
	LeftMS   int64
	Until    string // the same as a time of day
	Follow   string // address that the script asks
	Version  string // changes when the page would look different

	Product, Slot, Places, Total, Code string
	Lines                              []string
	Tickets                            []statusTicket
	Refunds                            []refundLine
	Events                             []statusEvent
}

type statusTicket struct {
	URL, QR, Title, Note string
	Withheld             bool // it cannot be used now
}

type statusEvent struct{ When, Words string }

// statusDoc is what the page's script asks for.
type statusDoc struct {
	State   string `json:"state"`
	Version string `json:"version"`
	Live    bool   `json:"live"`
	LeftMS  int64  `json:"left_ms"`
}

// standing is all that a status page is made of, at one moment.
type standing struct {
	order   tickets.Order
	hold    tickets.Hold
	payment tickets.Payment // the newest; zero when none
	tickets []tickets.Ticket
	refunds []tickets.Refund
	facts   []tickets.Fact
	money   []tickets.Capture
	catalog *tickets.Catalog
	byHand  map[tickets.RefundID]bool // refunds that no gateway can send: a person pays them back
	missing tickets.Money             // of an underpaid order whose rest can be paid now; zero otherwise
}

// checkWithin is how long a page waits for the provider's word before it shows what is known.
const checkWithin = 3 * time.Second

func (p *Pages) status(w http.ResponseWriter, r *http.Request) error {
	token, asJSON := strings.CutSuffix(r.PathValue("token"), ".json")
	id, secret, err := tickets.ParseStatusToken(token)
	if err != nil {
		return err
	}
	s, err := p.standing(r.Context(), id)
	if err != nil {
		return err
	}
	if !s.order.SecretMatches(secret) {
		return tickets.Refuse(tickets.NotFound, "wrong secret of order %s", id)
	}
	if s.payment.ID != "" && s.payment.Live() && !s.order.Paid() {
		if err := p.ask(r.Context(), id); err != nil {
			p.log.Warn("provider not asked", "order_id", id, "error", err)
		}
		if s, err = p.standing(r.Context(), id); err != nil {
			return err
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	if asJSON {
		return p.statusJSON(w, s)
	}
	return p.statusHTML(w, r, s, token)
}

// ask asks the provider how the payment stands; the desk does so every few seconds at most.
func (p *Pages) ask(ctx context.Context, id tickets.OrderID) error {
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	return p.desk.Check(ctx, id)
}

func (p *Pages) standing(ctx context.Context, id tickets.OrderID) (s standing, err error) {
	err = p.desk.Store.View(ctx, func(r tickets.Reader) (err error) {
		s = standing{}
		if s.order, err = r.Order(id); err != nil {
			return err
		}
		if s.hold, err = r.Hold(s.order.Hold); err != nil && !errors.Is(err, tickets.NotFound) {
			return err
		}
		if s.order.Session != "" {
			if s.payment, err = r.Payment(s.order.Session); err != nil {
				return err
			}
		}
		if s.tickets, err = r.Tickets(id); err != nil {
			return err
		}
		if s.refunds, err = r.Refunds(id); err != nil {
			return err
		}
		s.byHand = map[tickets.RefundID]bool{}
		for _, x := range s.refunds {
			s.byHand[x.ID] = !p.desk.SendsBack(x.Gateway, x.Amount.Currency)
		}
		if s.facts, err = r.Timeline(id, 0, 0); err != nil {
			return err
		}
		if s.money, err = r.Captures(id); err != nil {
			return err
		}
		s.catalog, err = r.Catalog()
		return err
	})
	if err != nil || s.order.Stage != tickets.StagePaymentReview || s.order.Reason != "underpaid" {
		return s, err
	}
	s.missing, err = p.desk.ToPay(ctx, id)
	if errors.Is(err, tickets.Conflict) { // the time is over, or the rest came just now
		return s, nil
	}
	return s, err
}

// word is the state of the page.
func (s standing) word() string {
	if word := s.moneyWord(); word != "" {
		return word
	}
	switch s.order.Stage {
	case tickets.StageHeld:
		return "held"
	case tickets.StageAwaiting:
		switch s.payment.State {
		case tickets.PaymentFailed, tickets.PaymentClosed:
			return "failed"
		case tickets.PaymentAsync:
			return "settling"
		}
		return "paying"
	case tickets.StageExpiring:
		return "checking"
	case tickets.StageExpired:
		return "expired"
	case tickets.StageCancelled:
		return "cancelled"
	case tickets.StagePaymentReview:
		switch {
		case s.missing.Amount == 0:
			return "review"
		case s.payment.State == tickets.PaymentAsync:
			return "settling"
		}
		return "underpaid"
	case tickets.StageFulfilled:
		return "done"
	case tickets.StageCompleted:
		return "completed"
	case tickets.StageFulfilFailed:
		return "unfulfilled"
	default:
		return "paid"
	}
}

// live reports whether the page may soon look different.
func (s standing) live() bool {
	if s.returning() {
		return true
	}
	switch s.order.Stage {
	case tickets.StageFulfilled, tickets.StageCompleted, tickets.StageRefunded:
		return false
	default:
		return !s.order.Ended() || s.order.Late
	}
}

// left is how long the customer has; zero when there is nothing to be late for, or the time is over. Who did their
// part and waits for the provider is not hurried.
func (s standing) left(now time.Time) time.Duration {
	switch s.word() {
	case "held", "paying", "failed", "underpaid":
		return max(s.hold.Expiry.Sub(now), 0)
	default:
		return 0
	}
}

func (s standing) version() string {
	used := 0
	for _, k := range s.tickets {
		used += k.Admitted
	}
	return s.word() + "-" + strconv.FormatInt(s.order.Facts, 10) + "-" + strconv.Itoa(used)
}

func (p *Pages) statusJSON(w http.ResponseWriter, s standing) error {
	b, err := json.Marshal(statusDoc{
		State: s.word(), Version: s.version(), Live: s.live(), LeftMS: s.left(p.desk.Now()).Milliseconds(),
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(b)
	return nil
}

func (p *Pages) statusHTML(w http.ResponseWriter, r *http.Request, s standing, token string) error {
	loc, err := s.catalog.Merchant.Location()
	if err != nil {
		return err
	}
	o := s.order
	page := statusPage{
		frame: p.frame(r, s.catalog.Merchant, o.Buyer.Lang), State: s.word(), Version: s.version(), Follow: "/o/" + token + ".json",
		Code: o.Code,
	}
	page.Live = s.live()
	if (page.State == "paying" || page.State == "underpaid") && s.payment.State == tickets.PaymentOpen {
		page.Pay = s.payment.URL
	}
	page.Headline, page.Words = page.wordsOf(s, loc)
	page.Title = page.Headline
	if o.Late && o.Ended() {
		page.Late = page.T("status.late")
	}
	if left := s.left(p.desk.Now()); left > 0 {
		page.Left, page.LeftMS, page.Until = page.words.Duration(left), left.Milliseconds(), s.hold.Expiry.In(loc).Format("15:04:05")
	}
	page.Product, page.Slot = page.words.Pick(o.ProductName), page.words.SlotLong(o.Slot())
	page.Places, page.Total = page.words.T("common.people", "Count", o.Places()), page.words.Money(total(s))
	for _, l := range o.Quote.Lines {
		page.Lines = append(page.Lines, page.T("line", "Units", l.Units, "Name", page.words.Pick(l.Names)))
	}
	page.Tickets, page.Refunds, page.Events = page.ticketsOf(s), page.refundsOf(s, loc), page.eventsOf(s, loc)
	return render(w, http.StatusOK, "status", page)
}

// wordsOf says how the order stands, in a headline and a sentence or two.
func (page statusPage) wordsOf(s standing, loc *time.Location) (headline, words string) {
	key := "status." + page.State
	switch page.State {
	case "underpaid":
	case "choose":
		return page.T(key + ".title"), page.T(key+".text"+s.hand(), "Amount", page.words.Money(s.back()), "When", page.words.DateTime(s.due(), loc))
	case "refunding", "refunded":
		return page.T(key+".title"+s.hand(), "Amount", page.words.Money(s.back())), page.T(key + ".text" + s.hand())
	default:
		return page.T(key + ".title"), page.T(key + ".text")
	}
	kept := tickets.Money{Amount: s.order.Kept, Currency: s.order.Total().Currency}
	words = page.T(key+".text", "Got", page.words.Money(kept), "Total", page.words.Money(s.order.Total()))
	how := key + ".chat"
	if page.Pay != "" {
		how = key + ".page"
	}
	return page.T(key+".title", "Missing", page.words.Money(s.missing)), words + " " + page.T(how)
}

// total is the order's price with the fee of the way to pay, once chosen. Of a paid order it is all that was paid for
// it, in one payment or several.
func total(s standing) tickets.Money {
	m := s.order.Total()
	if s.order.Paid() {
		m.Amount = s.order.Applied + s.order.Forgiven
	} else {
		m.Amount += s.payment.Fee.Amount
	}
	return m
}

func (f frame) ticketsOf(s standing) []statusTicket {
	var out []statusTicket
	if !s.order.Paid() {
		return nil
	}
	for _, k := range s.tickets {
		if !k.Good() {
			continue
		}
		t := statusTicket{
			URL: "/T/" + k.Text, QR: qrAddress(k), Title: f.T("ticket.admits", "Count", k.Places), Note: f.ticketNote(k), Withheld: k.Withheld() != "",
		}
		if k.Of > 1 {
			t.Title = f.T("ticket.number", "N", k.N(), "Of", k.Of) + " · " + t.Title
		}
		out = append(out, t)
	}
	return out
}

// eventsOf tells what happened, the newest first: the facts that there are words for. What was on an earlier day than
// the newest says its date.
func (f frame) eventsOf(s standing, loc *time.Location) []statusEvent {
	var out []statusEvent
	var today tickets.Date
	if n := len(s.facts); n > 0 {
		today = tickets.DateOf(s.facts[n-1].At, loc)
	}
	for i := len(s.facts) - 1; i >= 0; i-- {
		x := s.facts[i]
		key := "web.event." + strings.ToLower(string(x.Name))
		if x.Result == "auto" { // nobody asked
			key += "_auto"
		}
		if other := key + "_other"; f.words.Has(other) && !s.paidBy(x) {
			key = other
		}
		if !x.Hidden && f.words.Has(key) {
			when := x.At.In(loc).Format("15:04")
			if tickets.DateOf(x.At, loc) != today {
				when = f.words.DateTime(x.At, loc)
			}
			out = append(out, statusEvent{When: when, Words: f.words.T(key)})
		}
	}
	return out
}
