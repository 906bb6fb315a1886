package customer

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/tickets/qr"
)

// defaultSize of a ticket's QR, in pixels.
const defaultSize = 240

// ticketPage is a ticket as its holder shows it.
type ticketPage struct {
	frame
	State     string // valid, part, used, past, lapsed, refunding, disputed, refunded, lost, revoked: the words and the colour
	Headline  string
	Words     string   // what that means; "" where the headline says all
	Good      bool     // somebody may still go in
	Uses      []string // when and where it was used
	QR        string   // address of the picture; "" when the ticket is not valid any more
	Product   string
	Date      string
	Time      string // "" without time slots
	Places    string
	Lines     []string
	OrderCode string
	Number    string // "1 of 3"; "" for a single ticket
	Code      tickets.TicketCode
	Holder    string
	Place     string
	Address   string
	Map       string
	Rules     string
	Gate      string // where a member checks the ticket; "" for everybody else
}

// ticket serves a ticket's page or its picture. A signed text opens it for everybody, a ticket's code for those who
// are known.
func (p *Pages) ticket(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("text")
	picture := false
	if dot := len(name) - len(".png"); dot > 0 && strings.EqualFold(name[dot:], ".png") {
		name, picture = name[:dot], true
	}
	scan, err := tickets.ParseScan(name)
	if err != nil {
		return err
	}
	if scan.Code != "" && !p.known(r) {
		return tickets.Refuse(tickets.NotFound, "a ticket's code opens nothing for strangers")
	}
	l, err := p.desk.Look(r.Context(), name)
	if err != nil {
		return err
	}
	if picture {
		return p.picture(w, r, l)
	}
	return p.show(r.Context(), w, r, l)
}

// picture is the ticket's QR. Its content never changes while the ticket lives, so browsers may keep it.
func (p *Pages) picture(w http.ResponseWriter, r *http.Request, l checkout.Look) error {
	if revoked(l) {
		return tickets.Refuse(tickets.Revoked, "ticket %s has no picture any more", l.Ticket.Code)
	}
	size := defaultSize
	if n, err := strconv.Atoi(r.URL.Query().Get("size")); err == nil {
		size = min(max(n, qr.MinSize), qr.MaxSize)
	}
	png, err := qr.PNG(tickets.QRContent(p.desk.PublicURL, l.Ticket.Text), size)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cross-Origin-Resource-Policy", "cross-origin") // programs show qr_url on pages of their own
	h.Set("Content-Type", "image/png")
	h.Set("Cache-Control", "private, max-age=86400")
	h.Set("ETag", `"`+string(l.Ticket.Code)+"-"+strconv.Itoa(l.Ticket.Gen)+"-"+strconv.Itoa(size)+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(png))
	return nil
}

func (p *Pages) show(ctx context.Context, w http.ResponseWriter, r *http.Request, l checkout.Look) error {
	cat, err := p.catalog(ctx)
	if err != nil {
		return err
	}
	loc, err := cat.Merchant.Location()
	if err != nil {
		return err
	}
	k := l.Ticket
	page := ticketPage{
		frame: p.frame(r, cat.Merchant, k.Lang), State: ticketState(l, p.desk.Now(), loc), OrderCode: k.OrderCode, Code: k.Code,
		Holder: holder(l.Order.Buyer),
	}
	if page.State == "revoked" {
		if page.State, err = p.whyEnded(ctx, k); err != nil {
			return err
		}
	}
	page.Headline = page.T("ticket.state." + page.State)
	if key := "web.ticket.why." + page.State; page.words.Has(key) {
		page.Words = page.words.T(key)
	}
	page.Good = page.State == "valid" || page.State == "part"
	if !revoked(l) {
		page.QR = qrAddress(k)
	}
	page.Product, page.Date = page.words.Pick(k.ProductName), page.words.DateLong(k.Slot.Date)
	if k.Slot.Start != "" {
		page.Time = page.words.Time(k.Slot.Start)
	}
	page.Title = page.Product
	page.Places = page.T("ticket.admits", "Count", k.Places)
	if k.Of > 1 {
		page.Number = page.T("ticket.number", "N", k.N(), "Of", k.Of)
	}
	for _, x := range k.Lines {
		page.Lines = append(page.Lines, page.T("line", "Units", x.Units, "Name", page.words.Pick(x.Names)))
	}
	for _, a := range tickets.Uses(l.Admissions) {
		use := page.T("ticket.use", "Count", a.Count, "When", page.words.DateTime(a.At, loc))
		if a.Gate != "" {
			use = page.T("ticket.use_gate", "Count", a.Count, "When", page.words.DateTime(a.At, loc), "Gate", a.Gate)
		}
		page.Uses = append(page.Uses, use)
	}
	if x, err := cat.Product(k.Product); err == nil { // a product may have left the catalog; its tickets stay good
		page.Place, page.Address, page.Rules = page.words.Pick(x.Place.Names), page.words.Pick(x.Place.Address), page.words.Pick(x.Rules)
		page.Map = mapAddress(x.Place, page.Address)
	}
	if p.gate(r) {
		page.Gate = "/console/gate?scan=" + url.QueryEscape(k.Text)
	}
	return render(w, http.StatusOK, "ticket", page)
}

// ticketState is the word for how a ticket stands. Only its visit date makes it past: a gate decides the rest.
func ticketState(l checkout.Look, now time.Time, loc *time.Location) string {
	k := l.Ticket
	switch {
	case k.State == tickets.TicketUsed:
		return "used"
	case revoked(l):
		return "revoked"
	case k.Withheld() != "":
		return withheldState[k.Withheld()]
	case k.State == tickets.TicketLapsed:
		return "lapsed"
	case tickets.DateOf(now, loc) > k.Slot.Date:
		return "past"
	case k.Admitted > 0:
		return "part"
	default:
		return "valid"
	}
}

// whyEnded is the state of a ticket's page by what ended it: refunded, lost to a dispute, or simply revoked.
func (p *Pages) whyEnded(ctx context.Context, k tickets.Ticket) (string, error) {
	why := "revoked"
	err := p.desk.Store.View(ctx, func(r tickets.Reader) error {
		disputes, err := r.Disputes(k.Order)
		if err != nil {
			return err
		}
		for _, d := range disputes {
			if slices.Contains(d.Tickets, k.Code) {
				why = "lost"
			}
		}
		refunds, err := r.Refunds(k.Order)
		if err != nil {
			return err
		}
		for _, x := range refunds {
			if x.State == tickets.RefundSucceeded && slices.Contains(x.Tickets, k.Code) {
				why = "refunded"
			}
		}
		return nil
	})
	return why, err
}

func revoked(l checkout.Look) bool { return l.Ticket.State == tickets.TicketRevoked || !l.Order.Paid() }

// qrAddress is the picture at twice the size it is shown in, for fine screens and printers.
func qrAddress(k tickets.Ticket) string { return "/T/" + k.Text + ".png?size=600" }

func holder(b tickets.Buyer) string {
	if b.Name == "" && b.Username != "" {
		return "@" + b.Username
	}
	return b.Name
}

// mapAddress finds a place on a map: by its position, else by its address.
func mapAddress(place tickets.Place, address string) string {
	query := address
	if place.Lat != 0 || place.Lon != 0 {
		query = strconv.FormatFloat(place.Lat, 'f', -1, 64) + "," + strconv.FormatFloat(place.Lon, 'f', -1, 64)
	}
	if query == "" {
		return ""
	}
	return "https://www.google.com/maps/search/?api=1&query=" + url.QueryEscape(query)
}
