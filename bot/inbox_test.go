package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-telegram/bot/models"

	"boxoffice/tickets"
)

const botID = 100000

// rawMessage is an update as Telegram sends it.
func rawMessage(id, chat, user int64, text string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%d,"date":1,"chat":{"id":%d,"type":"private"},"from":{"id":%d,"first_name":"A"},"text":%q}}`,
		id, id, chat, user, text))
}

func rawPress(id, chat, user int64, data string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"update_id":%d,"callback_query":{"id":"q%d","from":{"id":%d,"first_name":"A"},"message":{"message_id":7,"date":1,"chat":{"id":%d,"type":"private"}},"data":%q}}`,
		id, id, user, chat, data))
}

// ledger notes what was handled, and fails the test where two updates of one chat or person overlap.
type ledger struct {
	t    testing.TB
	mu   sync.Mutex
	busy map[int64]int64
	got  map[int64][]int64 // by chat and by person, the updates in the order in which they were handled
	all  []int64
}

func newLedger(t testing.TB) *ledger {
	return &ledger{t: t, busy: map[int64]int64{}, got: map[int64][]int64{}}
}

func (l *ledger) Handle(ctx context.Context, u *models.Update) error {
	ks := whose(u)
	l.mu.Lock()
	for _, k := range ks {
		if other, ok := l.busy[k]; ok {
			l.t.Errorf("updates %d and %d of %d overlap", other, u.ID, k)
		}
		l.busy[k] = u.ID
		l.got[k] = append(l.got[k], u.ID)
	}
	l.all = append(l.all, u.ID)
	l.mu.Unlock()
	if u.ID%7 == 0 {
		pause(ctx, time.Duration(rand.IntN(300))*time.Microsecond) // the others get ahead if they can
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range ks {
		delete(l.busy, k)
	}
	return nil
}

func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all)
}

// inOrder checks that all of 1..n were handled once and each line in order.
func (l *ledger) inOrder(n int) {
	l.t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for k, ids := range l.got {
		if !slices.IsSorted(ids) {
			l.t.Errorf("updates of %d were handled out of order", k)
		}
	}
	all := slices.Sorted(slices.Values(l.all))
	if len(all) != n || len(slices.Compact(all)) != n {
		l.t.Errorf("handled %d updates, %d different ones, want %d", len(l.all), len(slices.Compact(all)), n)
	}
}

func whose(u *models.Update) []int64 {
	var ks []int64
	switch {
	case u.Message != nil:
		ks = []int64{u.Message.Chat.ID, u.Message.From.ID}
	case u.CallbackQuery != nil:
		ks = []int64{u.CallbackQuery.Message.Message.Chat.ID, u.CallbackQuery.From.ID}
	}
	slices.Sort(ks)
	return slices.Compact(ks)
}

