package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"boxoffice/bot/telegramtest"
	"boxoffice/checkout/checkouttest"
	"boxoffice/tickets/catalogfile"
)

// mainVariable makes the test binary be the program: the tests start it as a process of its own.
const mainVariable = "BOXOFFICE_TEST_IS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(mainVariable) != "" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// world is a Telegram, a Stripe and a process that runs "boxoffice serve" between them.
type world struct {
	t        *testing.T
	dir      string
	addr     string
	mode     string
	telegram *telegramtest.Server
	stripe   *checkouttest.Stripe
	env      []string
	proc     *exec.Cmd
	log      *syncBuffer
	settles  time.Duration // within this when nothing is broken any more
}

const testAPIToken = "box_test_bootstrap_token"

// newWorld makes everything but starts no process. more are further variables of the environment.
func newWorld(t *testing.T, mode string, tg telegramtest.Options, more ...string) *world {
	t.Helper()
	w := &world{t: t, dir: shortDir(t), addr: freeAddress(t), mode: mode, log: &syncBuffer{}, settles: time.Minute}
	tg.AnyButtonURL = true
	if tg.Patience == 0 {
		tg.Patience = 30 * time.Second
	}
	w.telegram = telegramtest.Start(t, tg)
	w.stripe = checkouttest.StartStripe(t, checkouttest.StripeConfig{Webhook: "http://" + w.addr + "/webhooks/stripe"})
	catalog := filepath.Join(w.dir, "catalog.yaml")
	example := bytes.Replace(catalogfile.Example(), []byte("capacity: 300}"), []byte("capacity: 300000}"), 1) // no test sells it out
	if err := os.WriteFile(catalog, example, 0o600); err != nil {
		t.Fatal(err)
	}
	w.env = append([]string{
		mainVariable + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + w.dir, "TMPDIR=" + os.TempDir(),
		"BOXOFFICE_LISTEN=" + w.addr, "BOXOFFICE_PUBLIC_URL=http://" + w.addr, "BOXOFFICE_STORAGE=bolt:" + filepath.Join(w.dir, "shop.db"),
		"BOXOFFICE_CATALOG=" + catalog, "BOXOFFICE_TELEGRAM_TOKEN=" + w.telegram.Token(), "BOXOFFICE_TELEGRAM_API_URL=" + w.telegram.URL(),
		"BOXOFFICE_TELEGRAM_MODE=" + mode, "BOXOFFICE_GATEWAYS=stripe", "BOXOFFICE_STRIPE_SECRET_KEY=" + w.stripe.Key(),
		"BOXOFFICE_STRIPE_WEBHOOK_SECRET=" + strings.Join(w.stripe.Secrets(), ","), "BOXOFFICE_STRIPE_API_URL=" + w.stripe.URL,
		"BOXOFFICE_STRIPE_METHODS=card", "BOXOFFICE_API_TOKEN=" + testAPIToken, "BOXOFFICE_LOG_FORMAT=text",
	}, more...)
	t.Cleanup(func() {
		if w.proc != nil {
			w.kill()
		}
		if t.Failed() {
			t.Logf("log of serve:\n%s", w.log.tail(8000))
		}
	})
	return w
}

// shortDir is a temporary folder whose path leaves room for a unix socket's.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "box") //nolint:usetesting // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// lastPort keeps worlds of one test run apart.
var lastPort atomic.Int32

// freeAddress is a loopback address below the range of ephemeral ports, so that no client of the test takes it while
// the process is between two lives.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 500 {
		addr := fmt.Sprintf("127.0.0.1:%d", 20000+(os.Getpid()*16+int(lastPort.Add(1)))%10000)
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return addr
	}
	t.Fatal("no free port")
	return ""
}

// command prepares the program as a process.
func (w *world) command(ctx context.Context, args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	c := exec.CommandContext(ctx, self, args...)
	c.Dir, c.Env = w.dir, w.env
	return c
}

// cli runs a command to its end and returns what it printed and its exit code.
func (w *world) cli(args ...string) (string, int) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 60*time.Second)
	defer cancel()
	out, err := w.command(ctx, args...).CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return string(out), 0
	case asExit(err, &exit):
		return string(out), exit.ExitCode()
	default:
		w.t.Fatalf("%v: %v\n%s", args, err, out)
		return "", -1
	}
}

func asExit(err error, to **exec.ExitError) bool {
	e, ok := err.(*exec.ExitError) //nolint:errorlint // exec returns it unwrapped
	*to = e
	return ok
}

// start starts serve and waits until it answers.
func (w *world) start() {
	w.t.Helper()
	w.proc = w.command(context.WithoutCancel(w.t.Context()), "serve")
	w.proc.Stdout, w.proc.Stderr = w.log, w.log
	if err := w.proc.Start(); err != nil {
		w.t.Fatal(err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		if w.answers("/readyz") {
			return
		}
		pause(20 * time.Millisecond)
	}
	w.t.Fatalf("serve is not ready:\n%s", w.log.tail(4000))
}

// pause waits between two looks at another process, which gives no signal.
func pause(d time.Duration) {
	timer := time.NewTimer(d)
	<-timer.C
}

func (w *world) answers(path string) bool {
	resp, err := http.Get("http://" + w.addr + path)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, resp.Body) // only the status counts
	return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
}

// kill ends serve as a power cut would.
func (w *world) kill() {
	_ = w.proc.Process.Signal(syscall.SIGKILL) // it may have ended already
	_ = w.proc.Wait()                          // killed: always an error
	w.proc = nil
}

// stop ends serve gracefully and checks that it ended well.
func (w *world) stop() {
	w.t.Helper()
	if err := w.proc.Process.Signal(syscall.SIGTERM); err != nil {
		w.t.Fatal(err)
	}
	err := w.proc.Wait()
	w.proc = nil
	if err != nil {
		w.t.Fatalf("serve after SIGTERM: %v\n%s", err, w.log.tail(4000))
	}
}

// api calls the JSON API and decodes the answer.
func (w *world) api(method, path string, body any, into any) int {
	w.t.Helper()
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			w.t.Fatal(err)
		}
		in = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, "http://"+w.addr+"/api/v1"+path, in)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+testAPIToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(raw, into); err != nil {
			w.t.Fatalf("%s %s: %v in %s", method, path, err, raw)
		}
	}
	return resp.StatusCode
}

// sessionOf is the Stripe session that a pay button opens.
func sessionOf(payURL string) string {
	u, err := url.Parse(payURL)
	if err != nil {
		return ""
	}
	for _, part := range strings.Split(u.Path, "/") {
		if strings.HasPrefix(part, "cs_") {
			return part
		}
	}
	return ""
}

// syncBuffer is a log that a process writes while the test reads.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) tail(n int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.b.String()
	return t[max(len(t)-n, 0):]
}
