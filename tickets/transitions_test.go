package tickets

import (
	"slices"
	"testing"
	"time"
)

var everyStage = []Stage{
	StageNone, StageHeld, StageAwaiting, StageExpiring, StageExpired, StageCancelled, StagePaymentReview, StagePaid, StageFulfilling, StageFulfilled,
	StageFulfilFailed, StageCompleted, StageRefunded,
}

// TestOnlyRowsOfTheTableMoveAnOrder takes every row from every stage. The table is written down here a second time.
func TestOnlyRowsOfTheTableMoveAnOrder(t *testing.T) {
	t.Parallel()
	const same = Same
	law := map[TransitionID]map[Stage]Stage{
		"T6":   {StageNone: StageHeld},
		"T8":   {StageHeld: StageAwaiting, StageAwaiting: StageAwaiting},
		"T9":   {StageAwaiting: same, StageExpiring: same},
		"T11":  {StageAwaiting: same, StageExpiring: same},
		"T12a": {StageHeld: StageCancelled},
		"T12b": {StageAwaiting: StageExpiring},
		"T12c": {StageExpiring: StageCancelled},
		"T12d": {StageExpiring: StagePaymentReview},
		"T13":  {StageHeld: StageExpired},
		"T14":  {StageAwaiting: StageExpiring},
		"T15":  {StageExpiring: StageExpired},
		"T16":  {StageExpiring: same},
		"T17":  {StageExpiring: StagePaid},
		"T18":  {StageHeld: StagePaid, StageAwaiting: StagePaid},
		"T19":  {StageExpired: StagePaid, StageCancelled: StagePaid},
		"T20":  {StageExpired: StagePaymentReview, StageCancelled: StagePaymentReview, StagePaymentReview: StagePaymentReview},
		"T24":  {StageHeld: StagePaymentReview, StageAwaiting: StagePaymentReview, StageExpiring: StagePaymentReview},
		"T24p": {StagePaymentReview: same},
		"T24s": {StagePaymentReview: same},
		"T24x": {StagePaymentReview: same},
		"T25":  {StagePaymentReview: StagePaid},
		"T26":  {StageHeld: StagePaid, StageAwaiting: StagePaid, StageExpiring: StagePaid},
		"T27": {
			StageHeld: StagePaymentReview, StageAwaiting: StagePaymentReview, StageExpiring: StagePaymentReview, StageExpired: StagePaymentReview,
			StageCancelled: StagePaymentReview, StagePaymentReview: StagePaymentReview,
		},
		"T27a": {
			StageHeld: same, StageAwaiting: same, StageExpiring: same, StageExpired: same, StageCancelled: same, StagePaymentReview: same,
			StagePaid: same, StageFulfilling: same, StageFulfilled: same, StageFulfilFailed: same, StageCompleted: same, StageRefunded: same,
		},
		"T28": stay(StageRefunded, StagePaid, StageFulfilling, StageFulfilled, StageFulfilFailed, StageCompleted),
		"T31": {StagePaid: StageFulfilling},
		"T32": {StagePaid: StageFulfilled, StageFulfilling: StageFulfilled},
		"T10": {StageAwaiting: same}, "T10r": {StageExpired: StageAwaiting},
		"T21": {StagePaymentReview: StagePaid}, "T22e": {StagePaymentReview: StageExpired}, "T22c": {StagePaymentReview: StageCancelled},
		"T33":  {StagePaid: StageFulfilFailed, StageFulfilling: StageFulfilFailed},
		"T34":  {StageFulfilFailed: StageFulfilling},
		"T35":  stay(StagePaid, StageFulfilling, StageFulfilled, StageFulfilFailed, StageCompleted),
		"T35x": stay(StagePaid, StageFulfilling, StageFulfilled, StageFulfilFailed, StageCompleted),
		"T35s": stay(StagePaid, StageFulfilling, StageFulfilled, StageFulfilFailed, StageCompleted),
		"T36":  stay(StagePaid, StageFulfilling, StageFulfilled, StageFulfilFailed, StageCompleted),
		"T37": {
			StagePaid: StageRefunded, StageFulfilling: StageRefunded, StageFulfilled: StageRefunded, StageFulfilFailed: StageRefunded,
			StageCompleted: StageRefunded,
		},
		"T38":  stay(StageRefunded, StagePaid, StageFulfilling, StageFulfilled, StageFulfilFailed, StageCompleted),
		"T40":  stay(StageRefunded, StagePaid, StageFulfilling, StageFulfilled, StageFulfilFailed, StageCompleted),
		"T40n": stay(StageRefunded, StagePaid, StageFulfilling, StageFulfilled, StageFulfilFailed, StageCompleted),
		"T41":  stay(StageRefunded, StagePaid, StageFulfilling, StageFulfilled, StageFulfilFailed, StageCompleted),
		"T41r": {
			StagePaid: StageRefunded, StageFulfilling: StageRefunded, StageFulfilled: StageRefunded, StageFulfilFailed: StageRefunded,
			StageCompleted: StageRefunded,
		},
		"T42":  stay(StageRefunded, StagePaid, StageFulfilling, StageFulfilled, StageFulfilFailed, StageCompleted),
		"T42r": {StageRefunded: StageFulfilled},
		"T42s": {StageRefunded: StageFulfilFailed, StageFulfilled: StageFulfilFailed},
		"T42k": {StageFulfilFailed: StageCompleted},
		"T43":  stay(StageRefunded, StagePaid, StageFulfilling, StageFulfilled, StageFulfilFailed, StageCompleted),
		"T44":  stay(StagePaid, StageFulfilling, StageFulfilled, StageFulfilFailed, StageCompleted),
		"T39":  stay(StagePaid, StageFulfilling, StageFulfilled),
		"T45":  {StageFulfilled: StageCompleted},
		"T47":  stay(StagePaid, StageFulfilling, StageFulfilled),
	}
	if len(Transitions) != len(law) {
		t.Errorf("%d rows, want %d", len(Transitions), len(law))
	}
	at := time.Date(2026, 3, 20, 8, 0, 0, 999999, time.UTC)
	for id, rows := range law {
		for _, from := range everyStage {
			o := Order{ID: "order_1", Stage: from, Rev: 4, EndedBy: ActorSystem}
			to, ok := rows[from]
			if to == same {
				to = from
			}
			if o.Allows(id) != ok {
				t.Errorf("%s from %q: allowed %v", id, from, !ok)
			}
			before, err := o.Move(id, at)
			switch {
			case before != from:
				t.Errorf("%s from %q: before is %q", id, from, before)
			case ok && (err != nil || o.Stage != to || o.Rev != 5 || !o.Changed.Equal(Milli(at))):
				t.Errorf("%s from %q: %q, revision %d, %v", id, from, o.Stage, o.Rev, err)
			case !ok && (KindOf(err) != Conflict || o.Stage != from || o.Rev != 4):
				t.Errorf("%s from %q: %q, %v", id, from, o.Stage, err)
			}
		}
	}
	o := Order{Stage: StageHeld}
	if _, err := o.Move("T99", at); KindOf(err) != Invalid || o.Allows("T99") {
		t.Errorf("no such row: %v", err)
	}
}

