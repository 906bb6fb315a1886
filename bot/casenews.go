package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// This file tells the merchant's group news of money that nobody has to decide about.

// refundNews tells the merchant's group what became of a refund.
func (b *Bot) refundNews(ctx context.Context, v voice, d tickets.Delivery, o tickets.Order) (Message, error) {
	var r tickets.Refund
	err := b.Store.View(ctx, func(x tickets.Reader) (err error) { r, err = x.Refund(tickets.RefundID(d.Args["refund"])); return err })
	if err != nil {
		return Message{}, fmt.Errorf("delivery %s: %w", d.ID, err)
	}
	key := "case.refund_news." + strings.ToLower(d.Args["fact"])
	if r.Source == tickets.RefundAtGateway && tickets.FactName(d.Args["fact"]) == tickets.RefundDone {
		key = "case.refund_news.found"
	}
	lines := []string{v.HTML(key, "Amount", v.given(d, "amount"))}
	if src := "case.source." + string(r.Source); v.Has(src) {
		lines = append(lines, v.HTML(src))
	}
	if n := len(r.Approvals); n > 0 && r.Approvals[n-1].By.Name != "" {
		lines = append(lines, v.HTML("case.decided_by", "Name", r.Approvals[n-1].By.Name))
	}
	if r.Evidence != "" {
		lines = append(lines, v.HTML("case.reference", "Reference", clip(r.Evidence, 100)))
	}
	if r.State == tickets.RefundCancelled && r.Note != "" {
		lines = append(lines, v.droppedLine(r))
	}
	if o.ID != "" {
		lines = append(lines, v.staffOrder(o))
	}
	return Message{HTML: strings.Join(lines, "\n")}, nil
}

// droppedWords are the words, under case.dropped, for the notes of refunds that were not sent.
var droppedWords = map[string]string{
	"used": "used", "asked": "asked", checkout.ResultDisputed: "disputed", checkout.NoteFound: "found",
}

// droppedLine says why a refund is not sent.
func (v voice) droppedLine(r tickets.Refund) string {
	if word, ok := droppedWords[r.Note]; ok {
		return v.HTML("case.dropped." + word)
	}
	return v.HTML("case.said", "Words", clip(r.Note, 200))
}

// disputeNews tells the merchant's group what a bank did. That tickets are good again is said where one can be used and
// the money paid for them.
func (v voice) disputeNews(d tickets.Delivery, o tickets.Order, issued []tickets.Ticket, paid bool) Message {
	key := "case.dispute_news." + strings.ToLower(d.Args["fact"])
	if other := key + "_other"; v.Has(other) && !paid {
		key = other
	}
	if plain := key + "_plain"; v.Has(plain) && (!paid || !slices.ContainsFunc(issued, usable)) {
		key = plain
	}
	lines := []string{v.HTML(key, "Amount", v.given(d, "amount"))}
	if o.Withdrawn > 0 {
		lines = append(lines, v.HTML("case.dispute_news.held", "Amount", v.Money(tickets.Money{Amount: o.Withdrawn, Currency: o.Total().Currency})))
	}
	if o.ID != "" {
		lines = append(lines, v.staffOrder(o))
	}
	return Message{HTML: strings.Join(lines, "\n")}
}
