package sim

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"boxoffice/checkout"
	"boxoffice/notify"
	"boxoffice/storage/bolt"
	"boxoffice/tickets"
)

// world is one schedule: a shop that may die at any point, and around it all that survives.
type world struct {
	seed    uint64
	k       *kernel
	dice    *dice
	luck    [numFaults]*dice // of each class of faults, so that one can be turned off without moving the others
	faults  swarm
	cover   *Coverage
	bank    *bank
	mail    *mail
	chat    *chat
	truth   *truth
	proc    *process
	people  []*customer
	staff   []tickets.Member
	path    string
	born    int    // processes so far
	audit   bool   // the product's own audit is asked at the end
	calm    bool   // not even crashes happen any more
	resting bool   // faults are off and everything is to come to rest
	crashes int    // that may still happen
	banks   bool   // what banks argue about is most of what happens
	aim     string // the one verb at which the process dies, again and again; "" is anywhere
	plot    plot
	tooLate bool // people open a page for the rest of their money, and pay it when it is being closed
	closes  bool // the merchant closes dates that have orders
	doomed  int  // steps until a process whose store failed ends; 0: it is well
	wares   tickets.Catalog
	acted   time.Time // when a customer did something last
	until   time.Time // passes and staff go on until then when all customers have gone

	questions int // pre-checkouts and other things that need a name of their own
	found     *Violation
}

// process is one life of the shop between two crashes.
type process struct {
	store      *points
	desk       *checkout.Desk
	dispatcher *notify.Dispatcher
	ctx        context.Context // of the dispatcher, which wants one that could end
	end        context.CancelFunc
}

// phase is when a process stops: before a commit or a call, or after it.
type phase int

const (
	before phase = iota
	after
)

// opening is when every schedule begins: an evening in Singapore, the day before the first visits.
var opening = time.Date(2026, 3, 20, 8, 36, 16, 30e6, time.UTC)

func newWorld(seed uint64, dir string, o Options, cover *Coverage) *world {
	w := &world{seed: seed, dice: newDice(seed, 1), cover: cover, path: filepath.Join(dir, "shop.db")}
	w.faults = drawSwarm(w.dice, o.Off)
	for f := range numFaults {
		w.luck[f] = newDice(seed, 1000+uint64(f))
	}
	w.k = &kernel{dice: newDice(seed, 2), now: opening, clog: w.faults[Clog], ended: w.turned}
	w.k.trace.echo = o.Trace
	w.audit, w.crashes = !o.NoAudit, w.dice.IntN(50)
	if w.dice.IntN(6) > 0 {
		w.aim, w.crashes = aim(w.dice), 30
	}
	if slices.Contains(o.Off, Crash) {
		w.crashes = 0
	}
	w.bank, w.mail, w.chat, w.truth = newBank(w), &mail{w: w}, newChat(w), newTruth(w)
	w.wares = wares(2 + w.dice.IntN(10))
	switch {
	case w.busyShop():
		w.wares = wares(30)
	case w.aim == "applyLate":
		w.wares = wares(2) // late money finds no places
	}
	w.banks = w.dice.IntN(3) == 0 || w.aim == "moveReversed"
	if w.drawPlot(o.Off); w.banks {
		w.wares = wares(2 + w.dice.IntN(2))
		for _, f := range []Fault{Dispute, OddAmount, NewCapacity} {
			if !slices.Contains(o.Off, f) {
				w.faults[f] = max(w.faults[f], 0.5)
			}
		}
	}
	w.closes = w.dice.IntN(5) == 0 && w.plot == noPlot || slices.Contains(closings, w.aim)
	return w
}

// hits throws the dice for a fault; nothing goes wrong any more while the world comes to rest.
func (w *world) hits(f Fault) bool {
	return !w.resting && w.luck[f].chance(w.faults[f])
}

// fail notes what must not be; the first counts.
func (w *world) fail(rule, format string, args ...any) {
	if w.found == nil {
		w.found = &Violation{Seed: w.seed, Rule: rule, What: fmt.Sprintf(format, args...), Trace: w.k.trace.newest()}
	}
}