// TestNoShortcutsToPaidAndFulfilled walks the table and looks at each arrow into PAID and FULFILLED.
func TestNoShortcutsToPaidAndFulfilled(t *testing.T) {
	t.Parallel()
	into := func(to Stage, from Stage) (ids []TransitionID) {
		for _, r := range Transitions {
			if r.To == to && slices.Contains(r.From, from) {
				ids = append(ids, r.ID)
			}
		}
		return ids
	}
	for _, from := range []Stage{StageNone, StageHeld, StageAwaiting, StageExpiring, StageExpired, StageCancelled, StagePaymentReview} {
		if ids := into(StageFulfilled, from); ids != nil {
			t.Errorf("%q becomes FULFILLED by %v", from, ids)
		}
	}
	for _, from := range []Stage{StageExpired, StageCancelled} {
		if ids := into(StagePaid, from); len(ids) != 1 || ids[0] != TPayLate {
			t.Errorf("%s becomes PAID by %v", from, ids)
		}
	}
	for _, from := range []Stage{StagePaid, StageFulfilling, StageFulfilled} {
		for _, to := range []Stage{StageHeld, StageAwaiting, StageExpiring, StageExpired, StageCancelled, StagePaymentReview} {
			if ids := into(to, from); ids != nil {
				t.Errorf("%s goes back to %s by %v", from, to, ids)
			}
		}
	}
	for _, by := range []ActorKind{ActorCustomer, ActorMember, ActorToken, ""} {
		o := Order{Stage: StageCancelled, EndedBy: by}
		if _, err := o.Move(TPayLate, time.Now()); KindOf(err) != Conflict || o.Stage != StageCancelled {
			t.Errorf("cancelled by %q, then %s: %v", by, o.Stage, err)
		}
	}
}

