package customer

import (
	"net/http"

	"boxoffice/tickets"
)

// landingPage is the shop's front door on the web.
type landingPage struct {
	frame
	Products []landingProduct
}

type landingProduct struct{ Name, Place string }

func (p *Pages) landing(w http.ResponseWriter, r *http.Request) error {
	cat, err := p.catalog(r.Context())
	if err != nil {
		return err
	}
	page := landingPage{frame: p.frame(r, cat.Merchant, "")}
	page.Title, page.ToChat = page.Shop, page.T("chat_open")
	for _, x := range cat.Visible() {
		page.Products = append(page.Products, landingProduct{Name: page.words.Pick(x.Names), Place: page.words.Pick(x.Place.Names)})
	}
	return render(w, http.StatusOK, "landing", page)
}

// faultPage says that something is not there, or not working.
type faultPage struct {
	frame
	Heading, Words string
	Status         int
}

// Fault answers with an error page in the reader's language. It needs nothing of the store: when that is what fails,
// the page has no shop's name.
func (p *Pages) Fault(w http.ResponseWriter, r *http.Request, status int) {
	key := "fault.broken"
	switch {
	case status == http.StatusServiceUnavailable:
		key = "fault.busy"
	case status == http.StatusMethodNotAllowed:
		key = "fault.method"
	case status < http.StatusInternalServerError:
		key = "fault.missing"
	}
	cat, err := p.catalog(r.Context())
	if err != nil {
		cat = &tickets.Catalog{}
	}
	page := faultPage{frame: p.frame(r, cat.Merchant, ""), Status: status}
	page.Langs = nil // there is nothing to read twice
	page.Heading, page.Words = page.T(key+".title"), page.T(key+".text")
	page.Title = page.Heading
	w.Header().Set("Cache-Control", "no-store")
	if err := render(w, status, "fault", page); err != nil {
		p.log.Error("error page failed", "error", err)
		http.Error(w, http.StatusText(status), status)
	}
}
