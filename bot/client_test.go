package bot

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"boxoffice/tickets"
)

const testToken = "100000:AA-very-secret-part"

// answering is a client of a server that answers everything with a status and a body.
func answering(t *testing.T, status int, body string) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, strings.ReplaceAll(body, "PATH", r.URL.Path))
	}))
	t.Cleanup(server.Close)
	return clientOf(t, server.URL)
}

func clientOf(t *testing.T, url string) *Client {
	t.Helper()
	c, err := NewClient(ClientConfig{Token: testToken, URL: url, Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestErrorsAreKindsAndHideTheToken(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		client *Client
		want   tickets.Kind
	}{
		"nobody listens":     {clientOf(t, "http://127.0.0.1:1"), tickets.Unavailable},
		"proxy's page":       {answering(t, 502, "<html>cannot reach PATH</html>"), tickets.Unavailable},
		"proxy's timeout":    {answering(t, 504, "<html>PATH</html>"), tickets.Unknown},
		"not JSON":           {answering(t, 200, "welcome to PATH"), tickets.Unknown},
		"redirect":           {answering(t, 302, "see PATH"), tickets.Unknown},
		"wrong token":        {answering(t, 401, `{"ok":false,"error_code":401,"description":"Unauthorized"}`), tickets.Unauthorized},
		"server's fault":     {answering(t, 500, `{"ok":false,"error_code":500,"description":"Internal Server Error: restart"}`), tickets.Unavailable},
		"flood":              {answering(t, 429, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 5","parameters":{"retry_after":5}}`), tickets.Unavailable},
		"refusal with a 200": {answering(t, 200, `{"ok":false,"error_code":400,"description":"Bad Request: nonsense"}`), tickets.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := test.client.Identify(t.Context())
			if !errors.Is(err, test.want) {
				t.Errorf("err = %v, want %s", err, test.want)
			}
			if strings.Contains(err.Error(), "very-secret") {
				t.Errorf("the error holds the token: %v", err)
			}
			err = test.client.call(t.Context(), "getUpdates", struct{}{}, nil)
			if err == nil || strings.Contains(err.Error(), "very-secret") {
				t.Errorf("getUpdates: %v", err)
			}
		})
	}
}

func TestAnswerWithSpacesIsRead(t *testing.T) {
	t.Parallel()
	c := answering(t, 200, `{ "result": {"id": 100000, "is_bot": true, "username": "shop_bot"}, "ok": true }`)
	if err := c.Identify(t.Context()); err != nil || c.Username() != "shop_bot" || c.ID() != 100000 {
		t.Errorf("%v, %q, %d", err, c.Username(), c.ID())
	}
}

func TestClientRefusesNonsense(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]ClientConfig{
		"no log":   {Token: testToken},
		"no token": {Log: quiet()},
		"no id":    {Token: "secret", Log: quiet()},
		"no host":  {Token: testToken, URL: "nowhere", Log: quiet()},
	} {
		if _, err := NewClient(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestConnectionsAreKept(t *testing.T) {
	t.Parallel()
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"ok":true,"result":[]}`)
	}))
	server.Config.ConnState = countNew(&opened)
	server.Start()
	t.Cleanup(server.Close)
	c := clientOf(t, server.URL)
	for range 5 { // rounds of parallel calls: the default transport keeps two connections of eight
		results := make(chan error)
		for range 8 {
			go func() { results <- c.call(t.Context(), "getUpdates", struct{}{}, nil) }()
		}
		for range 8 {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
	}
	if n := opened.Load(); n > 16 {
		t.Errorf("%d connections for 8 parallel callers", n)
	}
}

func countNew(n *atomic.Int64) func(net.Conn, http.ConnState) {
	return func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			n.Add(1)
		}
	}
}
