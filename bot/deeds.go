package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-telegram/bot/models"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// doAtOnce does what needs no second press.
func (t *talk) doAtOnce(ctx context.Context, m staffMove, s subject, by tickets.Member) error {
	switch m.deed {
	case deedOpen:
		return t.draw(ctx, t.caseMessage(s.caseView))
	case deedOwn:
		if _, err := t.Desk.TakeCase(ctx, s.ID, by); err != nil {
			return t.refusedDeed(ctx, m, err)
		}
		if err := t.toast(ctx, t.T("case.done.own")); err != nil {
			return err
		}
		return t.redrawSubject(ctx, m, t.pressed)
	case deedIssue:
		if _, err := t.Desk.Issue(ctx, s.orderID(), checkout.StaffOf(by, "bot")); err != nil {
			return t.refusedDeed(ctx, m, err)
		}
		if err := t.toast(ctx, t.T("notify.merchant.issued_toast")); err != nil {
			return err
		}
		return t.redrawSubject(ctx, m, t.pressed)
	case deedProof:
		if err := t.answer(ctx, "", false); err != nil {
			return err
		}
		if err := t.sendEvidence(ctx, s.order, by); err != nil {
			return err
		}
		return t.redrawSubject(ctx, m, t.pressed)
	case deedWhich:
		set, _ := unpackSet(m.detail)
		return t.draw(ctx, t.whichPanel(s, set))
	case deedHowMuch:
		return t.prompt(ctx, m, "amount", t.pressed)
	default: // deedPick
		set, _ := unpackSet(m.detail)
		return t.draw(ctx, t.refundPanel(s, set))
	}
}

// second is the second press: the deed is done.
func (t *talk) second(ctx context.Context, m staffMove, s subject, by tickets.Member) error {
	in := t.typedFor(m)
	reason := in.Reason
	if i := int(m.why) - '0'; m.why != reasonTyped && i >= 0 && i < len(duties[m.deed].reasons) {
		reason = t.T("case.reason." + duties[m.deed].reasons[i])
	}
	if reason == "" && !duties[m.deed].plain {
		return t.alert(ctx, t.T("case.no.reason"))
	}
	words, err := t.do(ctx, m, s, by, reason)
	if err != nil {
		return t.refusedDeed(ctx, m, err)
	}
	if err := t.toast(ctx, words); err != nil {
		return err
	}
	if err := t.unask(ctx); err != nil {
		return err
	}
	if in.Origin != 0 && in.Origin != t.pressed {
		if err := t.redrawSubject(ctx, m, in.Origin); err != nil {
			return err
		}
	}
	if !m.deed.aboutOrder() || m.deed == deedCannot {
		return t.redrawSubject(ctx, m, t.pressed)
	}
	return t.draw(ctx, Message{HTML: strings.Join([]string{
		t.HTML("case.done.by", "Words", words, "Name", by.Name, "When", t.DateTime(t.now, t.loc)),
		t.HTML("case.why", "Words", clip(reason, 300)), t.staffOrder(s.order),
	}, "\n")})
}

// refusedDeed says why not, and shows how it stands.
func (t *talk) refusedDeed(ctx context.Context, m staffMove, err error) error {
	if r := tickets.RefusalOf(err); r == nil || r.Kind == tickets.Unavailable {
		return err
	}
	s, failed := t.subject(ctx, m)
	if failed != nil {
		return failed
	}
	if err := t.alert(ctx, t.staffNo(err, s)); err != nil {
		return err
	}
	return t.redrawSubject(ctx, m, t.pressed)
}

