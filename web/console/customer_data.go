package console

import (
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// customerNamed finds the customer of the path.
func (v *visit) customerNamed() (c tickets.Customer, err error) {
	err = v.view(func(r tickets.Reader) (err error) {
		c, err = r.Customer(tickets.CustomerID(v.PathValue("id")))
		return err
	})
	return c, err
}

// customerData answers with everything that is held of a customer, as a file for them.
func customerData(v *visit) error {
	c, err := v.customerNamed()
	if err != nil {
		return err
	}
	p, err := v.k.Desk.PersonalData(v.Context(), c.ID)
	if err != nil {
		return err
	}
	b, err := p.JSON()
	if err != nil {
		return err
	}
	if err := v.audit("customer_export", string(c.ID), auditOK, ""); err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.json"`, c.ID))
	_, err = v.w.Write(b)
	return err
}

// erasePage says what erasing takes away and leaves, or what it waits for.
type erasePage struct {
	tickets.Customer
	Left   []checkout.Unfinished
	Orders int // shown of Left; the others are counted
	More   int
	Staff  bool // a member has the same Telegram account
	Keep   Keep
	Reason string
	Wrong  string
}

// eraseListed is how many orders that stand in the way are named.
const eraseListed = 10

func (v *visit) eraseOf() (p erasePage, err error) {
	p.Keep = v.k.Keep
	if p.Customer, err = v.customerNamed(); err != nil {
		return p, err
	}
	if p.Left, err = v.k.Desk.Unfinished(v.Context(), p.ID); err != nil {
		return p, err
	}
	if n := len(p.Left); n > eraseListed {
		p.Left, p.More = p.Left[:eraseListed], n-eraseListed
	}
	if p.TelegramID != 0 {
		err = v.view(func(r tickets.Reader) error {
			m, err := r.MemberByTelegram(p.TelegramID)
			if p.Staff = err == nil && m.Here(); tickets.KindOf(err) == tickets.NotFound {
				err = nil
			}
			return err
		})
	}
	return p, err
}

func customerEraseForm(v *visit) error {
	p, err := v.eraseOf()
	if err != nil {
		return err
	}
	return v.erasePage(http.StatusOK, p)
}

func (v *visit) erasePage(status int, p erasePage) error {
	return v.page(status, "customer_erase", v.Words.T("console_customer.erase.title"), p)
}

// customerErase erases who a customer is.
func customerErase(v *visit) error {
	p, err := v.eraseOf()
	if err != nil {
		return err
	}
	p.Reason = strings.TrimSpace(v.PostFormValue("reason"))
	if p.Reason == "" || utf8.RuneCountInString(p.Reason) > maxReason {
		p.Wrong = v.Words.T("console_today.wrong.reason")
		return v.erasePage(http.StatusUnprocessableEntity, p)
	}
	_, err = v.k.Desk.Erase(v.Context(), checkout.Erasing{Customer: p.ID, By: v.staff(), Reason: p.Reason})
	if r := tickets.RefusalOf(err); r != nil && r.Args["reason"] == "unfinished" {
		if err := v.audit("customer_erase", string(p.ID), auditRefused, p.Reason); err != nil {
			return err
		}
		return v.erasePage(http.StatusConflict, p)
	}
	if err != nil {
		return err
	}
	if err := v.audit("customer_erase", string(p.ID), auditOK, p.Reason); err != nil {
		return err
	}
	v.flash("good", "console_customer.erase.done")
	return v.redirect("/console/customers/" + string(p.ID))
}