func TestOrderRemembersHowItEnded(t *testing.T) {
	t.Parallel()
	o := Order{Stage: StageExpiring, EndedBy: ActorSystem}
	for _, step := range []struct {
		id    TransitionID
		ended bool
	}{{TExpired, true}, {TLateReview, true}} {
		if _, err := o.Move(step.id, time.Now()); err != nil || o.Ended() != step.ended {
			t.Fatalf("%s: ended %v, %v", step.id, o.Ended(), err)
		}
	}
	if o.EndedAs != StageExpired {
		t.Errorf("ended as %s", o.EndedAs)
	}
	revived := Order{Stage: StageExpired, EndedAs: StageExpired, EndedBy: ActorSystem}
	if _, err := revived.Move(TPayLate, time.Now()); err != nil || revived.Ended() || revived.EndedBy != "" {
		t.Errorf("revived: ended as %q by %q, %v", revived.EndedAs, revived.EndedBy, err)
	}
}

func TestStatusIsDerived(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		stage, ended Stage
		status       Status
		why          string
		payment      string
		fulfilment   string
	}{
		{StageHeld, "", StatusInit, "", "PENDING", "PENDING"},
		{StageAwaiting, "", StatusInit, "", "PENDING", "PENDING"},
		{StageExpiring, "", StatusInit, "", "PENDING", "PENDING"},
		{StageExpired, StageExpired, StatusClosed, "EXPIRED", "EXPIRED", "PENDING"},
		{StageCancelled, StageCancelled, StatusClosed, "CANCELLED", "EXPIRED", "PENDING"},
		{StagePaymentReview, "", StatusInit, "PAYMENT_REVIEW", "PENDING", "PENDING"},
		{StagePaymentReview, StageExpired, StatusClosed, "EXPIRED", "EXPIRED", "PENDING"},
		{StagePaymentReview, StageCancelled, StatusClosed, "CANCELLED", "EXPIRED", "PENDING"},
		{StagePaid, "", StatusCharged, "", "SUCCESS", "PENDING"},
		{StageFulfilling, "", StatusCharged, "", "SUCCESS", "IN_PROGRESS"},
		{StageFulfilled, "", StatusFulfilled, "", "SUCCESS", "FULFILLED"},
	} {
		o := Order{Stage: c.stage, EndedAs: c.ended}
		if s, why := o.Status(); s != c.status || why != c.why {
			t.Errorf("%s after %q: %s %q, want %s %q", c.stage, c.ended, s, why, c.status, c.why)
		}
		if got := o.PaymentStatus(PaymentOpen); got != c.payment {
			t.Errorf("%s after %q: payment %s, want %s", c.stage, c.ended, got, c.payment)
		}
		if got := o.FulfilmentStatus(); got != c.fulfilment {
			t.Errorf("%s: fulfilment %s, want %s", c.stage, got, c.fulfilment)
		}
	}
	if got := (Order{Stage: StageAwaiting}).PaymentStatus(PaymentFailed); got != "FAILED" {
		t.Errorf("after a refusal: %s", got)
	}
}

func TestPaymentStateOfAnOrder(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]Order{
		"UNPAID":         {Stage: StageHeld},
		"PENDING":        {Stage: StageExpiring},
		"PARTIALLY_PAID": {Stage: StagePaymentReview, Kept: 1},
		"PAID":           {Stage: StageFulfilled, Applied: 5},
		"OVERPAID":       {Stage: StagePaid, Applied: 5, Owed: 1},
	} {
		if got := o.PaymentState(); got != want {
			t.Errorf("%+v: %s, want %s", o.Stage, got, want)
		}
	}
	if got := (Order{Stage: StagePaymentReview, Owed: 1}).PaymentState(); got != "UNPAID" {
		t.Errorf("owed only: %s", got)
	}
}

