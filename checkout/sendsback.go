package checkout

import "boxoffice/tickets"

// CurrencyRefunder is a Refunder that can give money back in some currencies only.
type CurrencyRefunder interface {
	// SendsBack reports whether it can in this one. It makes no calls.
	SendsBack(c tickets.Currency) bool
}

// SendsBack reports whether money that the gateway collected can go back by itself. What cannot, as cash, a person pays
// back by hand.
func (d *Desk) SendsBack(gateway string, c tickets.Currency) bool {
	gw, err := d.Gateway(gateway)
	if err != nil {
		return false
	}
	if some, ok := gw.(CurrencyRefunder); ok && !some.SendsBack(c) {
		return false
	}
	_, can := gw.(Refunder)
	return can && gateway != GatewayManual
}