// do does a deed that was pressed twice, and returns the words that say so.
func (t *talk) do(ctx context.Context, m staffMove, s subject, member tickets.Member, reason string) (string, error) {
	by := checkout.StaffOf(member, "bot")
	amount := t.Money(t.amount(m, s))
	var err error
	switch m.deed {
	case deedApprove:
		r, err := t.Desk.ApproveRefund(ctx, s.refund.ID, by, reason)
		if err == nil && r.State == tickets.RefundRequested {
			return t.T("case.done.first"), nil
		}
		return t.T("case.done.approve"+t.hand(r.Gateway, r.Amount.Currency), "Amount", amount), err
	case deedReject:
		_, err = t.Desk.RejectRefund(ctx, s.refund.ID, by, reason)
		return t.T("case.done.reject"), err
	case deedRetry:
		_, err = t.Desk.RetryRefund(ctx, s.refund.ID, by, reason)
		return t.T("case.done.retry", "Amount", amount), err
	case deedSettle:
		_, err = t.Desk.SettleRefund(ctx, s.refund.ID, by, t.typedFor(m).Reference, reason)
		return t.T("case.done.settle", "Amount", amount), err
	case deedUnpaid:
		_, err = t.Desk.UnsettleRefund(ctx, s.refund.ID, by, reason)
		return t.T("case.done.unpaid", "Amount", amount), err
	case deedReturn:
		r, err := t.Desk.RefundMoney(ctx, s.capture.Gateway, s.capture.Charge, by, reason)
		if err == nil && r.State == tickets.RefundRequested {
			return t.T("case.done.first"), nil
		}
		if t.hand(s.capture.Gateway, s.capture.Amount.Currency) != "" {
			return t.T("case.done.approve_hand", "Amount", amount), err
		}
		return t.T("case.done.retry", "Amount", amount), err
	case deedKeep:
		c, err := t.Desk.WriteOff(ctx, s.capture.Gateway, s.capture.Charge, by, reason)
		if err == nil && c.Resolved != tickets.ResolvedWriteOff {
			return t.T("case.done.first"), nil
		}
		return t.T("case.done.keep", "Amount", amount), err
	case deedLeave, deedPaidNo:
		_, err = t.Desk.CloseCase(ctx, s.ID, by, reason)
		return t.T("case.done." + duties[m.deed].name), err
	case deedEnd:
		return t.endTickets(ctx, m, s, by)
	case deedUse:
		_, err = t.Desk.ApplyMoney(ctx, s.orderID(), by, reason)
		return t.T("case.done.use"), err
	case deedCannot:
		_, err = t.Desk.FailIssue(ctx, s.orderID(), by, reason)
		return t.T("case.done.cannot"), err
	case deedPaid, deedPaidYes:
		return t.markPaid(ctx, m, s, by, reason)
	default:
		return t.giveBack(ctx, m, s, by, reason)
	}
}

// giveBack is staff who give applied money back: everything, some tickets, or an amount.
func (t *talk) giveBack(ctx context.Context, m staffMove, s subject, by checkout.Staff, reason string) (string, error) {
	if s.order.Total().Amount == 0 { // there is no money in it: its places return
		_, err := t.Desk.Cancel(ctx, checkout.Cancelling{Order: s.orderID(), Actor: by.Actor, Source: by.Source})
		return t.T("case.done.give_up"), err
	}
	w := checkout.RefundWish{
		Order: s.orderID(), By: by, Reason: reason, Key: fmt.Sprintf("bot:%d:%d:%s", t.chat, m.at, m.bare().pack()),
	}
	switch m.deed {
	case deedSome:
		set, _ := unpackSet(m.detail)
		codes, ok := chosen(endable(s.sale), set)
		if !ok {
			return "", goneChoice(s.orderID(), s.sale, set)
		}
		w.Tickets = codes
	case deedAmount:
		w.Amount = t.amount(m, s).Amount
	}
	rs, err := t.Desk.AskRefund(ctx, w)
	if err != nil {
		return "", err
	}
	if rs[0].State == tickets.RefundRequested {
		return t.T("case.done.asked", "Amount", t.Money(sumOf(rs))), nil
	}
	return t.T("case.done.approve"+t.hand(rs[0].Gateway, rs[0].Amount.Currency), "Amount", t.Money(sumOf(rs))), nil
}

