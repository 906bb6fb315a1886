package checkout

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"boxoffice/tickets"
)

// Evidence is all that a bank may ask for about an order: what was bought, what the customer saw and confirmed, what
// was paid, sent and used, and the policies as they were at purchase.
type Evidence struct {
	Order      tickets.Order
	Merchant   tickets.Merchant
	Product    tickets.Product
	Timeline   []tickets.Fact
	Payments   []tickets.Payment
	Captures   []tickets.Capture
	Refunds    []tickets.Refund
	Disputes   []tickets.Dispute
	Tickets    []tickets.Ticket
	Admissions []tickets.Admission
	Deliveries []tickets.Delivery
}

// Evidence collects what is known of an order, and notes on its live disputes and its timeline that it was put together.
// It refuses with Forbidden and NotFound.
func (d *Desk) Evidence(ctx context.Context, id tickets.OrderID, by Staff) (Evidence, error) {
	var e Evidence
	err := d.update(ctx, func(t *turn) (err error) {
		if err := by.may(tickets.ActAsk); err != nil {
			return err
		}
		o, err := t.Order(id)
		if err != nil {
			return err
		}
		disputes, err := t.Disputes(id)
		if err != nil {
			return err
		}
		for _, x := range disputes {
			if x.Live() {
				x.Pack = t.now
				if err := t.PutDispute(x); err != nil {
					return err
				}
			}
		}
		f := o.Record(tickets.EvidencePacked, t.now, by.Actor, by.Source, "", o.Stage, nil)
		f.Hidden = true
		if err := t.PutOrder(o); err != nil {
			return err
		}
		if err := t.tell(o, f); err != nil {
			return err
		}
		e, err = collect(t, id)
		return err
	})
	if err != nil {
		return e, fmt.Errorf("collect evidence: %w", err)
	}
	return e, nil
}

func collect(r tickets.Reader, id tickets.OrderID) (e Evidence, err error) {
	if e.Order, err = r.Order(id); err != nil {
		return e, err
	}
	cat, err := r.Catalog()
	if err != nil {
		return e, err
	}
	e.Merchant = cat.Merchant
	if p, err := cat.Product(e.Order.Quote.Product); err == nil { // it may have left the catalog
		e.Product = p
	}
	for _, read := range []func() error{
		func() (err error) { e.Timeline, err = r.Timeline(id, 0, 0); return err },
		func() (err error) { e.Payments, err = r.Payments(id); return err },
		func() (err error) { e.Captures, err = r.Captures(id); return err },
		func() (err error) { e.Refunds, err = r.Refunds(id); return err },
		func() (err error) { e.Disputes, err = r.Disputes(id); return err },
		func() (err error) { e.Tickets, err = r.Tickets(id); return err },
		func() (err error) { e.Deliveries, err = r.Deliveries(id); return err },
	} {
		if err := read(); err != nil {
			return e, err
		}
	}
	for _, k := range e.Tickets {
		as, err := r.Admissions(k.Code)
		if err != nil {
			return e, err
		}
		e.Admissions = append(e.Admissions, as...)
	}
	return e, nil
}

// Write writes the evidence as a ZIP: summary.txt for people, and one JSON file for each sort of record. Secrets that
// open the order's pages are left out.
func (e Evidence) Write(w io.Writer) error {
	z := zip.NewWriter(w)
	o := e.Order
	o.Secret = ""
	ks := make([]tickets.Ticket, len(e.Tickets))
	for i, k := range e.Tickets {
		k.Text = ""
		ks[i] = k
	}
	put := func(name string, write func(io.Writer) error) error {
		f, err := z.CreateHeader(&zip.FileHeader{Name: o.Code + "/" + name, Method: zip.Deflate, Modified: o.Changed})
		if err == nil {
			err = write(f)
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		return nil
	}
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	object := func(v any) func(io.Writer) error {
		return func(w io.Writer) error {
			b, err := json.MarshalIndent(v, "", "  ")
			if err == nil {
				_, err = w.Write(e.withoutSecrets(b))
			}
			return err
		}
	}
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"summary.txt", text(e.summary())}, {"confirmed.txt", text(e.confirmed())}, {"policy.txt", text(e.policy())},
		{"order.json", object(o)}, {"timeline.json", object(e.Timeline)}, {"payments.json", object(e.Payments)},
		{"captures.json", object(e.Captures)}, {"refunds.json", object(e.Refunds)}, {"disputes.json", object(e.Disputes)},
		{"tickets.json", object(ks)}, {"admissions.json", object(e.Admissions)}, {"deliveries.json", object(e.Deliveries)},
	} {
		if err := put(f.name, f.write); err != nil {
			return err
		}
	}
	return z.Close()
}

