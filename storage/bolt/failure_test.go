package bolt

import (
	"errors"
	"fmt"
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
	field := reflect.ValueOf(db).Elem().FieldByName("ops").FieldByName("writeAt")
	if !field.IsValid() || field.Type() != reflect.TypeOf(write) {
		t.Fatal("bbolt has no ops.writeAt any more")
	}
	*(*func([]byte, int64) (int, error))(unsafe.Pointer(field.UnsafeAddr())) = write
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
}