func newInbox(t testing.TB, store tickets.Store, cfg InboxConfig) *Inbox {
	t.Helper()
	cfg.Bot, cfg.Store = botID, store
	if cfg.Log == nil {
		cfg.Log = testLog(t)
	}
	inbox, err := NewInbox(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return inbox
}

func accept(t testing.TB, inbox *Inbox, raws ...json.RawMessage) {
	t.Helper()
	if err := inbox.Accept(t.Context(), raws...); err != nil {
		t.Fatalf("accept: %v", err)
	}
}

// pending are the updates that a store holds as not done.
func pending(t testing.TB, store tickets.Store) []tickets.Incoming {
	t.Helper()
	var rows []tickets.Incoming
	err := store.View(t.Context(), func(r tickets.Reader) error {
		var err error
		rows, _, err = r.IncomingPending(botID, tickets.Page{Limit: 1000})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestEveryUpdateIsHandledOnceAndInOrder(t *testing.T) {
	t.Parallel()
	const n, chats = 3000, 40
	store, l := openStore(t), newLedger(t)
	inbox := newInbox(t, store, InboxConfig{Handler: l})
	start(t, inbox.Run)
	// Each sender brings its chat's updates in order, some of them twice, as Telegram does; groups share persons.
	var senders sync.WaitGroup
	for c := range chats {
		senders.Go(func() {
			for id := int64(c + 1); id <= n; id += chats {
				raw := rawMessage(id, int64(1000+c), int64(1000+c), "x")
				if c >= chats/2 {
					raw = rawMessage(id, int64(-1-c), int64(1000+c), "x")
				}
				accept(t, inbox, raw)
				if id%5 == 0 {
					accept(t, inbox, raw)
				}
			}
		})
	}
	senders.Wait()
	eventually(t, "empty queue", func() bool { return l.count() >= n && inbox.Depth() == 0 })
	l.inOrder(n)
	if left := pending(t, store); len(left) > 0 {
		t.Errorf("%d updates are not marked done", len(left))
	}
}

func TestUpdateWaitsForItsChatAndItsPerson(t *testing.T) {
	t.Parallel()
	const group, mei, ann = -5, 1, 2
	release := map[int64]chan struct{}{1: make(chan struct{}), 2: make(chan struct{}), 3: make(chan struct{}), 4: make(chan struct{})}
	begun := make(chan int64, 10)
	inbox := newInbox(t, openStore(t), InboxConfig{Handler: handlerFunc(func(_ context.Context, u *models.Update) error {
		begun <- u.ID
		<-release[u.ID]
		return nil
	})})
	start(t, inbox.Run)
	accept(t, inbox,
		rawMessage(1, group, mei, "in the group"),
		rawMessage(2, mei, mei, "alone: waits for 1, the same person"),
		rawPress(3, group, ann, "waits for 1, the same chat"),
		rawPress(4, 9, 9, "waits for nobody"),
	)
	first := []int64{<-begun, <-begun}
	slices.Sort(first)
	if !slices.Equal(first, []int64{1, 4}) {
		t.Fatalf("began with %v, want 1 and 4", first)
	}
	close(release[1])
	second := []int64{<-begun, <-begun}
	slices.Sort(second)
	if !slices.Equal(second, []int64{2, 3}) {
		t.Errorf("went on with %v, want 2 and 3", second)
	}
	for _, id := range []int64{2, 3, 4} {
		close(release[id])
	}
}

func TestPendingUpdatesAreHandledAfterRestart(t *testing.T) {
	t.Parallel()
	const n = 1200 // several pages
	before, l := openStore(t), newLedger(t)
	enough := make(chan struct{})
	inbox := newInbox(t, before, InboxConfig{Parallel: 4, Handler: handlerFunc(func(ctx context.Context, u *models.Update) error {
		err := l.Handle(ctx, u)
		if l.count() >= 100 {
			<-enough
		}
		return err
	})})
	var raws []json.RawMessage
	for id := int64(1); id <= n; id++ {
		raws = append(raws, rawMessage(id, id%10+1, id%10+1, "x"))
	}
	accept(t, inbox, raws...)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- inbox.Run(ctx) }()
	eventually(t, "a hundred updates", func() bool { return l.count() >= 100 })
	cancel()
	close(enough)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if l.count() == n {
		t.Fatal("nothing is left for the restart")
	}
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}

	after := reopen(t, before.path)
	inbox = newInbox(t, after, InboxConfig{Handler: l})
	start(t, inbox.Run)
	accept(t, inbox, raws[:200]...) // polled again: their offset was not confirmed
	accept(t, inbox, rawMessage(n+1, 1, 1, "new"))
	eventually(t, "end of the backlog", func() bool { return l.count() >= n+1 && inbox.Depth() == 0 })
	l.inOrder(n + 1)
}

func TestKilledUpdateIsHandledAgain(t *testing.T) {
	t.Parallel()
	db := openStore(t)
	hang := make(chan struct{})
	killed := newInbox(t, db, InboxConfig{Handler: handlerFunc(func(context.Context, *models.Update) error {
		<-hang // as good as killed: it never comes to marking done
		return nil
	})})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { _ = killed.Run(ctx); close(ended) }()
	t.Cleanup(func() { close(hang); cancel(); <-ended })
	accept(t, killed, rawMessage(1, 5, 5, "x"), rawMessage(2, 6, 6, "y"))

	l := newLedger(t)
	inbox := newInbox(t, db, InboxConfig{Handler: l})
	start(t, inbox.Run)
	eventually(t, "both", func() bool { return l.count() >= 2 })
	l.inOrder(2)
}

func TestMoreThanFitsInMemoryWaitsInTheStore(t *testing.T) {
	t.Parallel()
	store, l := openStore(t), newLedger(t)
	gate := make(chan struct{})
	inbox := newInbox(t, store, InboxConfig{Queue: 60, Parallel: 8, Handler: handlerFunc(func(ctx context.Context, u *models.Update) error {
		<-gate
		return l.Handle(ctx, u)
	})})
	start(t, inbox.Run)
	const n = 300
	for id := int64(1); id <= n; id++ {
		accept(t, inbox, rawMessage(id, id%30+1, id%30+1, "x"))
	}
	if d := inbox.Depth(); d > 60 {
		t.Errorf("%d updates in memory, want at most 60", d)
	}
	close(gate)
	eventually(t, "end of the backlog", func() bool { return l.count() >= n })
	accept(t, inbox, rawMessage(n+1, 1, 1, "the queue is open again"))
	eventually(t, "the last update", func() bool { return l.count() >= n+1 })
	l.inOrder(n + 1)
}

func TestPanicIsContained(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	var told []int64
	handled := make(chan int64, 2)
	inbox := newInbox(t, store, InboxConfig{
		Log: quiet(),
		Handler: handlerFunc(func(_ context.Context, u *models.Update) error {
			if u.ID == 1 {
				panic("what Mei wrote: " + u.Message.Text)
			}
			handled <- u.ID
			return nil
		}),
		Failed: func(_ context.Context, u *models.Update, err error) {
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error quotes the message: %v", err)
			}
			told = append(told, u.ID)
			panic("and telling panics too")
		},
	})
	stop := start(t, inbox.Run)
	accept(t, inbox, rawMessage(1, 5, 5, "secret"), rawMessage(2, 5, 5, "next"))
	if id := <-handled; id != 2 {
		t.Errorf("handled %d, want 2", id)
	}
	stop()
	if !slices.Equal(told, []int64{1}) {
		t.Errorf("told of %v, want 1", told)
	}
	if left := pending(t, store); len(left) > 0 {
		t.Errorf("%d updates are pending, want none: a panic is not repeated", len(left))
	}
}

func TestPassingFailureIsTriedAgainInPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := openStore(t)
		var order []int64
		var at []time.Duration
		began := time.Now()
		var failed error
		fails := map[int64]int{1: 2, 3: 100}
		inbox := newInbox(t, store, InboxConfig{
			Log: quiet(),
			Handler: handlerFunc(func(_ context.Context, u *models.Update) error {
				order, at = append(order, u.ID), append(at, time.Since(began))
				if fails[u.ID] > 0 {
					fails[u.ID]--
					return fmt.Errorf("send: %w", &tickets.Wait{After: 3 * time.Second})
				}
				return nil
			}),
			Failed: func(_ context.Context, _ *models.Update, err error) { failed = err },
		})
		stop := start(t, inbox.Run)
		accept(t, inbox, rawMessage(1, 5, 5, "a"), rawMessage(2, 5, 5, "b"))
		synctest.Wait()
		pause(t.Context(), 7*time.Second)
		synctest.Wait()
		if want := []int64{1, 1, 1, 2}; !slices.Equal(order, want) {
			t.Errorf("order = %v, want %v", order, want)
		}
		if at[1] < 3*time.Second || at[2] < 6*time.Second {
			t.Errorf("tried after %v, asked to wait 3 s each time", at)
		}
		accept(t, inbox, rawMessage(3, 5, 5, "never"))
		pause(t.Context(), time.Minute)
		synctest.Wait()
		if got := len(order) - 4; got != 4 {
			t.Errorf("tried %d times, want 4", got)
		}
		if !errors.Is(failed, tickets.Unavailable) {
			t.Errorf("told of %v, want unavailable", failed)
		}
		stop()
	})
}

