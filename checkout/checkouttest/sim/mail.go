package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// mail is the channel of the provider's notices: at least once until they are taken, in no order.
type mail struct {
	w       *world
	letters []*posted
	count   int
}

// posted is one notice on its way.
type posted struct {
	body    []byte
	kind    checkout.ReportKind
	dropped bool // it never comes
	taken   bool // somebody answered 2xx
}

// post sends a notice of a report, which may get lost for ever.
func (m *mail) post(r checkout.Report) { m.send(r, m.w.hits(DropNotice)) }

// insist sends a notice of what nobody could find out by asking: it comes, sooner or later.
func (m *mail) insist(r checkout.Report) { m.send(r, false) }

func (m *mail) send(r checkout.Report, dropped bool) {
	m.count++
	body, err := json.Marshal(letter{ID: fmt.Sprintf("evt_%d", m.count), Reports: []checkout.Report{r}})
	if err != nil {
		panic(err) // a report is data
	}
	w := m.w
	l := &posted{body: body, kind: r.Kind, dropped: dropped}
	m.letters = append(m.letters, l)
	if l.dropped {
		w.cover.count("dropped notices")
		return
	}
	times := 1
	if w.hits(RepeatNotice) {
		times = 2 + w.dice.IntN(19)
		w.cover.count("repeated notices")
	}
	for range times {
		wait := w.dice.between(50*time.Millisecond, 5*time.Second)
		if w.hits(DelayNotice) {
			wait = w.dice.between(5*time.Second, 72*time.Hour)
			w.cover.count("delayed notices")
		}
		w.k.after(wait, func() { m.deliver(l) })
	}
}

// deliver brings a notice to the shop once, and again later when it is not taken.
func (m *mail) deliver(l *posted) {
	w := m.w
	w.k.spawn("notice "+string(l.kind), false, func() {
		err := w.proc.desk.Receive(context.Background(), gatewayName, http.Header{"Till": {signature}}, l.body)
		if err == nil {
			l.taken = true
		}
	})
	if !l.taken {
		w.k.after(w.dice.between(10*time.Second, time.Hour), func() {
			if !l.taken && !w.resting {
				m.deliver(l)
			}
		})
	}
}

// forge is somebody else's notice of money that nobody paid.
func (m *mail) forge() {
	w := m.w
	if len(w.bank.sessions) == 0 {
		return
	}
	s := one(w.dice, w.bank.sessions)
	body, err := json.Marshal(letter{ID: "evt_forged", Reports: []checkout.Report{{
		Kind: checkout.ReportPaid, Remote: s.Remote, Reference: s.Ref, Charge: "ch_forged", Amount: s.Total,
	}}})
	if err != nil {
		panic(err)
	}
	w.k.spawn("forged notice", false, func() {
		err := w.proc.desk.Receive(context.Background(), gatewayName, http.Header{"Till": {"guessed"}}, body)
		if err == nil {
			w.fail("M-10", "a forged notice was taken")
		} else if tickets.KindOf(err) == tickets.Unauthorized {
			w.cover.count("forged notices refused")
		}
	})
}

// rest brings every notice that was not dropped and not taken.
func (m *mail) rest() {
	for _, l := range m.letters {
		if !l.dropped && !l.taken {
			m.deliver(l)
		}
	}
}
