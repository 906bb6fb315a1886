package bolt_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"boxoffice/storage/bolt"
	"boxoffice/tickets"
)

// childEnv tells the test binary to be a child process; see TestMain.
const childEnv = "BOXOFFICE_BOLT_CHILD"

func TestMain(m *testing.M) {
	role, path, _ := strings.Cut(os.Getenv(childEnv), " ")
	switch role {
	case "":
		os.Exit(m.Run())
	case "open":
		childOpen(path)
	case "write":
		childWrite(path)
	}
}

// child is this test binary as another process with a role and a file.
func child(ctx context.Context, role, path string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+role+" "+path)
	return cmd
}

// childOpen opens the file and says how it went.
func childOpen(path string) {
	s, err := bolt.Open(context.Background(), path, bolt.Options{LockWait: 200 * time.Millisecond})
	if err != nil {
		os.Stdout.WriteString(string(tickets.KindOf(err)) + "\n" + err.Error() + "\n")
		os.Exit(1)
	}
	if err := s.Close(); err != nil {
		os.Exit(3)
	}
}

func TestSecondProcessIsToldWhoseFileItIs(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shop.db")
	s := openAt(t, path)
	out, err := child(t.Context(), "open", path).Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("second process: %v, %s", err, out)
	}
	for _, want := range []string{string(tickets.Conflict), "another process has " + path + " open", "stop it"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("said %q, without %q", out, want)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if out, err := child(t.Context(), "open", path).Output(); err != nil {
		t.Errorf("after close: %v, %s", err, out)
	}
}

func openAt(t *testing.T, path string) *bolt.Store {
	t.Helper()
	s, err := bolt.Open(t.Context(), path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestFileIsForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "shop.db")
	openAt(t, path)
	st, err := os.Stat(path)
	if err != nil || st.Mode() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
		t.Errorf("left beside it: %v, %v", names, err)
	}
}

func TestWhatIsNotAShopIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(path string) error{
		"empty": func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"text": func(path string) error {
			return os.WriteFile(path, []byte(strings.Repeat("catalog: yaml\n", 4096)), 0o600)
		},
		"folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"other bbolt file": func(path string) error {
			db, err := bbolt.Open(path, 0o600, nil)
			return errors.Join(err, db.Close())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "shop.db")
			if err := make(path); err != nil {
				t.Fatal(err)
			}
			before, _ := os.ReadFile(path)
			_, err := bolt.Open(t.Context(), path, bolt.Options{})
			if !errors.Is(err, tickets.Invalid) || !strings.Contains(err.Error(), path) {
				t.Errorf("open: %v", err)
			}
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestReadOnlyReadsAndNeverWrites(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shop.db")
	if _, err := bolt.Open(t.Context(), path, bolt.Options{ReadOnly: true}); !errors.Is(err, tickets.NotFound) {
		t.Errorf("absent: %v", err)
	}
	s := openAt(t, path)
	setName(t, s, "before")
	if _, err := bolt.Open(t.Context(), path, bolt.Options{ReadOnly: true, LockWait: 20 * time.Millisecond}); !errors.Is(err, tickets.Conflict) {
		t.Errorf("beside a writer: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // readers may be several
		r, err := bolt.Open(t.Context(), path, bolt.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = r.Close() })
		if got := name(t, r); got != "before" {
			t.Errorf("name %q", got)
		}
		err = r.Update(t.Context(), func(tickets.Tx) error { t.Error("ran"); return nil })
		if !errors.Is(err, tickets.Forbidden) {
			t.Errorf("update: %v", err)
		}
	}
}

func setName(t *testing.T, s tickets.Store, v string) {
	t.Helper()
	if err := s.Update(t.Context(), func(tx tickets.Tx) error { return tx.PutSetting("name", v) }); err != nil {
		t.Fatal(err)
	}
}

func name(t *testing.T, s tickets.Store) (v string) {
	t.Helper()
	err := s.View(t.Context(), func(r tickets.Reader) (err error) { v, err = r.Setting("name"); return err })
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// faults are what Check finds in a file.
func faults(t *testing.T, path string) (out []string) {
	t.Helper()
	if err := bolt.Verify(t.Context(), path, func(f string) { out = append(out, f) }); err != nil {
		t.Fatal(err)
	}
	return out
}
