package bolt_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"boxoffice/storage/bolt"
	"boxoffice/tickets"
)

func TestSnapshotIsOneMomentAndOpens(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openAt(t, filepath.Join(dir, "shop.db"))
	setName(t, s, "before")
	copied := filepath.Join(dir, "copy.db")
	for range 2 { // the second replaces the first
		if err := s.Snapshot(t.Context(), copied); err != nil {
			t.Fatal(err)
		}
	}
	setName(t, s, "after")
	if got := faults(t, copied); got != nil {
		t.Errorf("faults %v", got)
	}
	if got := name(t, openAt(t, copied)); got != "before" {
		t.Errorf("the copy says %q", got)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 2 {
		t.Errorf("left beside: %v, %v", names, err)
	}
}

func TestSnapshotThatCannotBeMadeLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openAt(t, filepath.Join(dir, "shop.db"))
	if err := s.Snapshot(t.Context(), s.Path()); !errors.Is(err, tickets.Invalid) {
		t.Errorf("over itself: %v", err)
	}
	if err := s.Snapshot(t.Context(), filepath.Join(dir, "none", "copy.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("into no folder: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Snapshot(ctx, filepath.Join(dir, "copy.db")); !errors.Is(err, tickets.Unavailable) {
		t.Errorf("ended context: %v", err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
		t.Errorf("left beside: %v, %v", names, err)
	}
	setName(t, s, "still open")
}

// A growing file is mapped anew by bbolt, which waits for open views: while a snapshot or an audit reads, sales would
// stop. The file is mapped larger than this from the start.
func TestGrowingWhileAViewIsOpenDoesNotStopSales(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "shop.db"))
	big := make([]byte, 4<<20)
	err := s.View(t.Context(), func(tickets.Reader) error {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		for i := range 10 {
			err := s.Update(ctx, func(tx tickets.Tx) error {
				return tx.CreateNotice(tickets.Notice{ID: tickets.NoticeID(rune('a' + i)), Gateway: "g", Event: string(rune('a' + i)), Body: big})
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

var _ tickets.Store = (*bolt.Store)(nil)