// withoutSecrets blots out what would let a reader in: the texts of the tickets and the order's page.
func (e Evidence) withoutSecrets(b []byte) []byte {
	secrets := []string{e.Order.Secret}
	for _, k := range e.Tickets {
		secrets = append(secrets, k.Text)
	}
	for _, s := range secrets {
		if s != "" {
			b = bytes.ReplaceAll(b, []byte(s), []byte("[left out]"))
		}
	}
	return b
}

// summary is the story on one page.
func (e Evidence) summary() string {
	var b strings.Builder
	o := e.Order
	status, reason := o.Status()
	fmt.Fprintf(&b, "Order %s (%s)\nSold by %s\n", o.Code, o.ID, e.Merchant.Names.Pick("en"))
	fmt.Fprintf(&b, "Status %s %s\n\n", status, reason)
	fmt.Fprintf(&b, "%s on %s, %d places, %s\n", o.ProductName.Pick("en"), o.Slot(), o.Places(), o.Total())
	for _, l := range o.Quote.Lines {
		fmt.Fprintf(&b, "  %d x %s\n", l.Units, l.Names.Pick("en"))
	}
	fmt.Fprintf(&b, "Customer: %s, Telegram id %d, user name %q\n\n", o.Buyer.Name, o.Buyer.TelegramID, o.Buyer.Username)
	for _, c := range e.Captures {
		fmt.Fprintf(&b, "Paid %s: %s by %s, charge %s (%s)\n", Stamp(c.At), c.Amount, c.Gateway, c.Charge, c.Disposition)
	}
	for _, r := range e.Refunds {
		fmt.Fprintf(&b, "Refund %s: %s of charge %s (%s)\n", Stamp(r.At), r.Amount, r.Charge, r.State)
	}
	for _, x := range e.Disputes {
		fmt.Fprintf(&b, "Dispute %s: %s of charge %s, %s (%s)\n", Stamp(x.At), x.Amount, x.Charge, x.Reason, x.State)
	}
	b.WriteString("\nDelivered to the customer:\n")
	for _, x := range e.Deliveries {
		if x.To.Kind == tickets.ToCustomer && x.State == tickets.DeliverySent {
			fmt.Fprintf(&b, "  %s %s, message %d in chat %d\n", Stamp(x.Sent), x.Kind, x.Message, x.To.Chat)
		}
	}
	b.WriteString("\nAdmitted at the gate:\n")
	for _, a := range e.Admissions {
		fmt.Fprintf(&b, "  %s ticket %s, %d places, gate %q, by %s\n", Stamp(a.At), a.Ticket, a.Count, a.Gate, a.By.Name)
	}
	b.WriteString("\nTimeline:\n")
	for _, f := range e.Timeline {
		if !f.Hidden {
			fmt.Fprintf(&b, "  %s %s %s by %s\n", Stamp(f.At), f.Name, f.Result, f.Actor.Kind)
		}
	}
	return b.String()
}

// policy is what held for refunds, as it was fixed with the quote, and the texts of the shop.
func (e Evidence) policy() string {
	var b strings.Builder
	b.WriteString("Refunds, as fixed at purchase:\n")
	if len(e.Order.Quote.Refund.Brackets) == 0 {
		b.WriteString("  not refundable on the customer's wish\n")
	}
	for _, x := range e.Order.Quote.Refund.Brackets {
		fmt.Fprintf(&b, "  at least %d days before the visit: %d %%, less %s\n", x.Days, x.Percent,
			tickets.Money{Amount: x.Fee, Currency: e.Order.Total().Currency})
	}
	lang := e.Order.Buyer.Lang
	for _, x := range []struct{ head, text string }{
		{"Rules of the visit", e.Product.Rules.Pick(lang)}, {"Terms", e.Merchant.Terms.Pick(lang)}, {"Support", e.Merchant.Support.Pick(lang)},
	} {
		if x.text != "" {
			fmt.Fprintf(&b, "\n%s:\n%s\n", x.head, x.text)
		}
	}
	return b.String()
}