func TestStopFinishesWhatIsBeingHandled(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	begun, release := make(chan struct{}), make(chan struct{})
	inbox := newInbox(t, store, InboxConfig{Handler: handlerFunc(func(ctx context.Context, u *models.Update) error {
		close(begun) // a second call would panic: nothing starts after the stop
		<-release
		return ctx.Err()
	})})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- inbox.Run(ctx) }()
	accept(t, inbox, rawMessage(1, 5, 5, "being handled"), rawMessage(2, 5, 5, "waits"))
	<-begun
	cancel()
	eventually(t, "refusal", func() bool {
		return errors.Is(inbox.Accept(t.Context(), rawMessage(3, 5, 5, "late")), tickets.Unavailable)
	})
	select {
	case err := <-ended:
		t.Fatalf("stopped while a handler was at work: %v", err)
	default:
	}
	close(release)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	left := pending(t, store)
	if len(left) == 0 || left[0].Update != 2 {
		t.Errorf("pending after the stop: %v, want 2 first", left)
	}
}

func TestStopGivesUpOnAHandlerThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := openStore(t)
		inbox := newInbox(t, store, InboxConfig{Log: quiet(), Limit: 20 * time.Second, Handler: handlerFunc(func(ctx context.Context, _ *models.Update) error {
			<-ctx.Done()
			return fmt.Errorf("%w: %w", tickets.Unavailable, ctx.Err())
		})})
		stop := start(t, inbox.Run)
		accept(t, inbox, rawMessage(1, 5, 5, "x"))
		synctest.Wait()
		began := time.Now()
		stop()
		if d := time.Since(began); d > 20*time.Second {
			t.Errorf("stopping took %v", d)
		}
		if left := pending(t, store); len(left) != 1 {
			t.Errorf("%d pending, want 1", len(left))
		}
	})
}

