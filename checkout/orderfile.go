package checkout

import (
	"encoding/json"
	"errors"
	"slices"

	"boxoffice/tickets"
)

// OrderFile is an order with all that is of it, as one moment of the store has it. Lists are in the store's order, the
// oldest first.
type OrderFile struct {
	Order      tickets.Order
	Hold       tickets.Hold // the newest one
	Payments   []tickets.Payment
	Captures   []tickets.Capture
	Refunds    []tickets.Refund
	Disputes   []tickets.Dispute
	Cases      []tickets.Case // closed ones too, as far as the timeline names them
	Tickets    []tickets.Ticket
	Admissions map[tickets.TicketCode][]tickets.Admission
	Deliveries []tickets.Delivery
	Facts      []tickets.Fact
	Notices    map[tickets.NoticeID]tickets.Notice // that brought its money
}

// ReadOrder finds an order by its id or its code and reads all that is of it. It fails with NotFound.
func ReadOrder(r tickets.Reader, idOrCode string) (OrderFile, error) {
	o, err := OrderOf(r, idOrCode)
	if err != nil {
		return OrderFile{}, err
	}
	return readFile(r, o)
}

// OrderOf finds an order by its id or its code. It fails with NotFound.
func OrderOf(r tickets.Reader, idOrCode string) (tickets.Order, error) {
	if tickets.ValidID(tickets.PrefixOrder, idOrCode) {
		return r.Order(tickets.OrderID(idOrCode))
	}
	return r.OrderByCode(idOrCode)
}

func readFile(r tickets.Reader, o tickets.Order) (f OrderFile, err error) {
	f = OrderFile{Order: o, Admissions: map[tickets.TicketCode][]tickets.Admission{}, Notices: map[tickets.NoticeID]tickets.Notice{}}
	if f.Hold, err = r.Hold(o.Hold); err != nil && !errors.Is(err, tickets.NotFound) {
		return f, err
	}
	if f.Payments, err = r.Payments(o.ID); err != nil {
		return f, err
	}
	if f.Captures, err = r.Captures(o.ID); err != nil {
		return f, err
	}
	if f.Refunds, err = r.Refunds(o.ID); err != nil {
		return f, err
	}
	if f.Disputes, err = r.Disputes(o.ID); err != nil {
		return f, err
	}
	if f.Tickets, err = r.Tickets(o.ID); err != nil {
		return f, err
	}
	if f.Deliveries, err = r.Deliveries(o.ID); err != nil {
		return f, err
	}
	if f.Facts, err = r.Timeline(o.ID, 0, 0); err != nil {
		return f, err
	}
	for _, k := range f.Tickets {
		if k.Admitted == 0 {
			continue
		}
		if f.Admissions[k.Code], err = r.Admissions(k.Code); err != nil {
			return f, err
		}
	}
	for _, c := range f.Captures {
		n, err := r.Notice(c.Notice)
		if err == nil {
			f.Notices[n.ID] = n
		} else if !errors.Is(err, tickets.NotFound) {
			return f, err
		}
	}
	err = f.readCases(r)
	return f, err
}

// readCases finds the cases of the order: the open ones by what they may be about, and those that its facts name.
func (f *OrderFile) readCases(r tickets.Reader) error {
	add := func(c tickets.Case, err error) error {
		if errors.Is(err, tickets.NotFound) {
			return nil
		}
		known := slices.ContainsFunc(f.Cases, func(x tickets.Case) bool { return x.ID == c.ID })
		if err == nil && !known && c.Order == f.Order.ID {
			f.Cases = append(f.Cases, c)
		}
		return err
	}
	for _, fact := range f.Facts {
		var data struct {
			Case tickets.CaseID `json:"caseId"`
		}
		if fact.Name != tickets.CaseOpened || json.Unmarshal(fact.Data, &data) != nil || data.Case == "" {
			continue
		}
		if err := add(r.Case(data.Case)); err != nil {
			return err
		}
	}
	for _, s := range f.subjects() {
		if err := add(r.OpenCase(s.kind, s.id)); err != nil {
			return err
		}
	}
	slices.SortStableFunc(f.Cases, func(a, b tickets.Case) int { return a.At.Compare(b.At) })
	return nil
}

type subject struct {
	kind tickets.CaseKind
	id   string
}

// subjects are what cases of the order may be about.
func (f *OrderFile) subjects() []subject {
	out := []subject{{tickets.CaseUnfulfilled, string(f.Order.ID)}}
	for _, x := range f.Refunds {
		for _, k := range []tickets.CaseKind{tickets.CaseRefund, tickets.CaseRefundFailed, tickets.CaseRefundByHand, tickets.CaseRefundFound} {
			out = append(out, subject{k, string(x.ID)})
		}
	}
	for _, c := range f.Captures {
		for _, k := range moneyCases {
			out = append(out, subject{k, string(c.ID)})
		}
	}
	for _, x := range f.Disputes {
		out = append(out, subject{tickets.CaseWarning, string(x.ID)}, subject{tickets.CaseDispute, string(x.ID)})
	}
	return out
}

// Refundable is how much of the order's applied money could still go back, in minor units of its currency.
func Refundable(f OrderFile) int64 {
	return wish{order: f.Order, caps: f.Captures, refunds: f.Refunds, disputes: f.Disputes}.left()
}
