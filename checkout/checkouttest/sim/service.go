package sim

import (
	"fmt"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// This file is what staff do for people who have tickets, and how they take their own mistakes back.

// services are the verbs of this file.
var services = []string{"MoveDate", "ReissueTicket", "Replay", "UndoAdmission", "UnsettleRefund"}

// serve does one of them: the one that the schedule aims at, if it aims at one.
func (w *world) serve() {
	verb := one(w.dice, services)
	for _, s := range services {
		if s == w.aim {
			verb = s
		}
	}
	w.questions++
	key := fmt.Sprintf("serve%d", w.questions)
	switch verb {
	case "MoveDate":
		w.moveDate(key)
	case "ReissueTicket":
		w.reissue(key)
	case "Replay":
		w.replay()
	case "UndoAdmission":
		w.undo()
	default:
		w.unsettle()
	}
}

// moveDate moves somebody who paid to another day.
func (w *world) moveDate(key string) {
	id, ok := w.truth.some(w.dice, func(o tickets.Order) bool { return o.Paid() && o.Refunding == 0 })
	if !ok {
		return
	}
	to := tickets.Slot{Date: firstVisit + tickets.Date(w.dice.IntN(6))}
	keep := w.dice.IntN(2) == 0
	w.press("moved again", func() {
		_, err := w.proc.desk.MoveDate(noContext, checkout.MovingDate{Order: id, By: w.by(0), To: to, KeepPrice: keep, Reason: "they asked", Key: key})
		w.expect("move date", err, tickets.Conflict, tickets.Closed, tickets.SoldOut, tickets.Limit, tickets.Changed, tickets.NotFound, tickets.Invalid)
		if err == nil {
			w.cover.count("moved by staff")
		}
	})
}

// replay has a notice judged again that was of no interest when it came.
func (w *world) replay() {
	all := inOrder(w.truth.ignored)
	if len(all) == 0 {
		return
	}
	id := one(w.dice, all)
	w.press("replayed again", func() {
		_, err := w.proc.desk.Replay(noContext, id)
		w.expect("replay", err)
	})
}

// reissue gives somebody who lost a ticket another.
func (w *world) reissue(key string) {
	k, ok := w.truth.someTicket(w.dice)
	if !ok {
		return
	}
	w.press("reissued again", func() {
		_, err := w.proc.desk.ReissueTicket(noContext, checkout.Reissuing{Ticket: k.Code, By: w.by(1), Reason: "lost", Key: key})
		w.expect("reissue", err, tickets.Conflict)
	})
}

// undo takes a use of a ticket back.
func (w *world) undo() {
	if len(w.truth.uses) == 0 {
		w.admitSome()
		return
	}
	a := one(w.dice, w.truth.uses)
	in := checkout.Undoing{Ticket: a.Ticket, N: a.N, By: w.by(0), Reason: "the wrong group"}
	w.press("undone again", func() {
		_, err := w.proc.desk.UndoAdmission(noContext, in)
		w.expect("undo", err, tickets.Conflict)
	})
}

// unsettle says that what was to be paid back by hand was not.
func (w *world) unsettle() {
	var settled []tickets.Refund
	for _, r := range inOrder(w.truth.refunds) {
		if r.State == tickets.RefundSucceeded && r.Evidence != "" {
			settled = append(settled, r)
		}
	}
	if len(settled) == 0 {
		return
	}
	id := one(w.dice, settled).ID
	w.press("unsettled again", func() {
		_, err := w.proc.desk.UnsettleRefund(noContext, id, w.by(0), "nobody has the receipt")
		w.expect("unsettle", err, tickets.Conflict, tickets.Limit)
	})
}