func TestUndecodableUpdateIsDoneWithItsError(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	handled := make(chan int64, 1)
	inbox := newInbox(t, store, InboxConfig{Log: quiet(), Handler: handlerFunc(func(_ context.Context, u *models.Update) error {
		handled <- u.ID
		return nil
	})})
	stop := start(t, inbox.Run)
	odd := json.RawMessage(`{"update_id":1,"message":{"chat":{"id":5},"from":{"id":5},"text":{"not":"a string"}}}`)
	accept(t, inbox, odd, json.RawMessage(`]`), json.RawMessage(`{"no":"number"}`), rawMessage(2, 5, 5, "x"))
	if id := <-handled; id != 2 {
		t.Errorf("handled %d, want 2", id)
	}
	stop()
	if left := pending(t, store); len(left) > 0 {
		t.Errorf("pending: %v", left)
	}
	if row := store.incoming(t)[1]; row.Error == "" || len(row.Body) == 0 {
		t.Errorf("row = %+v, want its error and its body", row)
	}
	if row := store.incoming(t)[2]; row.Error != "" || len(row.Body) != 0 {
		t.Errorf("row = %+v, want neither error nor body", row)
	}
}

func TestDoubtfulCommitIsResolved(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	l := newLedger(t)
	inbox := newInbox(t, store, InboxConfig{Handler: l})
	start(t, inbox.Run)
	eventually(t, "start", inbox.load.isDirect)
	store.doubt(1) // commits and says it did not
	if err := inbox.Accept(t.Context(), rawMessage(1, 5, 5, "x")); !errors.Is(err, tickets.Unavailable) {
		t.Fatalf("accept: %v, want unavailable", err)
	}
	accept(t, inbox, rawMessage(1, 5, 5, "x"), rawMessage(2, 5, 5, "y"))
	eventually(t, "both", func() bool { return l.count() >= 2 })
	l.inOrder(2)
}

func TestCommitThatLandsLateIsHandled(t *testing.T) {
	t.Parallel()
	db, l := openStore(t), newLedger(t)
	inbox := newInbox(t, db, InboxConfig{Handler: l, Log: quiet()})
	start(t, inbox.Run)
	eventually(t, "start", inbox.load.isDirect)
	db.holdNext()
	if err := inbox.Accept(t.Context(), rawMessage(1, 5, 5, "x")); !errors.Is(err, tickets.Unavailable) {
		t.Fatalf("accept: %v, want unavailable", err)
	}
	eventually(t, "a look into the store that finds nothing", inbox.load.isDirect)
	db.land(t)
	accept(t, inbox, rawMessage(1, 5, 5, "x"), rawMessage(2, 5, 5, "y"))
	eventually(t, "both", func() bool { return l.count() >= 2 })
	l.inOrder(2)
}

