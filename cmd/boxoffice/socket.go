package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"boxoffice/config"
	"boxoffice/tickets"
)

// While serve runs on bbolt it owns the file. Commands that need the store are then run by the service itself: it
// listens on a unix socket beside the file, mode 0600, and runs the same task that the command would run alone.

// task is a command's work on an open shop. It writes what the person sees, and fails with errSaidNo after having said
// so itself. It must not read files or the environment: args hold everything, as JSON.
type task func(ctx context.Context, s *shop, args json.RawMessage, out io.Writer) error

// tasks are all that may be asked for over the socket.
var tasks = map[string]task{
	"backup":         backupTask,
	"catalog apply":  applyTask,
	"catalog export": exportTask,
	"link":           linkTask,
	"member add":     memberAddTask,
	"member reset":   memberResetTask,
	"token add":      tokenAddTask,
	"token list":     tokenListTask,
	"token remove":   tokenRemoveTask,
	"key rotate":     keyRotateTask,
	"ticket verify":  verifyTask,
	"evidence":       evidenceTask,
}

// socketPath is where the service that owns a storage listens; "" for storages that many processes share.
func socketPath(dsn string) string {
	path, ok := strings.CutPrefix(dsn, "bolt:")
	if !ok {
		return ""
	}
	path = filepath.Clean(path) + ".sock"
	// A unix socket's path holds about 100 bytes; a relative one may be much shorter.
	if abs, err := filepath.Abs(path); err == nil && len(abs) > 100 {
		if wd, err := os.Getwd(); err == nil {
			if rel, err := filepath.Rel(wd, abs); err == nil && len(rel) < len(abs) {
				return rel
			}
		}
	}
	return path
}

// runTask runs a task by the service that owns the storage, if one does, else alone.
func (e *env) runTask(ctx context.Context, name string, args any, out io.Writer) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	raw, err := json.Marshal(args)
	if err != nil {
		return err
	}
	if path := socketPath(cfg.Storage); path != "" {
		done, err := askService(ctx, path, name, raw, out)
		if done {
			return err
		}
	}
	return runAlone(ctx, cfg, name, raw, out)
}

func runAlone(ctx context.Context, cfg config.Config, name string, args json.RawMessage, out io.Writer) error {
	if path, ok := strings.CutPrefix(cfg.Storage, "bolt:"); ok && !makesShop[name] {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) { // a slip in the path must not become an empty shop
			return fmt.Errorf("there is no shop at %s; boxoffice serve makes one, and so does boxoffice catalog apply", cfg.Storage)
		}
	}
	cfg.Gateways = nil // no task asks a provider, so that a backup needs none of their keys
	s, err := openShop(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	if name != "catalog apply" {
		err = s.ensureCatalog(ctx, cfg.Catalog)
	}
	if err == nil {
		err = tasks[name](ctx, s, args, out)
	}
	return errors.Join(err, s.Close())
}

// makesShop are the tasks that may come before the first start: they make the shop, with the catalog file.
var makesShop = map[string]bool{"catalog apply": true, "link": true, "token add": true, "member add": true}

// askService runs a task over the socket. done is false when nobody listens there.
func askService(ctx context.Context, path, name string, args json.RawMessage, out io.Writer) (done bool, err error) {
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: 2 * time.Second}).DialContext(ctx, "unix", path)
	}}}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://boxoffice/"+strings.ReplaceAll(name, " ", "/"), bytes.NewReader(args))
	if err != nil {
		return true, err
	}
	resp, err := client.Do(req)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" {
			return false, nil
		}
		return true, fmt.Errorf("the service at %s: %w", path, err)
	}
	defer func() { _ = resp.Body.Close() }() // only read
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return true, err
	}
	switch resp.StatusCode {
	case http.StatusOK:
		_, err = out.Write(body)
		return true, err
	case http.StatusConflict: // the task's own no, said in the body
		if _, err := out.Write(body); err != nil {
			return true, err
		}
		return true, errSaidNo
	default:
		return true, errors.New(strings.TrimSpace(string(body)))
	}
}

// serveSocket answers tasks until ctx ends. A socket left by a dead service is replaced: the storage's own lock, which
// we hold, says that nobody else serves.
func serveSocket(ctx context.Context, s *shop, path string) error {
	if path == "" {
		<-ctx.Done()
		return nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("socket: %w", err)
	}
	l, err := listenPrivate(ctx, path)
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	srv := &http.Server{Handler: taskHandler(s), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Hour, IdleTimeout: time.Minute}
	finished := make(chan error, 1)
	go func() { finished <- srv.Serve(l) }()
	select {
	case err = <-finished:
		return fmt.Errorf("socket: %w", err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err = srv.Shutdown(stop)
	if served := <-finished; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

func taskHandler(s *shop) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.ReplaceAll(strings.Trim(r.URL.Path, "/"), "/", " ")
		t, ok := tasks[name]
		if !ok || r.Method != http.MethodPost {
			http.Error(w, "no such command", http.StatusNotFound)
			return
		}
		args, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 8<<20))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var out bytes.Buffer
		err = t(r.Context(), s, args, &out)
		switch {
		case err == nil:
		case errors.Is(err, errSaidNo):
			w.WriteHeader(http.StatusConflict)
		default:
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		if _, err := w.Write(out.Bytes()); err != nil {
			s.log.Warn("socket answer not written", "error", err)
		}
	})
}

// decode reads a task's arguments.
func decode[T any](args json.RawMessage) (T, error) {
	var v T
	err := json.Unmarshal(args, &v)
	if err != nil {
		return v, tickets.Refuse(tickets.Invalid, "arguments: %v", err)
	}
	return v, nil
}
