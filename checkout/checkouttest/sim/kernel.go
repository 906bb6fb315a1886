package sim

import (
	"container/heap"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"strings"
	"time"
)

// kernel runs tasks one at a time, in an order that the dice choose, on a clock of its own. A task is a coroutine: it
// runs until it reaches a point, and the kernel decides who goes on.
type kernel struct {
	dice    *dice
	now     time.Time
	tasks   []*task
	events  events
	count   int // events made
	current *task
	steps   int
	clog    float64 // how likely a task is put off after a point
	trace   trace
	ended   func(*task) // called after each turn of a task
}

// task is one thing that somebody does.
type task struct {
	name   string
	next   func() (string, bool)
	stop   func()
	yield  func(string) bool
	ready  time.Time // it does not go on before
	atomic bool      // its points do not let others run

	deciding bool // it is about to commit
}

// killed is the panic that ends a task whose process died.
type killed struct{}

// spawn begins a task; it runs when the kernel picks it.
func (k *kernel) spawn(name string, atomic bool, fn func()) {
	t := &task{name: name, atomic: atomic, ready: k.now}
	t.next, t.stop = iter.Pull(func(yield func(string) bool) {
		t.yield = yield
		defer func() {
			if p := recover(); p != nil {
				if _, ok := p.(killed); !ok {
					panic(p)
				}
			}
		}()
		fn()
	})
	k.tasks = append(k.tasks, t)
}

// point lets others run. It ends the task when its process has died meanwhile.
func (k *kernel) point(what string) {
	t := k.current
	if t == nil {
		return
	}
	if t.atomic {
		k.trace.add(k.now, t.name, what)
		return
	}
	if !t.yield(what) {
		panic(killed{})
	}
}

// killAll ends every task where it stands.
func (k *kernel) killAll() {
	for _, t := range k.tasks {
		t.stop()
	}
	k.tasks = k.tasks[:0]
}

// after has fn called by the kernel itself when the time has come.
func (k *kernel) after(d time.Duration, fn func()) {
	k.count++
	heap.Push(&k.events, event{at: k.now.Add(d), n: k.count, fn: fn})
}

// step does one thing. It is false when there is nothing left to do.
func (k *kernel) step() bool {
	k.steps++
	k.now = k.now.Add(time.Duration(1+k.dice.IntN(20)) * time.Millisecond)
	if len(k.events) > 0 && (!k.events[0].at.After(k.now) || k.hurried()) {
		e := heap.Pop(&k.events).(event)
		k.forward(e.at)
		e.fn()
		return true
	}
	t := k.pick()
	if t == nil {
		return k.idle()
	}
	k.resume(t)
	return true
}

// hurried is now and then true although tasks could run: time passes by them.
func (k *kernel) hurried() bool {
	return k.dice.IntN(24) == 0 && !k.deciding() && k.events[0].at.Sub(k.now) < 2*time.Minute
}

// deciding reports whether a task has read the clock for a commit that it has not begun: that takes a process moments,
// so no time is skipped meanwhile.
func (k *kernel) deciding() bool {
	for _, t := range k.tasks {
		if t.deciding {
			return true
		}
	}
	return false
}

func (k *kernel) forward(at time.Time) {
	if at.After(k.now) {
		k.now = at
	}
}

// pick chooses among the tasks that may run.
func (k *kernel) pick() *task {
	var ready []*task
	for _, t := range k.tasks {
		if !t.ready.After(k.now) {
			ready = append(ready, t)
		}
	}
	if len(ready) == 0 {
		return nil
	}
	return ready[k.dice.IntN(len(ready))]
}

// idle lets time pass until something can happen.
func (k *kernel) idle() bool {
	var at time.Time
	if len(k.events) > 0 {
		at = k.events[0].at
	}
	for _, t := range k.tasks {
		if at.IsZero() || t.ready.Before(at) {
			at = t.ready
		}
	}
	if at.IsZero() {
		return false
	}
	k.forward(at)
	return true
}

func (k *kernel) resume(t *task) {
	k.current = t
	what, more := t.next()
	k.current = nil
	t.deciding = more && strings.HasPrefix(what, "commit ")
	if !more {
		what = "done"
		for i, x := range k.tasks {
			if x == t {
				k.tasks = append(k.tasks[:i], k.tasks[i+1:]...)
				break
			}
		}
	} else if !t.deciding && k.dice.chance(k.clog) {
		t.ready = k.now.Add(k.dice.between(100*time.Millisecond, time.Minute))
	}
	k.trace.add(k.now, t.name, what)
	k.ended(t)
}

// event is something that happens by itself at a time.
type event struct {
	at time.Time
	n  int
	fn func()
}

type events []event

func (h events) Len() int { return len(h) }
func (h events) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].n < h[j].n
}
func (h events) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *events) Push(x any)   { *h = append(*h, x.(event)) }
func (h *events) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

// traceLines is how many of the newest lines a trace keeps.
const traceLines = 200

// trace remembers what happened: the newest lines, and a hash of all.
type trace struct {
	lines []traceLine
	n     int
	sum   uint64
	echo  io.Writer // hears every line; nil is nobody
}

type traceLine struct {
	at         time.Time
	task, what string
}

func (l traceLine) String() string {
	return fmt.Sprintf("%s %-28s %s", l.at.UTC().Format("01-02 15:04:05.000"), l.task, l.what)
}

func (t *trace) add(at time.Time, task, what string) {
	h := fnv.New64a()
	var b [16]byte
	for i := range 8 {
		b[i], b[8+i] = byte(t.sum>>(8*i)), byte(uint64(at.UnixMilli())>>(8*i))
	}
	_, _ = h.Write(b[:]) // never fails
	_, _ = io.WriteString(h, task)
	_, _ = io.WriteString(h, what)
	t.sum = h.Sum64()
	l := traceLine{at, task, what}
	if t.echo != nil {
		_, _ = fmt.Fprintln(t.echo, l)
	}
	if len(t.lines) < traceLines {
		t.lines = append(t.lines, l)
	} else {
		t.lines[t.n%traceLines] = l
	}
	t.n++
}

// newest returns the lines kept, the oldest first.
func (t *trace) newest() []string {
	var out []string
	for i := max(t.n-traceLines, 0); i < t.n; i++ {
		out = append(out, t.lines[i%traceLines].String())
	}
	return out
}
