package bot

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// piped is a listener of connections inside the process.
type piped struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p piped) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p piped) Close() error   { close(p.done); return nil }
func (p piped) Addr() net.Addr { return &net.TCPAddr{} }

// mortal is a connection that, once dead, takes what is written and brings nothing any more.
type mortal struct {
	net.Conn
	dead *atomic.Bool
}

func (m mortal) Write(b []byte) (int, error) {
	if m.dead.Load() {
		return len(b), nil
	}
	return m.Conn.Write(b)
}

// TestADeadConnectionIsLeftBehind lets the connection die that all calls share, as HTTP/2 has it, and calls until a call
// comes through.
func TestADeadConnectionIsLeftBehind(t *testing.T) {
	t.Parallel()
	pair := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate
	pair.Close()
	synctest.Test(t, func(t *testing.T) {
		line := piped{make(chan net.Conn), make(chan struct{})}
		versions := make(chan int, 10)
		srv := &http.Server{TLSConfig: &tls.Config{Certificates: pair.TLS.Certificates, NextProtos: []string{"h2"}}, Handler: http.HandlerFunc(
			func(w http.ResponseWriter, r *http.Request) {
				versions <- r.ProtoMajor
				_, _ = io.WriteString(w, `{"ok":true,"result":true}`)
			})}
		ended := make(chan error, 1)
		go func() { ended <- srv.ServeTLS(line, "", "") }()
		defer func() { _ = srv.Close(); <-ended }()

		var dead atomic.Bool
		dials := 0
		w := newWire(nil)
		wires := w.http.Transport.(*http.Transport)
		wires.TLSClientConfig = pair.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		wires.DialContext = func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			line.conns <- theirs
			if dials++; dials > 1 {
				return ours, nil
			}
			return mortal{ours, &dead}, nil
		}
		defer wires.CloseIdleConnections()
		call := func() error {
			ctx, cancel := context.WithTimeout(t.Context(), answerTry)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://example.com/bot1:x/answerPreCheckoutQuery", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			res, err := w.Do(req)
			if err == nil {
				_ = res.Body.Close()
			}
			return err
		}
		if err := call(); err != nil {
			t.Fatal(err)
		}
		if v := <-versions; v != 2 {
			t.Fatalf("HTTP/%d", v)
		}
		dead.Store(true)
		began := time.Now()
		err := errors.New("not called")
		for err != nil && time.Since(began) < time.Minute {
			err = call()
		}
		if took := time.Since(began); err != nil || took > laneBudget-answerTry {
			t.Errorf("%v after %v: no time is left for an answer", err, took)
		}
	})
}
