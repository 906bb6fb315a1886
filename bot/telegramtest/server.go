package telegramtest

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// Options shape a server. The zero value is a current Bot API with no limits on speed or memory.
type Options struct {
	Token    string           // default "100000:sim-boxoffice": cannot be a real one
	Username string           // of the bot, default "boxoffice_demo_bot"
	Name     string           // of the bot, default "Boxoffice"
	Now      func() time.Time // dates, expiry and the rate model, not to call the server; default time.Now
	Logger   *slog.Logger     // default: silent

	Older Older // what this server is too old to know
	Rate  bool  // model flood limits: a chat 1/s in bursts of 5, a group 20/min, edits included

	KeepMessages int           // per chat, older ones are forgotten; 0 keeps all
	KeepFiles    int           // uploads, older ones are forgotten; 0 keeps all
	KeepCalls    int           // calls in the log, default 10000
	Patience     time.Duration // how long the driver waits for something expected, default 10s
	CallbackLife time.Duration // how long a press can be answered, default 60s
	CheckoutLife time.Duration // how long a pre-checkout can be answered, in real time; default 10s
	Provider     string        // token of the one payment provider, default "284685063:TEST:c2ltLWJveG9mZmljZQ"
	Stars        int64         // that each person has at first, default 1000
	RetryUnit    time.Duration // first webhook backoff, doubled up to 64 times; default 1s
	Seed         uint64        // of the faults' dice

	WebhookClient *http.Client // default: keeps connections, no redirects, 60s
	AllowProblems bool         // Start does not fail the test for Problems
	AnyButtonURL  bool         // url buttons may point to hosts without a dot ("localhost"), which Telegram refuses
}

// Older makes the server behave as one from before a feature.
type Older struct {
	NoDisabled bool // buttons with "disabled" are refused (before 10.3)
	NoStyle    bool // buttons lose their "style" silently (before 9.4)
	NoTgTime   bool // <tg-time> is an unsupported tag (before 9.5)
}

// Server is the Bot API of one bot. It is an [http.Handler]; [Start] also listens. All methods are safe for concurrent
// use.
type Server struct {
	opt  Options
	tb   testing.TB // nil outside tests
	url  string
	bot  Profile
	http *http.Server
	log  *slog.Logger

	methods map[string]method

	mu       sync.Mutex
	dice     *rand.Rand
	rev      int64 // grows with every change any chat shows
	changed  chan struct{}
	chats    map[int64]*Chat
	names    map[string]*Chat
	users    map[int64]*User
	nextUser int64
	nextChat int64
	nextMsg  int
	billing  bool // an invoice is being read: its keyboard may have a Pay button
	files    map[string]*file
	uploads  []string // ids of files, oldest first
	presses  map[string]*Press
	queries  map[string]*InlineAnswer
	till     till
	profile  botProfile
	in       inbox
	faults   []*fault
	calls    callLog
	notes    []string        // for Problems
	live     context.Context // ends with Close
	kill     context.CancelFunc
	done     <-chan struct{}
	work     sync.WaitGroup
	saver    *saver
}

// New makes a server that listens nowhere: mount it as a handler. [Server.Close] ends its deliveries.
func New(opt Options) *Server {
	def(&opt.Token, "100000:sim-boxoffice")
	def(&opt.Username, "boxoffice_demo_bot")
	def(&opt.Name, "Boxoffice")
	def(&opt.KeepCalls, 10_000)
	def(&opt.Patience, 10*time.Second)
	def(&opt.CallbackLife, time.Minute)
	def(&opt.RetryUnit, time.Second)
	def(&opt.CheckoutLife, 10*time.Second)
	def(&opt.Provider, "284685063:TEST:c2ltLWJveG9mZmljZQ")
	def(&opt.Stars, 1000)
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		opt:     opt,
		log:     opt.Logger,
		methods: methodTable(),
		bot:     Profile{ID: tokenID(opt.Token), IsBot: true, FirstName: opt.Name, Username: opt.Username},
		dice:    rand.New(rand.NewPCG(opt.Seed, 2)),
		chats:   map[int64]*Chat{},
		names:   map[string]*Chat{},
		users:   map[int64]*User{},
		files:   map[string]*file{},
		presses: map[string]*Press{},
		queries: map[string]*InlineAnswer{},
		// Numbers that look like Telegram's: users, groups and messages cannot be mistaken for each other.
		nextUser: 7_000_001, nextChat: 4_000_001, nextMsg: 101,
	}
	s.live, s.kill = context.WithCancel(context.Background())
	s.done = s.live.Done()
	s.profile.init(opt.Name)
	s.till.init()
	s.in.init(opt)
	return s
}

func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Start makes a server listening on a loopback port for the length of the test. When the test ends it fails for every
// line of [Server.Problems], unless the options allow them.
func Start(tb testing.TB, opt Options) *Server {
	tb.Helper()
	s := New(opt)
	s.tb = tb
	if err := s.Listen("127.0.0.1:0"); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		s.Close()
		if opt.AllowProblems {
			return
		}
		for _, problem := range s.Problems() {
			tb.Errorf("telegram: %s", problem)
		}
	})
	return s
}

// Listen serves the API on an address; port 0 takes a free one. [Server.URL] tells which.
func (s *Server) Listen(addr string) error {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return err
	}
	s.url = "http://" + l.Addr().String()
	s.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute,
		WriteTimeout: 2 * time.Minute, // longer than the longest poll
		IdleTimeout:  2 * time.Minute,
	}
	s.work.Go(func() { _ = s.http.Serve(l) })
	return nil
}

// URL is the address to give to the bot's client, without a trailing slash; empty when the server does not listen.
func (s *Server) URL() string { return s.url }

// Token is the bot's token.
func (s *Server) Token() string { return s.opt.Token }

// Provider is the token of the payment provider that invoices are paid by.
func (s *Server) Provider() string { return s.opt.Provider }

// Bot is who the bot is, as getMe tells.
func (s *Server) Bot() Profile { return s.bot }

// Close ends deliveries and long polls, and the listener. Undelivered updates stay, as they would at Telegram. Twice is
// harmless.
func (s *Server) Close() {
	s.mu.Lock()
	if s.live.Err() != nil {
		s.mu.Unlock()
		return
	}
	s.kill()
	s.in.stop()
	s.mu.Unlock()
	if s.http != nil {
		_ = s.http.Close()
	}
	s.work.Wait()
	s.in.client.CloseIdleConnections()
	if s.saver != nil {
		s.saver.close()
	}
}

func (s *Server) now() time.Time { return s.opt.Now() }

// touch marks a visible change of a chat and wakes whoever waits for one. The caller holds s.mu.
func (s *Server) touch(c *Chat) int64 {
	s.rev++
	c.rev = s.rev
	wake(&c.changed)
	wake(&s.changed)
	s.markSave()
	return s.rev
}

// wake closes a channel somebody asked for and forgets it.
func wake(ch *chan struct{}) {
	if *ch != nil {
		close(*ch)
		*ch = nil
	}
}

// waiter returns the channel that the next wake closes.
func waiter(ch *chan struct{}) <-chan struct{} {
	if *ch == nil {
		*ch = make(chan struct{})
	}
	return *ch
}
