// Package storage opens a shop's store by its DSN. It is the only place that knows the engines by name; everybody
// else has a [tickets.Store].
//
//	store, err := storage.Open(ctx, "bolt:boxoffice.db", storage.Options{})
//
// There is one engine in this version, bbolt: one file, one process.
package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"boxoffice/storage/bolt"
	"boxoffice/tickets"
)

// Options are choices at Open; the zero value is right for a shop.
type Options struct {
	// ReadOnly opens for View only.
	ReadOnly bool
}

// Open opens the store that dsn names, "bolt:PATH". It fails with Conflict when another process owns it, and with
// Invalid for a DSN or a file that is not right.
func Open(ctx context.Context, dsn string, o Options) (tickets.Store, error) {
	path, err := file(dsn)
	if err != nil {
		return nil, err
	}
	s, err := bolt.Open(ctx, path, bolt.Options{ReadOnly: o.ReadOnly})
	if err != nil {
		return nil, err // not s: a nil *bolt.Store is no nil Store
	}
	return s, nil
}

func file(dsn string) (string, error) {
	kind, path, _ := strings.Cut(dsn, ":")
	switch {
	case kind == "bolt" && path != "":
		return path, nil
	case kind == "postgres" || kind == "postgresql":
		return "", tickets.Refuse(tickets.Invalid, "storage %s: PostgreSQL is not in this version; use bolt:FILE", kind)
	default:
		return "", tickets.Refuse(tickets.Invalid, "storage %q: write bolt:FILE", dsn)
	}
}

// snapshotter is an engine that writes one moment of itself to a file while it is used.
type snapshotter interface {
	Snapshot(ctx context.Context, path string) error
}

// Backup writes one moment of the store to path, verified. It fails with Invalid for an engine that has tools of its
// own for that.
func Backup(ctx context.Context, s tickets.Store, path string) error {
	sn, ok := s.(snapshotter)
	if !ok {
		return tickets.Refuse(tickets.Invalid, "this storage is backed up with its own tools")
	}
	return sn.Snapshot(ctx, path)
}

// Restore verifies a backup and puts it where dsn says, where nothing may be. It fails with Exists when something is,
// and with Invalid when the backup is not a sound shop.
func Restore(ctx context.Context, backup, dsn string) (err error) {
	path, err := file(dsn)
	if err != nil {
		return err
	}
	faults := 0
	first := ""
	err = bolt.Verify(ctx, backup, func(fault string) {
		if faults++; faults == 1 {
			first = fault
		}
	})
	if err != nil {
		return err
	}
	if faults > 0 {
		return tickets.Refuse(tickets.Invalid, "%s has %d faults, the first: %s", backup, faults, first)
	}
	if _, err := os.Stat(path); err == nil {
		return tickets.Refuse(tickets.Exists, "%s is there already", path)
	}
	return copyFile(backup, path)
}

// copyFile copies to a new file that appears only when it is complete and on disk.
func copyFile(from, to string) (err error) {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // only read
	tmp, err := os.CreateTemp(filepath.Dir(to), "."+filepath.Base(to)+".new-*")
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	_, err = io.Copy(tmp, src)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("restore: %w", errors.Join(err, os.Remove(tmp.Name())))
	}
	if err := os.Link(tmp.Name(), to); err != nil { // unlike Rename it never replaces
		return fmt.Errorf("restore: %w", errors.Join(err, os.Remove(tmp.Name())))
	}
	if err := os.Remove(tmp.Name()); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(to))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
