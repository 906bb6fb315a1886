package bolt

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"boxoffice/tickets"
)

// Snapshot writes one moment of the store to a file, while sales go on: it appears under its name only when it is
// complete, on disk, and found good by [Verify]. A file of that name is replaced. Pages that sales free meanwhile are
// not used again until it ends, so the target should be a local disk.
func (s *Store) Snapshot(ctx context.Context, path string) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.calls.Done()
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	own, err := os.Stat(s.path)
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	if st, err := os.Stat(path); err == nil && os.SameFile(own, st) {
		return tickets.Refuse(tickets.Invalid, "%s is the shop itself", path)
	}
	return s.copyTo(ctx, path)
}

func (s *Store) copyTo(ctx context.Context, path string) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".new-*")
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	name := tmp.Name()
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("snapshot %s: %w", path, err), removed(os.Remove(name)))
		}
	}()
	err = errors.Join(s.writeTo(ctx, tmp), tmp.Close())
	if err != nil {
		return err
	}
	if err := sound(ctx, name); err != nil {
		return err
	}
	if err := os.Rename(name, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// writeTo writes and syncs.
func (s *Store) writeTo(ctx context.Context, f *os.File) (err error) {
	defer recoverDamage(&err)
	out := bufio.NewWriterSize(&cancelWriter{ctx, f}, 1<<20)
	err = s.db.View(func(btx *bbolt.Tx) error {
		_, err := btx.WriteTo(out)
		return err
	})
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return f.Sync()
}

// cancelWriter ends a long copy with its context.
type cancelWriter struct {
	ctx context.Context
	f   *os.File
}

func (w *cancelWriter) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, fmt.Errorf("%w: %w", tickets.Unavailable, context.Cause(w.ctx))
	}
	return w.f.Write(p)
}

// Verify opens a file for reading and reports each fault that Check finds. Its error says why it could not be opened.
func Verify(ctx context.Context, path string, report func(fault string)) error {
	s, err := Open(ctx, path, Options{ReadOnly: true})
	if err != nil {
		return err
	}
	err = s.View(ctx, func(r tickets.Reader) error {
		r.Check(report)
		return nil
	})
	return errors.Join(err, s.Close())
}

// sound is Verify without looking at the schema, as files are copied before a migration too: bbolt's own structure and
// the checksum of every row.
func sound(ctx context.Context, path string) error {
	db, err := openFile(path, Options{ReadOnly: true})
	if err != nil {
		return err
	}
	s := &Store{db: db, path: path, readOnly: true, failed: make(chan struct{})}
	var faults []error
	version, err := s.schemaVersion()
	if err != nil {
		return errors.Join(err, s.Close())
	}
	err = s.View(ctx, func(r tickets.Reader) error {
		r.(*reader).checkRows(version == SchemaVersion, func(fault string) {
			if len(faults) < 10 {
				faults = append(faults, errors.New(fault))
			}
		})
		return nil
	})
	return errors.Join(err, errors.Join(faults...), s.Close())
}
