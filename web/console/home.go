package console

import (
	"net/http"

	"boxoffice/checkout"
)

// homePage is the merchant's day.
type homePage struct {
	Sales checkout.Sales
}

func home(v *visit) error {
	s, err := v.k.Desk.Today(v.Context())
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "home", v.Words.T("console.nav.today"), homePage{Sales: s})
}