func TestSettleSumsTheOrdersOwnCurrency(t *testing.T) {
	t.Parallel()
	o := Order{Quote: Quote{Total: Money{Currency: "SGD"}}, Applied: 1, Owed: 1, Kept: 1}
	o.Settle([]Capture{
		{Amount: Money{100, "SGD"}, Disposition: Overpaid, Applied: 90, Owed: 10},
		{Amount: Money{40, "SGD"}, Disposition: Underpaid},
		{Amount: Money{30, "SGD"}, Disposition: Underpaid, Owed: 30},
		{Amount: Money{77, "USD"}, Disposition: WrongCurrency, Owed: 77},
	})
	if o.Applied != 90 || o.Owed != 40 || o.Kept != 40 {
		t.Errorf("applied %d, owed %d, kept %d", o.Applied, o.Owed, o.Kept)
	}
}

var everyPaymentState = []PaymentState{
	PaymentCreated, PaymentOpen, PaymentUnknown, PaymentAsync, PaymentCaptured, PaymentFailed, PaymentClosing, PaymentClosed,
}

func TestPaymentMovesByItsLaw(t *testing.T) {
	t.Parallel()
	law := map[PaymentState][]PaymentState{
		PaymentCreated:  {PaymentOpen, PaymentUnknown, PaymentFailed, PaymentAsync, PaymentClosing, PaymentCaptured, PaymentClosed},
		PaymentUnknown:  {PaymentOpen, PaymentUnknown, PaymentFailed, PaymentAsync, PaymentClosing, PaymentCaptured, PaymentClosed},
		PaymentOpen:     {PaymentAsync, PaymentFailed, PaymentClosing, PaymentCaptured, PaymentClosed},
		PaymentAsync:    {PaymentFailed, PaymentClosing, PaymentCaptured, PaymentClosed},
		PaymentClosing:  {PaymentClosing, PaymentFailed, PaymentCaptured, PaymentClosed, PaymentOpen},
		PaymentClosed:   {PaymentClosing, PaymentCaptured, PaymentOpen},
		PaymentFailed:   {PaymentClosing, PaymentCaptured},
		PaymentCaptured: nil,
	}
	live := []PaymentState{PaymentCreated, PaymentOpen, PaymentUnknown, PaymentAsync, PaymentClosing}
	for _, from := range everyPaymentState {
		for _, to := range everyPaymentState {
			p := Payment{State: from}
			err := p.Move(to, time.Now())
			if ok := slices.Contains(law[from], to); ok && (err != nil || p.State != to) || !ok && (KindOf(err) != Conflict || p.State != from) {
				t.Errorf("%s to %s: %s, %v", from, to, p.State, err)
			}
		}
		if got := (Payment{State: from}).Live(); got != slices.Contains(live, from) {
			t.Errorf("%s live: %v", from, got)
		}
		if from != PaymentCaptured && !slices.Contains(paymentMoves[from], PaymentCaptured) {
			t.Errorf("%s refuses money", from)
		}
	}
}

func TestPaymentAsAResource(t *testing.T) {
	t.Parallel()
	for state, want := range map[PaymentState]string{
		"": "temp", PaymentCreated: "temp", PaymentUnknown: "temp", PaymentOpen: "pending", PaymentAsync: "pending", PaymentClosing: "pending",
		PaymentCaptured: "completed", PaymentFailed: "failed", PaymentClosed: "expired",
	} {
		if got := (Payment{State: state}).ResourceStatus(); got != want {
			t.Errorf("%s: %s, want %s", state, got, want)
		}
	}
}

func TestFactsAreNumberedByTheirOrder(t *testing.T) {
	t.Parallel()
	o := Order{ID: "order_1", Stage: StageHeld, Gen: 1, Rev: 3}
	for want := range int64(3) {
		f := o.Record(EventIgnored, time.Unix(0, 1999999), Actor{Kind: ActorSystem}, "test", "", StageHeld, map[string]int{"n": 1})
		if f.Seq != want+1 || o.Facts != f.Seq || f.Order != o.ID || f.Rev != 3 || f.Gen != 1 || f.After != StageHeld || string(f.Data) != `{"n":1}` || f.At.Nanosecond() != 1e6 {
			t.Errorf("%+v", f)
		}
	}
}

// stay is a row that moves none of the stages.
func stay(stages ...Stage) map[Stage]Stage {
	m := map[Stage]Stage{}
	for _, s := range stages {
		m[s] = "same"
	}
	return m
}