// markPaid says that an order's money came by another way.
func (t *talk) markPaid(ctx context.Context, m staffMove, s subject, by checkout.Staff, reason string) (string, error) {
	in := t.typedFor(m)
	if m.deed == deedPaidYes {
		in.Amount, in.Reference = s.Amount.Amount, s.Ref
	}
	o, second, err := t.Desk.MarkPaid(ctx, checkout.MarkingPaid{
		Order: s.orderID(), By: by, Amount: in.Amount, Reference: in.Reference, Reason: reason,
	})
	if err != nil {
		return "", err
	}
	if second {
		return t.T("case.done.paid_first"), nil
	}
	if o.Paid() {
		return t.T("case.done.paid"), nil
	}
	return t.T("case.done.paid_review"), nil
}

// sendEvidence sends what a bank may ask for as a file.
func (t *talk) sendEvidence(ctx context.Context, o tickets.Order, by tickets.Member) error {
	e, err := t.Desk.Evidence(ctx, o.ID, checkout.StaffOf(by, "bot"))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := e.Write(&b); err != nil {
		return fmt.Errorf("evidence of %s: %w", o.ID, err)
	}
	lines := []string{t.HTML("case.evidence", "Code", o.Code)}
	for _, d := range e.Disputes {
		if d.Live() && !d.Deadline.IsZero() {
			lines = append(lines, t.HTML("case.deadline", "When", t.DateTime(d.Deadline, t.loc)))
		}
	}
	_, err = t.Sender.SendDocument(ctx, t.chat, "evidence-"+o.Code+".zip", b.Bytes(), Message{HTML: strings.Join(lines, "\n")})
	return err
}

// replied takes words as what they were asked for. In a group they are a reply to the asking; done is false for others.
func (t *talk) replied(ctx context.Context, m *models.Message) (done bool, err error) {
	if done, err := t.whyTyped(ctx, m.Text); done || err != nil {
		return done, err
	}
	f := strings.Fields(t.extra(extraAsk))
	if len(f) != 5 || f[0] != "Z" {
		return false, nil
	}
	asked, err := strconv.Atoi(f[1])
	origin, err2 := strconv.Atoi(f[2])
	move, ok := unpackStaff(f[4])
	if err != nil || err2 != nil || !ok {
		return false, t.unask(ctx)
	}
	if t.group && (m.ReplyToMessage == nil || m.ReplyToMessage.ID != asked) {
		return false, nil
	}
	if _, ok, err := t.allowed(ctx, duties[move.deed].act); !ok {
		return true, err
	}
	s, err := t.subject(ctx, move)
	switch {
	case errors.Is(err, tickets.NotFound):
		return true, t.unask(ctx)
	case err != nil:
		return true, err
	case s.decided(move.deed):
		if err := t.unask(ctx); err != nil {
			return true, err
		}
		return true, t.say(ctx, escaped(t.already(s)))
	}
	return true, t.took(ctx, move, s, f[3], origin, strings.TrimSpace(m.Text))
}

// took notes what was typed and asks for the second press.
func (t *talk) took(ctx context.Context, m staffMove, s subject, what string, origin int, words string) error {
	in := t.typedFor(m)
	switch what {
	case "amount":
		n, ok := minorUnits(words, s.order.Total().Currency)
		if !ok || n <= 0 {
			return t.say(ctx, Message{HTML: t.HTML("case.prompt.amount_wrong", "Left", t.Money(s.left()))})
		}
		m = staffMove{deed: deedAmount, id: m.id, detail: strconv.FormatInt(n, 36)}
		in = typed{Move: m.pack()}
	case "reference":
		in.Reference = clip(words, 100)
	default:
		in.Reason = clip(words, 500)
	}
	in.Origin = origin
	if err := t.setTyped(in); err != nil {
		return err
	}
	t.setExtra(extraAsk, "")
	if err := t.save(ctx); err != nil {
		return err
	}
	return t.say(ctx, t.armedMessage(m, s))
}