// birth starts the shop on its file.
func (w *world) birth() error {
	store, err := bolt.Open(noContext, w.path, bolt.Options{})
	if err != nil {
		return err
	}
	w.born++
	p := &process{store: &points{w: w, inner: store}}
	p.ctx, p.end = context.WithCancel(noContext)
	d := checkout.Desk{
		Store: p.store, Gateways: []checkout.Gateway{gateway{w}}, Route: notify.Route, Now: w.clock, Rand: stream{newDice(w.seed, uint64(100+w.born))},
		Log: slog.New(slog.DiscardHandler), PublicURL: "https://shop.example", AtOnce: 1,
	}
	if p.desk, err = checkout.New(d); err != nil {
		return err
	}
	p.dispatcher, err = notify.New(notify.Config{Store: p.store, Sender: w.chat, Now: w.clock, Parallel: 1})
	w.proc = p
	return err
}

func (w *world) clock() time.Time { return w.k.now }

// death ends the process where it stands and starts another on what it left.
func (w *world) death() {
	w.proc.store.dead = true
	w.k.killAll()
	w.proc.end()
	w.doomed = 0
	if err := w.proc.store.inner.Close(); err != nil {
		w.fail("S", "close: %v", err)
		return
	}
	w.k.trace.add(w.k.now, "kernel", "the process died")
	if err := w.birth(); err != nil {
		w.fail("S", "start anew: %v", err)
		return
	}
	w.truth.remembered()
}

// crashed throws the dice for a crash at a named point. It does not return when the running task dies with the process.
func (w *world) crashed(name string, ph phase) bool {
	dies := w.dies(name, ph)
	if dies {
		w.die()
	}
	return dies
}

// dies throws the dice for a crash at a named point; the process then is to die at once.
func (w *world) dies(name string, ph phase) bool {
	if w.k.current == nil || w.calm || w.crashes == 0 || !w.luck[Crash].chance(evenly(w.deadliness(name), ph)) {
		return false
	}
	w.crashes--
	w.cover.crash(name, ph)
	w.k.trace.add(w.k.now, w.k.current.name, fmt.Sprintf("CRASH %s %s", [...]string{"before", "after"}[ph], name))
	return true
}

// die ends the process. It does not return when the running task dies with it.
func (w *world) die() {
	w.proc.store.dead = true
	if !w.k.current.atomic {
		panic(killed{})
	}
}

// evenly is how likely the process dies at one phase of a point at which it dies with probability p: as often before it
// as after.
func evenly(p float64, ph phase) float64 {
	if ph == before {
		return p / 2
	}
	return p / 2 / (1 - p/2)
}

// deadliness is how likely the process dies at one point of a name, before or after it.
func (w *world) deadliness(name string) float64 {
	switch w.aim {
	case "":
		return w.faults[Crash] * rate(name)
	case name:
		return 0.9
	default:
		return 0
	}
}

// unknownOutcome throws the dice for a commit that fails, committed or not.
func (w *world) unknownOutcome(name string) (unknown, committed bool) {
	if w.k.current == nil || w.crashes == 0 || !w.hits(CommitUnknown) {
		return false, false
	}
	w.crashes--
	committed = w.dice.IntN(2) == 0
	w.doomed = 1 + w.dice.IntN(12)
	w.cover.count(map[bool]string{true: "commits unknown, there", false: "commits unknown, not there"}[committed])
	w.k.trace.add(w.k.now, w.k.current.name, fmt.Sprintf("UNKNOWN %s, committed %t", name, committed))
	return true, committed
}

// turned is called by the kernel after each turn of a task.
func (w *world) turned(*task) {
	switch {
	case w.doomed > 1:
		w.doomed--
	case w.doomed == 1 || w.proc.store.dead:
		w.death()
	}
}

// run is the whole schedule.
func (w *world) run() {
	if err := w.birth(); err != nil {
		w.fail("S", "start: %v", err)
		return
	}
	defer func() {
		w.k.killAll()
		w.proc.end()
		if err := w.proc.store.inner.Close(); err != nil {
			w.fail("S", "close: %v", err)
		}
	}()
	if err := w.proc.desk.EnsureKey(noContext); err != nil {
		w.fail("S", "key: %v", err)
		return
	}
	if _, _, err := w.proc.desk.Apply(noContext, w.wares); err != nil {
		w.fail("S", "catalog: %v", err)
		return
	}
	w.open()
	for w.found == nil && w.k.step() && w.k.steps < maxSteps {
	}
	if w.found == nil {
		w.rest()
	}
}

// maxSteps bounds a schedule; most end far before.
const maxSteps = 20_000
