package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"boxoffice/storage"
	"boxoffice/tickets"
)

// How often the tests below fill the disk and break it; "make kills" sets 20 and 200.
const (
	fullVariable   = "BOXOFFICE_FULL_DISKS"
	faultsVariable = "BOXOFFICE_FAULTS"
)

// TestFullDiskIsRefusedAndSurvived fills the disk under serve again and again while customers buy and get their money
// back. What cannot be stored is refused, what was acknowledged is there, and serve goes on without a new start.
func TestFullDiskIsRefusedAndSurvived(t *testing.T) {
	t.Parallel()
	w := patientWorld(t)
	w.smallDisk("64m")
	w.start()
	pid := w.proc.Process.Pid
	crowd, leave := gather(w, 8)
	var acknowledged []string
	refused := 0
	for round := range times(t, fullVariable, 2) {
		pause(time.Duration(500+rand.IntN(500)) * time.Millisecond)
		ballast := w.fill()
		for n, deadline := 0, time.Now().Add(20*time.Second); ; n++ {
			id := fmt.Sprintf("evt_probe_%d_%d", round, n)
			status := w.notice(id)
			if status == http.StatusServiceUnavailable {
				refused++
				break
			}
			if status != http.StatusOK {
				t.Fatalf("a notice on a full disk: %d", status)
			}
			acknowledged = append(acknowledged, id)
			if time.Now().After(deadline) {
				t.Fatal("the disk is full, and everything is stored")
			}
		}
		if !w.answers("/healthz") {
			t.Error("not alive on a full disk")
		}
		pause(200 * time.Millisecond)
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	}
	leave()
	if err := syscall.Kill(pid, 0); err != nil {
		t.Errorf("serve did not survive: %v", err)
	}
	crowd.check()
	t.Logf("%d notices refused, %d acknowledged", refused, len(acknowledged))
	w.remembers(acknowledged)
}

// smallDisk makes the world's folder a disk of its own; it takes the right to mount.
func (w *world) smallDisk(size string) {
	w.t.Helper()
	name := filepath.Join(w.dir, "catalog.yaml")
	catalog, err := os.ReadFile(name)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", w.dir, "tmpfs", 0, "size="+size); err != nil {
		w.skip("a small disk needs the right to mount: %v", err)
	}
	w.t.Cleanup(func() { _ = syscall.Unmount(w.dir, syscall.MNT_DETACH) })
	if err := os.WriteFile(name, catalog, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// skip says loudly what cannot be tested here; in CI nothing may be skipped.
func (w *world) skip(format string, args ...any) {
	w.t.Helper()
	if os.Getenv("CI") != "" {
		w.t.Fatalf("in CI nothing may be skipped: "+format, args...)
	}
	w.t.Skipf("SKIPPED: "+format, args...)
}

// fill writes a file until nothing more fits, and returns its name.
func (w *world) fill() string {
	w.t.Helper()
	f, err := os.Create(filepath.Join(w.dir, "ballast"))
	if err != nil {
		w.t.Fatal(err)
	}
	block := make([]byte, 1<<20)
	for len(block) >= 512 {
		if _, err := f.Write(block); errors.Is(err, syscall.ENOSPC) {
			block = block[:len(block)/2]
		} else if err != nil {
			w.t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		w.t.Fatal(err)
	}
	return f.Name()
}

// notice posts a signed notice of Stripe's that changes nothing, and is answered with its status.
func (w *world) notice(event string) int {
	w.t.Helper()
	now := time.Now()
	body := fmt.Appendf(nil, `{"id":%q,"object":"event","api_version":"2023-10-16","type":"customer.updated","created":%d,"livemode":false,"data":{"object":{"note":%q}}}`,
		event, now.Unix(), strings.Repeat("x", 20_000))
	req, err := http.NewRequestWithContext(w.t.Context(), "POST", "http://"+w.addr+"/webhooks/stripe", bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Stripe-Signature", w.stripe.Sign(body, now))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode
}

// remembers looks for notices in the stopped shop.
func (w *world) remembers(events []string) {
	w.t.Helper()
	s, err := storage.Open(w.t.Context(), "bolt:"+filepath.Join(w.dir, "shop.db"), storage.Options{ReadOnly: true})
	if err != nil {
		w.t.Fatal(err)
	}
	err = s.View(w.t.Context(), func(r tickets.Reader) error {
		for _, id := range events {
			if _, err := r.NoticeByEvent("stripe", id); err != nil {
				w.t.Errorf("notice %s was acknowledged: %v", id, err)
			}
		}
		return nil
	})
	if err := errors.Join(err, s.Close()); err != nil {
		w.t.Fatal(err)
	}
}

// TestFailingDiskEndsServeAndLosesNothing makes syncs to the disk fail under load, sometimes that of the data and
// sometimes that of the page which makes a commit count, after which bbolt says error and the commit is there. Whatever
// it was, serve ends and a new one reads what is true.
func TestFailingDiskEndsServeAndLosesNothing(t *testing.T) {
	t.Parallel()
	w := patientWorld(t)
	strace, err := exec.LookPath("strace")
	if err != nil {
		w.skip("failing syncs need strace: %v", err)
	}
	w.start()
	crowd, leave := gather(w, 8)
	for n := range times(t, faultsVariable, 4) {
		pause(time.Duration(100+rand.IntN(300)) * time.Millisecond)
		w.breakDisk(strace, 1+n%4)
		w.start()
	}
	leave()
	crowd.check()
}

// breakDisk makes the n-th sync of a thread of serve fail, and waits until serve has ended itself.
func (w *world) breakDisk(strace string, n int) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 60*time.Second)
	defer cancel()
	var said bytes.Buffer
	tracer := exec.CommandContext(ctx, strace, "-f", "-qq", "-o", "/dev/null", "-p", fmt.Sprint(w.proc.Process.Pid),
		"-e", "trace=fdatasync,fsync", "-e", fmt.Sprintf("inject=fdatasync,fsync:error=EIO:when=%d", n))
	tracer.Stderr = &said
	if err := tracer.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- w.proc.Wait() }()
	traced := make(chan error, 1)
	go func() { traced <- tracer.Wait() }()
	select {
	case err := <-traced:
		if strings.Contains(said.String(), "not permitted") {
			w.skip("failing syncs need the right to trace: %s", said.String())
		}
		traced <- err
	case err := <-ended:
		ended <- err
	case <-ctx.Done():
	}
	select {
	case err := <-ended:
		var exit *exec.ExitError
		if !asExit(err, &exit) || exit.ExitCode() != 1 {
			w.t.Errorf("serve after a failed sync: %v\n%s", err, w.log.tail(2000))
		}
		if err := <-traced; err != nil {
			w.t.Logf("strace: %v", err)
		}
	case <-ctx.Done():
		w.t.Fatalf("serve goes on after a failed sync: %s\n%s", said.String(), w.log.tail(2000))
	}
	w.proc = nil
}
