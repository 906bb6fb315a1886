package checkout

import "errors"

// errDry rolls a transaction back whose outcome was only to be looked at.
var errDry = errors.New("checkout: only looked at")

// Dry is a desk whose verbs say what they would do and keep nothing, so that a page can show it before somebody agrees:
// what AskRefund, ReissueTicket and MoveDate return or refuse by it is what they would by the desk itself at that moment.
// Verbs that ask a gateway must not be used with it.
func (d *Desk) Dry() *Desk {
	c := *d
	c.dry = true
	return &c
}
