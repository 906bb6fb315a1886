package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"boxoffice/tickets"
)

var errDied = errors.New("died")

// tomorrow is a schema that is one ahead: its migration gives every setting's value an exclamation mark, two rows a
// step. It dies at step dies (0: never), as a process does: the step's transaction is not committed.
func tomorrow(dies int) schema {
	step := 0
	return schema{version: SchemaVersion + 1, migrations: []migration{{
		to: SchemaVersion + 1,
		step: func(btx *bbolt.Tx, mark []byte) ([]byte, error) {
			if step++; step == dies {
				return nil, errDied
			}
			b := tSetting.tree().bucket(btx)
			var keys [][]byte
			c := b.Cursor()
			for k, _ := c.Seek(append(mark, byte(tSetting))[:max(len(mark), 1)]); len(k) > 0 && k[0] == byte(tSetting) && len(keys) < 3; k, _ = c.Next() {
				keys = append(keys, bytes.Clone(k))
			}
			for _, k := range keys[:min(len(keys), 2)] {
				var s setting
				if err := decodeRow(tSetting, k[1:], b.Get(k), &s); err != nil {
					return nil, err
				}
				s.Value += "!"
				raw, err := encodeRow(tSetting, k[1:], s)
				if err := errors.Join(err, b.Put(k, raw)); err != nil {
					return nil, err
				}
			}
			if len(keys) < 3 {
				return nil, nil
			}
			return keys[2], nil
		},
	}}}
}

// beforeTomorrow is the copy that tomorrow's migration makes.
func beforeTomorrow(path string) string { return fmt.Sprintf("%s.before-v%d", path, SchemaVersion+1) }

// oldFile is a shop with settings a to g, each with its own name as value.
func oldFile(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "shop.db")
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(t.Context(), func(tx tickets.Tx) error {
		for _, n := range "abcdefg" {
			if err := tx.PutSetting(string(n), string(n)); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// settingValues are the values of settings a to g in a row.
func settingValues(t *testing.T, s *Store) string {
	t.Helper()
	var out strings.Builder
	err := s.View(t.Context(), func(r tickets.Reader) error {
		for _, n := range "abcdefg" {
			v, err := r.Setting(string(n))
			if err != nil {
				return err
			}
			out.WriteString(v)
		}
		r.Check(func(f string) { t.Error(f) })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestMigrationGoesOnWhereItDied(t *testing.T) {
	t.Parallel()
	for dies := range 5 {
		path := oldFile(t)
		if dies > 0 {
			if _, err := open(t.Context(), path, Options{}, tomorrow(dies)); !errors.Is(err, errDied) {
				t.Fatalf("dies at %d: %v", dies, err)
			}
		}
		s, err := open(t.Context(), path, Options{}, tomorrow(0))
		if err != nil {
			t.Fatalf("after dying at %d: %v", dies, err)
		}
		if got := settingValues(t, s); got != "a!b!c!d!e!f!g!" {
			t.Errorf("after dying at %d: %s", dies, got)
		}
		if v, err := s.SchemaVersion(); err != nil || v != SchemaVersion+1 {
			t.Errorf("schema %d, %v", v, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		old, err := Open(t.Context(), beforeTomorrow(path), Options{})
		if err != nil {
			t.Fatalf("copy from before: %v", err)
		}
		if got := settingValues(t, old); got != "abcdefg" {
			t.Errorf("copy after dying at %d: %s", dies, got)
		}
		if err := old.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFileOfANewerVersionIsRefused(t *testing.T) {
	t.Parallel()
	path := oldFile(t)
	s, err := open(t.Context(), path, Options{}, tomorrow(0))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, o := range []Options{{}, {ReadOnly: true}} {
		_, err := Open(t.Context(), path, o)
		want := fmt.Sprintf("newer version (schema %d, this program knows %d)", SchemaVersion+1, SchemaVersion)
		if !errors.Is(err, tickets.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestOlderFileIsNotOpenedReadOnly(t *testing.T) {
	t.Parallel()
	path := oldFile(t)
	if _, err := open(t.Context(), path, Options{ReadOnly: true}, tomorrow(0)); !errors.Is(err, tickets.Invalid) {
		t.Errorf("open: %v", err)
	}
	if _, err := os.Stat(beforeTomorrow(path)); err == nil {
		t.Error("a copy was made")
	}
}

func TestMigrationNeverOverwritesACopy(t *testing.T) {
	t.Parallel()
	path := oldFile(t)
	if err := os.WriteFile(beforeTomorrow(path), []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t.Context(), path, Options{}, tomorrow(0)); !errors.Is(err, tickets.Exists) {
		t.Errorf("open: %v", err)
	}
}
