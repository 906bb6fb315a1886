package bolt

import (
	"path/filepath"
	"testing"

	"boxoffice/storage/storagetest"
	"boxoffice/tickets"
)

func TestContractHoldsWithTheSmallestBlocks(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, func(t *testing.T) tickets.Store {
		t.Helper()
		s, err := Open(t.Context(), filepath.Join(t.TempDir(), "shop.db"), Options{blockRows: 3, blockWait: 1})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	})
}