func TestUpdateThatComesWhileTheStoreIsReadIsHandledOnce(t *testing.T) {
	t.Parallel()
	db, l := openStore(t), newLedger(t)
	before := newInbox(t, db, InboxConfig{Handler: l})
	accept(t, before, rawMessage(1, 5, 5, "from the run before"))
	read, open := db.gateViews()
	inbox := newInbox(t, db, InboxConfig{Handler: l})
	t.Cleanup(open)
	start(t, inbox.Run)
	<-read
	accept(t, inbox, rawMessage(1, 5, 5, "sent again"), rawMessage(2, 5, 5, "new"))
	if n := l.count(); n != 0 {
		t.Errorf("%d updates were handled ahead of those in the store", n)
	}
	open()
	eventually(t, "both", func() bool { return l.count() >= 2 && inbox.Depth() == 0 })
	l.inOrder(2)
}

func TestUpdateDoneWhileTheStoreIsReadIsNotDoneTwice(t *testing.T) {
	t.Parallel()
	db, l := openStore(t), newLedger(t)
	inbox := newInbox(t, db, InboxConfig{Handler: l, Log: quiet()})
	release := make(chan struct{})
	inbox.cfg.Handler = handlerFunc(func(ctx context.Context, u *models.Update) error {
		<-release
		return l.Handle(ctx, u)
	})
	start(t, inbox.Run)
	eventually(t, "start", inbox.load.isDirect)
	accept(t, inbox, rawMessage(1, 5, 5, "being handled when the store is read"))
	read, open := db.gateViews()
	t.Cleanup(open)
	db.failWith(tickets.Refuse(tickets.Unavailable, "busy"))
	if err := inbox.Accept(t.Context(), rawMessage(2, 6, 6, "makes the store be read")); err == nil {
		t.Fatal("accepted without a store")
	}
	db.failWith(nil)
	<-read // with 1 as pending
	close(release)
	eventually(t, "the end of 1", func() bool { return inbox.Depth() == 0 })
	open()
	accept(t, inbox, rawMessage(2, 6, 6, "again"))
	eventually(t, "both", func() bool { return l.count() >= 2 && inbox.load.isDirect() && inbox.Depth() == 0 })
	l.inOrder(2)
}

func TestOrderSurvivesAClockThatGoesBack(t *testing.T) {
	t.Parallel()
	db, l := openStore(t), newLedger(t)
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	before := newInbox(t, db, InboxConfig{Handler: l, Now: func() time.Time { return now }})
	accept(t, before, rawMessage(1, 5, 5, "x"))
	now = now.Add(-time.Minute)
	accept(t, before, rawMessage(2, 5, 5, "y"))
	start(t, newInbox(t, db, InboxConfig{Handler: l}).Run)
	eventually(t, "both", func() bool { return l.count() >= 2 })
	l.inOrder(2)
}

func TestTidyForgetsOldUpdates(t *testing.T) {
	t.Parallel()
	store, l := openStore(t), newLedger(t)
	day := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	inbox := newInbox(t, store, InboxConfig{Handler: l, Now: func() time.Time { return day }})
	stop := start(t, inbox.Run)
	accept(t, inbox, rawMessage(1, 5, 5, "x"))
	eventually(t, "handling", func() bool { return l.count() == 1 && inbox.Depth() == 0 })
	stop()
	for _, step := range []struct {
		before time.Time
		want   int
	}{{day, 0}, {day.Add(time.Second), 1}} {
		n, err := inbox.Tidy(t.Context(), step.before)
		if err != nil || n != step.want {
			t.Errorf("Tidy(%v) = %d, %v, want %d", step.before, n, err, step.want)
		}
	}
}

func FuzzUpdate(f *testing.F) {
	f.Add([]byte(rawMessage(1, 2, 3, "x")))
	f.Add([]byte(rawPress(1, 2, 3, "x")))
	f.Add([]byte(`{"update_id":1,"callback_query":{"message":{"date":0,"chat":null}}}`))
	f.Add([]byte(`{"update_id":1,"message":{"entities":[{"type":"bot_command","offset":-1,"length":99}]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := open(raw)
		u, err2 := decode(raw)
		if err == nil && err2 == nil && u.ID != e.id {
			t.Errorf("update_id is %d and %d", e.id, u.ID)
		}
		if again, err3 := open(raw); err == nil && (err3 != nil || again.key() != e.key()) {
			t.Errorf("read differently the second time: %v and %v", e, again)
		}
	})
}
