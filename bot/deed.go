package bot

import (
	"strconv"
	"strings"
	"time"

	"boxoffice/tickets"
)

// What staff do by buttons about money is a deed. One that moves money, or ends something, is pressed twice: the first
// press arms it, which shows the same message with buttons that say "Sure?", each with a reason; the second, by the same
// person within a minute, does it. All that the second press needs is in its data:
//
//	deed, 1 character | case or order, 16 | detail, any number | "." who | "." when | "." reason, 1
//
// What does not fit into a button (typed words) is kept with the person's conversation in that chat, and the reason is
// reasonTyped then.

// deed is one thing that staff can do.
type deed byte

// The deeds about a case.
const (
	deedApprove deed = 'a'
	deedReject  deed = 'r'
	deedRetry   deed = 't' // send a failed refund again
	deedSettle  deed = 'p' // it was paid back by another way
	deedReturn  deed = 'm' // send money that never paid for anything back
	deedKeep    deed = 'k' // write it off
	deedLeave   deed = 'l' // nothing is to be done
	deedUse     deed = 'u' // let late money pay for its order
	deedGive    deed = 'w' // give all of the case's order back
	deedProof   deed = 'e' // put the evidence together
	deedOwn     deed = 'o' // take the case
	deedOpen    deed = 'c' // show it
	deedIssue   deed = 'i' // issue the tickets of the case's order
	deedWhich   deed = 'h' // choose the tickets that a found refund was for; detail: which so far, see packSet
	deedEnd     deed = 'x' // end them; detail: which
	deedPaidYes deed = 'd' // the money that somebody says came by another way is there
	deedPaidNo  deed = 'v' // … is not there
	deedUnpaid  deed = 'j' // what was settled by hand was not paid
)

// The deeds about an order.
const (
	deedWhole   deed = 'f' // give everything back
	deedSome    deed = 's' // give some tickets back; detail: which, see packSet
	deedAmount  deed = 'q' // give an amount back; detail: minor units in base 36
	deedCannot  deed = 'n' // its tickets cannot be issued
	deedPaid    deed = 'b' // it was paid by another way
	deedPick    deed = 'y' // choose tickets to give back; detail: which so far
	deedHowMuch deed = 'z' // ask for an amount to give back
)

// reasonTyped stands for a reason in the person's own words, and reasonAsk for their wish to type one.
const (
	reasonTyped = 'z'
	reasonAsk   = 'y'
	reasonNone  = '-' // none is needed
)

// sureFor is how long the second press counts.
const sureFor = time.Minute

// duty is what a deed asks of who does it.
type duty struct {
	act     tickets.Act
	name    string   // of its words: case.deed.NAME
	reasons []string // words to choose from: case.reason.NAME
	typed   string   // what must be typed first: "reference", or nothing
	at      bool     // done by the first press
	plain   bool     // needs no reason
	danger  bool
}

