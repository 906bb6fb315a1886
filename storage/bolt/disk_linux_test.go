package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"boxoffice/tickets"
)

// TestFullDiskKeepsWhatWasAcknowledged fills a small disk with sales, and makes it larger under the open store.
func TestFullDiskKeepsWhatWasAcknowledged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("in CI nothing may be skipped: mount a small disk: %v", err)
		}
		t.Skipf("SKIPPED: a small disk needs the right to mount: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	s := openNew(t, filepath.Join(dir, "shop.db"))
	n := 0
	var err error
	for ; err == nil && n < 50_000; n++ {
		err = place(t.Context(), s, n)
	}
	if !errors.Is(err, tickets.Unavailable) || n < 11 {
		t.Fatalf("after %d sales: %v", n-1, err)
	}
	for refused := 0; refused < 50; { // a shop that is told "later" asks again; what the store tidies may have made room for it
		switch err := place(t.Context(), s, n-1); {
		case err == nil:
			n++
		case errors.Is(err, tickets.Unavailable):
			refused++
		default:
			t.Fatalf("on the full disk: %v", err)
		}
	}
	acknowledged := n - 1
	err = s.View(t.Context(), func(r tickets.Reader) error {
		for i := range acknowledged {
			if _, err := r.Order(newSale(i).order.ID); err != nil {
				return fmt.Errorf("acknowledged and lost: %w", err)
			}
		}
		if _, err := r.Order(newSale(n - 1).order.ID); !errors.Is(err, tickets.NotFound) {
			return fmt.Errorf("refused, and there: %w", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=96m"); err != nil {
		t.Fatal(err)
	}
	if err := place(t.Context(), s, n-1); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := Verify(t.Context(), s.Path(), func(f string) { t.Error(f) }); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d sales acknowledged", acknowledged)
}
