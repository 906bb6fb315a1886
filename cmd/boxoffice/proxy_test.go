package main

import (
	"bufio"
	"crypto/tls"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// outage is a way in which a provider is down.
type outage string

// The ways; "" is none.
const (
	outageError   outage = "500"
	outageHang    outage = "hangs"
	outageReset   outage = "resets"
	outageTLS     outage = "TLS alert"
	outageSlow    outage = "1 byte a second"
	outageGarbage outage = "garbage"
)

// proxy stands before a provider, speaks TLS, and can be as bad as a provider's worst day.
type proxy struct {
	to     string // address
	listen net.Listener
	tls    *tls.Config
	wg     sync.WaitGroup

	mu    sync.Mutex
	how   outage
	over  chan struct{} // closed when how changes
	conns map[net.Conn]bool
	n     int // connections since how changed
}

// startProxy listens before an address, and writes what its certificate is to be trusted by into dir.
func startProxy(t *testing.T, to, dir string) (p *proxy, roots string) {
	t.Helper()
	keys := httptest.NewUnstartedServer(http.NotFoundHandler())
	keys.StartTLS() // for its certificate, which is good for 127.0.0.1
	keys.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p = &proxy{
		to: to, listen: l, tls: &tls.Config{Certificates: keys.TLS.Certificates, MinVersion: tls.VersionTLS12},
		over: make(chan struct{}), conns: map[net.Conn]bool{},
	}
	roots = filepath.Join(dir, "roots.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: keys.Certificate().Raw}
	if err := os.WriteFile(roots, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	p.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.wg.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.set("")
		p.wg.Wait()
	})
	return p, roots
}

// set changes how it is, for connections that are open too.
func (p *proxy) set(how outage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.how, p.n = how, 0
	close(p.over)
	p.over = make(chan struct{})
	for c := range p.conns {
		_ = c.Close()
	}
}

func (p *proxy) enter(c net.Conn) (outage, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[c] = true
	p.n++
	return p.how, p.over
}

// met is how many connections there were since the last change.
func (p *proxy) met() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.n
}

// serve has one connection to its end. Errors are what it is for.
func (p *proxy) serve(raw net.Conn) {
	how, over := p.enter(raw)
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.conns, raw)
		_ = raw.Close()
	}()
	switch how {
	case outageReset:
		if c, ok := raw.(*net.TCPConn); ok {
			_ = c.SetLinger(0) // the close is a reset
		}
		return
	case outageTLS:
		_, _ = raw.Write([]byte{21, 3, 3, 0, 2, 2, 40}) // fatal: handshake failure
		return
	}
	c := tls.Server(raw, p.tls)
	if how == "" {
		p.carry(c)
		return
	}
	if _, err := http.ReadRequest(bufio.NewReader(c)); err != nil {
		return
	}
	switch how {
	case outageHang:
		<-over
	case outageError:
		_, _ = io.WriteString(c, "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\nConnection: close\r\n\r\noops")
	case outageGarbage:
		_, _ = c.Write([]byte("\x00\x01\x02 never mind \xff\xfe\r\n\r\n"))
	case outageSlow:
		for _, b := range []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{") {
			select {
			case <-over:
				return
			case <-time.After(time.Second):
			}
			if _, err := c.Write([]byte{b}); err != nil {
				return
			}
		}
	}
	_ = c.Close()
}

// carry copies both ways until one side ends.
func (p *proxy) carry(c net.Conn) {
	back, err := net.Dial("tcp", p.to)
	if err != nil {
		return
	}
	p.wg.Go(func() {
		_, _ = io.Copy(back, c)
		_ = back.Close()
	})
	_, _ = io.Copy(c, back)
	_ = c.Close()
}