var duties = map[deed]duty{
	deedApprove: {act: tickets.ActRefund, name: "approve", reasons: []string{"policy", "goodwill", "our_mistake"}},
	deedReject:  {act: tickets.ActRefund, name: "reject", reasons: []string{"not_policy", "abuse", "agreed_otherwise"}, danger: true},
	deedRetry:   {act: tickets.ActRefund, name: "retry", reasons: []string{"again"}},
	deedSettle:  {act: tickets.ActMoney, name: "settle", typed: "reference", reasons: []string{"transfer", "cash"}},
	deedReturn:  {act: tickets.ActRefund, name: "return", reasons: []string{"not_ours"}},
	deedKeep:    {act: tickets.ActMoney, name: "keep", reasons: []string{"payer_unknown", "agreed"}, danger: true},
	deedLeave:   {act: tickets.ActRefund, name: "leave", reasons: []string{"looked_into"}},
	deedUse:     {act: tickets.ActMoney, name: "use", reasons: []string{"agreed"}},
	deedGive:    {act: tickets.ActRefund, name: "give", reasons: []string{"our_mistake", "fraud"}, danger: true},
	deedProof:   {act: tickets.ActAsk, name: "proof", at: true},
	deedOwn:     {act: tickets.ActAsk, name: "own", at: true},
	deedOpen:    {act: tickets.ActAsk, name: "open", at: true},
	deedIssue:   {act: tickets.ActIssue, name: "issue", at: true},
	deedWhich:   {act: tickets.ActRefund, name: "which", at: true},
	deedEnd:     {act: tickets.ActRefund, name: "end", plain: true, danger: true},
	deedPaidYes: {act: tickets.ActMoney, name: "paid_yes", reasons: []string{"seen"}},
	deedPaidNo:  {act: tickets.ActRefund, name: "paid_no", reasons: []string{"not_seen"}, danger: true},
	deedUnpaid:  {act: tickets.ActMoney, name: "unpaid", reasons: []string{"not_paid", "to_other"}, danger: true},
	deedWhole:   {act: tickets.ActAsk, name: "whole", reasons: []string{"goodwill", "our_mistake", "agreed"}, danger: true},
	deedSome:    {act: tickets.ActAsk, name: "some", reasons: []string{"goodwill", "our_mistake", "agreed"}, danger: true},
	deedAmount:  {act: tickets.ActAsk, name: "amount", reasons: []string{"goodwill", "our_mistake", "agreed"}, danger: true},
	deedCannot:  {act: tickets.ActIssue, name: "cannot", reasons: []string{"supplier_full", "details_wrong"}, danger: true},
	deedPaid:    {act: tickets.ActMoney, name: "paid", reasons: nil},
	deedPick:    {act: tickets.ActAsk, name: "pick", at: true},
	deedHowMuch: {act: tickets.ActAsk, name: "how_much", at: true},
}

// aboutOrder reports whether the deed's subject is an order, and not a case.
func (d deed) aboutOrder() bool { return strings.IndexByte("fsqnbyz", byte(d)) >= 0 }

// staffMove is a deed's button.
type staffMove struct {
	deed   deed
	id     string // of the case or the order
	detail string // digits of base 36
	who    int64  // who armed it; zero while it is not armed
	at     int64  // when, in seconds
	why    byte   // '0' and up: one of the deed's reasons
}

// pack writes the argument of the button.
func (m staffMove) pack() string {
	prefix := tickets.PrefixCase
	if m.deed.aboutOrder() {
		prefix = tickets.PrefixOrder
	}
	s := string(rune(m.deed)) + packID(prefix, m.id) + m.detail
	if m.who == 0 {
		return s
	}
	return s + "." + strconv.FormatInt(m.who, 36) + "." + strconv.FormatInt(m.at, 36) + "." + string(rune(m.why))
}

func (m staffMove) data() string { return about(actStaff, m.pack()) }

// unpackStaff reads what pack writes; ok is false for anything else.
func unpackStaff(arg string) (m staffMove, ok bool) {
	if arg == "" {
		return m, false
	}
	m.deed = deed(arg[0])
	if _, known := duties[m.deed]; !known {
		return m, false
	}
	prefix := tickets.PrefixCase
	if m.deed.aboutOrder() {
		prefix = tickets.PrefixOrder
	}
	id, rest, ok := unpackID(prefix, arg[1:])
	if !ok {
		return m, false
	}
	parts := strings.Split(rest, ".")
	m.id, m.detail = id, parts[0]
	if strings.Trim(m.detail, "0123456789abcdefghijklmnopqrstuvwxyz") != "" {
		return m, false
	}
	if len(parts) == 4 {
		who, err := strconv.ParseInt(parts[1], 36, 64)
		at, late := strconv.ParseInt(parts[2], 36, 64)
		if err != nil || late != nil || who <= 0 || len(parts[3]) != 1 {
			return m, false
		}
		m.who, m.at, m.why = who, at, parts[3][0]
	}
	return m, (len(parts) == 1 || len(parts) == 4) && m.pack() == arg
}

// armed reports whether the press is the second one of its person, in time.
func (m staffMove) armed(who int64, now time.Time) bool {
	passed := now.Unix() - m.at
	return m.who == who && passed >= 0 && passed <= int64(sureFor/time.Second)
}
