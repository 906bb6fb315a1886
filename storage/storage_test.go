package storage_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"boxoffice/storage"
	"boxoffice/tickets"
)

func open(t *testing.T, dsn string, o storage.Options) tickets.Store {
	t.Helper()
	s, err := storage.Open(t.Context(), dsn, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
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

func TestOpenSaysWhatADSNShouldBe(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]string{
		"": "write bolt:FILE", "shop.db": "write bolt:FILE", "bolt:": "write bolt:FILE", "mysql://x": "write bolt:FILE",
		"postgres://user:secret@localhost/shop": "PostgreSQL is not in this version",
	} {
		_, err := storage.Open(t.Context(), dsn, storage.Options{})
		if !errors.Is(err, tickets.Invalid) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", dsn, err)
		}
	}
}

func TestShopIsRememberedAndReadOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	dsn := "bolt:" + filepath.Join(t.TempDir(), "shop.db")
	s := open(t, dsn, storage.Options{})
	setName(t, s, "Sentosa")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r := open(t, dsn, storage.Options{ReadOnly: true})
	if got := name(t, r); got != "Sentosa" {
		t.Errorf("name %q", got)
	}
	if err := r.Update(t.Context(), func(tickets.Tx) error { return nil }); err == nil {
		t.Error("a read-only store was written to")
	}
}

func TestRestoreBringsBackWhereNothingIs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dsn, backup := "bolt:"+filepath.Join(dir, "shop.db"), filepath.Join(dir, "backup.db")
	s := open(t, dsn, storage.Options{})
	setName(t, s, "then")
	if err := storage.Backup(t.Context(), s, backup); err != nil {
		t.Fatal(err)
	}
	setName(t, s, "now")
	if err := storage.Restore(t.Context(), backup, dsn); !errors.Is(err, tickets.Exists) {
		t.Errorf("over the shop: %v", err)
	}
	if got := name(t, s); got != "now" {
		t.Errorf("the shop says %q", got)
	}
	elsewhere := "bolt:" + filepath.Join(t.TempDir(), "shop.db")
	if err := storage.Restore(t.Context(), backup, elsewhere); err != nil {
		t.Fatal(err)
	}
	if got := name(t, open(t, elsewhere, storage.Options{})); got != "then" {
		t.Errorf("restored %q", got)
	}
}

func TestRestoreRefusesADamagedSnapshot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	backup := filepath.Join(dir, "backup.db")
	s := open(t, "bolt:"+filepath.Join(dir, "shop.db"), storage.Options{})
	setName(t, s, "a name that is easily found")
	if err := storage.Backup(t.Context(), s, backup); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	raw[strings.LastIndex(string(raw), "easily")] ^= 1
	if err := os.WriteFile(backup, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(t.TempDir(), "shop.db")
	if err := storage.Restore(t.Context(), backup, "bolt:"+target); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("restore: %v", err)
	}
	if _, err := os.Stat(target); err == nil {
		t.Error("the damaged snapshot was installed")
	}
}
