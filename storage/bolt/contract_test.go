package bolt_test

import (
	"path/filepath"
	"testing"

	"boxoffice/storage/bolt"
	"boxoffice/storage/storagetest"
	"boxoffice/tickets"
)

func open(t *testing.T) tickets.Store {
	t.Helper()
	s, err := bolt.Open(t.Context(), filepath.Join(t.TempDir(), "shop.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestContract(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, open)
}
