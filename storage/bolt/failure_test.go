package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"go.etcd.io/bbolt"

	"boxoffice/tickets"
)

// hookWrites replaces how bbolt writes pages. It has no door for that: the field is found by name, and the tests that
// use it fail loudly when bbolt renames it.
func hookWrites(t *testing.T, db *bbolt.DB, write func(b []byte, off int64) (int, error)) {
	t.Helper()
	*writesOf(t, db) = write
}

func writesOf(t *testing.T, db *bbolt.DB) *func(b []byte, off int64) (int, error) {
	t.Helper()
	field := reflect.ValueOf(db).Elem().FieldByName("ops").FieldByName("writeAt")
	if !field.IsValid() || field.Type() != reflect.TypeFor[func([]byte, int64) (int, error)]() {
		t.Fatal("bbolt has no ops.writeAt any more")
	}
	return (*func([]byte, int64) (int, error))(unsafe.Pointer(field.UnsafeAddr()))
}

func openNew(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	err = s.Update(t.Context(), func(tx tickets.Tx) error { _, err := tx.PutCatalog(benchCatalog()); return err })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFailedCommitEndsTheStore(t *testing.T) {
	t.Parallel()
	s := openNew(t, filepath.Join(t.TempDir(), "shop.db"))
	if err := place(t.Context(), s, 1); err != nil {
		t.Fatal(err)
	}
	hookWrites(t, s.db, func([]byte, int64) (int, error) { return 0, syscall.EIO })
	err := place(t.Context(), s, 2)
	if !errors.Is(err, tickets.Unavailable) || !errors.Is(err, syscall.EIO) || !strings.Contains(err.Error(), "outcome unknown") {
		t.Errorf("the commit: %v", err)
	}
	select {
	case <-s.Failed():
	default:
		t.Error("not failed")
	}
	for range 2 {
		if err := place(t.Context(), s, 3); !errors.Is(err, tickets.Unavailable) {
			t.Errorf("update afterwards: %v", err)
		}
		err := s.View(t.Context(), func(tickets.Reader) error { t.Error("ran"); return nil })
		if !errors.Is(err, tickets.Unavailable) {
			t.Errorf("view afterwards: %v", err)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	s, err = Open(t.Context(), s.Path(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := place(t.Context(), s, 4); err != nil {
		t.Errorf("after a new start: %v", err)
	}
}

func TestPanickingCommitEndsTheStore(t *testing.T) {
	t.Parallel()
	s := openNew(t, filepath.Join(t.TempDir(), "shop.db"))
	hookWrites(t, s.db, func([]byte, int64) (int, error) { panic("assertion failed") })
	if err := place(t.Context(), s, 1); !errors.Is(err, tickets.Unavailable) {
		t.Errorf("the commit: %v", err)
	}
	<-s.Failed()
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func TestFileStaysWithinItsBound(t *testing.T) {
	t.Parallel()
	const bound = 20 << 20
	path := filepath.Join(t.TempDir(), "shop.db")
	s, err := Open(t.Context(), path, Options{MaxSize: bound})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	body := make([]byte, 1<<20)
	for i := 0; err == nil && i < 100; i++ {
		err = s.Update(t.Context(), func(tx tickets.Tx) error {
			id := fmt.Sprint(i)
			return tx.CreateNotice(tickets.Notice{ID: tickets.NoticeID(id), Gateway: "g", Event: id, Body: body})
		})
	}
	if !errors.Is(err, tickets.Unavailable) {
		t.Errorf("growing: %v", err)
	}
	if st, err := os.Stat(path); err != nil || st.Size() > bound {
		t.Errorf("%d bytes, %v", st.Size(), err)
	}
	if err := s.Update(t.Context(), func(tx tickets.Tx) error { return tx.PutSetting("small", "fits") }); err != nil {
		t.Errorf("a small one afterwards: %v", err)
	}
}

// TestFullDiskRefusesAndGoesOn fills the disk at each write of a commit in turn: data pages, then the page that makes
// them count. Nothing of a refused commit is there, and with room again the store goes on.
func TestFullDiskRefusesAndGoesOn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shop.db")
	s := openNew(t, path)
	room := *writesOf(t, s.db)
	refused := 0
	for full := 1; ; full++ {
		writes := 0
		hookWrites(t, s.db, func(b []byte, off int64) (int, error) {
			if writes++; writes == full {
				return 0, &fs.PathError{Op: "write", Path: path, Err: syscall.ENOSPC}
			}
			return room(b, off)
		})
		err := place(t.Context(), s, full)
		if writes < full {
			if err != nil {
				t.Errorf("with room for all of it: %v", err)
			}
			break
		}
		refused++
		if !errors.Is(err, tickets.Unavailable) || !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("no room at write %d: %v", full, err)
		}
		hookWrites(t, s.db, room)
		if err := place(t.Context(), s, full); err != nil { // it would be refused as there already, had it been stored
			t.Fatalf("again, with room: %v", err)
		}
	}
	if refused < 3 {
		t.Errorf("a commit has only %d writes", refused)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Verify(t.Context(), path, func(fault string) { t.Error(fault) }); err != nil {
		t.Error(err)
	}
}

func TestFullDiskAfterTheLastWriteEndsTheStore(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shop.db")
	s := openNew(t, path)
	room, page := *writesOf(t, s.db), int64(s.db.Info().PageSize)
	hookWrites(t, s.db, func(b []byte, off int64) (int, error) {
		n, err := room(b, off)
		if off < 2*page { // one of the two pages that make a commit count
			return n, &fs.PathError{Op: "write", Path: path, Err: syscall.ENOSPC}
		}
		return n, err
	})
	if err := place(t.Context(), s, 1); err == nil || !strings.Contains(err.Error(), "outcome unknown") {
		t.Errorf("the commit: %v", err)
	}
	<-s.Failed()
}
