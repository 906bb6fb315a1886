package bolt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"boxoffice/tickets"
)

const (
	fileMode = 0o600
	lockWait = 5 * time.Second
)

// mmapSize is how much address space the file is mapped to at once. bbolt maps anew when the file outgrows it, which
// waits for every open View and stops all writers meanwhile (bbolt issue 850): a snapshot to a slow disk stalled
// sales for its whole length. Address space costs nothing on 64 bits; on 32 bits there is little of it.
func mmapSize() int { return int(min(8<<30, int64(math.MaxInt)/8)) }

// Open opens the shop in the file, or makes a new one where there is none. It fails with Conflict when another
// process has the file, and with Invalid when the file is not a shop, is damaged, or is newer than this program. It
// brings an older file to SchemaVersion, after writing a copy beside it named like it with ".before-vN".
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	return open(ctx, path, o, current)
}

func open(ctx context.Context, path string, o Options, sc schema) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	switch st, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist) && o.ReadOnly:
		return nil, tickets.Refuse(tickets.NotFound, "there is no file %s", path)
	case errors.Is(err, fs.ErrNotExist):
		if err := newFile(path, sc, 0); err != nil {
			return nil, fmt.Errorf("create %s: %w", path, err)
		}
	case err != nil:
		return nil, fmt.Errorf("open %s: %w", path, err)
	case !st.Mode().IsRegular():
		return nil, tickets.Refuse(tickets.Invalid, "%s is not a file", path)
	case st.Size() == 0:
		return nil, tickets.Refuse(tickets.Invalid, "%s is empty, which a shop's file never is: remove it to start anew, "+
			"or restore a backup", path)
	}
	if err := localDisk(path); err != nil {
		return nil, err
	}
	db, err := openFile(path, o)
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, path: path, readOnly: o.ReadOnly, failed: make(chan struct{})}
	if err := s.prepareGuarded(ctx, sc); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if !o.ReadOnly {
		s.sealer = newSealer(s, o.blockRows, o.blockWait)
		s.writer = newWriter(s)
		s.sealer.start()
	}
	return s, nil
}

// damagedFile turns a panic of bbolt over pages that it cannot read into an error; deferred.
func damagedFile(path string, err *error) {
	if p := recover(); p != nil {
		*err = tickets.Refuse(tickets.Invalid, "%s is damaged (%v): restore a backup", path, p)
	}
}

func (s *Store) prepareGuarded(ctx context.Context, sc schema) (err error) {
	defer damagedFile(s.path, &err)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	return s.prepare(ctx, sc)
}

// openFile opens and locks the file.
func openFile(path string, o Options) (db *bbolt.DB, err error) {
	defer damagedFile(path, &err)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	if o.LockWait == 0 {
		o.LockWait = lockWait
	}
	db, err = bbolt.Open(path, fileMode, &bbolt.Options{
		Timeout:         o.LockWait,
		ReadOnly:        o.ReadOnly,
		FreelistType:    bbolt.FreelistMapType,
		InitialMmapSize: mmapSize(),
		MaxSize:         o.MaxSize,
		// NoFreelistSync stays off: with it the next Open would scan the whole file, for seconds.
	})
	switch {
	case err == nil:
		return db, nil
	case errors.Is(err, berrors.ErrTimeout):
		return nil, tickets.Refuse(tickets.Conflict, "another process has %s open: stop it first, or let it do the work "+
			"(boxoffice backup asks the running service)", path)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return nil, tickets.Refuse(tickets.Invalid, "%s is not a shop's file, or is damaged (%v): restore a backup", path, err)
	default:
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
}

// newFile makes an empty shop at a path where nothing is. bbolt's own way would leave a file that cannot be opened
// when the power fails meanwhile (bbolt issue 567), so it is made under another name, synced, and given its name.
// pageSize 0 is the machine's.
func newFile(path string, sc schema, pageSize int) (err error) {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	name := tmp.Name()
	defer func() { err = errors.Join(err, removed(os.Remove(name))) }()
	if err := tmp.Close(); err != nil {
		return err
	}
	db, err := bbolt.Open(name, fileMode, &bbolt.Options{FreelistType: bbolt.FreelistMapType, PageSize: pageSize})
	if err != nil {
		return err
	}
	err = db.Update(func(btx *bbolt.Tx) error {
		for _, n := range treeNames {
			if _, err := btx.CreateBucket([]byte(n)); err != nil {
				return err
			}
		}
		return putMeta(btx, metaSchema, sc.version)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	// Link and not Rename: should another process have made the file meanwhile, its file stays.
	if err := os.Link(name, path); err != nil && !errors.Is(err, fs.ErrExist) {
		if err := os.Rename(name, path); err != nil {
			return err
		}
	}
	return syncDir(dir)
}

func removed(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// syncDir makes names of files in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func putMeta(btx *bbolt.Tx, key []byte, v any) error {
	raw, err := encodeRow(tMeta, key, v)
	if err != nil {
		return err
	}
	return treeMeta.bucket(btx).Put(tMeta.in(nil, key), raw)
}

// readMeta reports whether there was such a row.
func readMeta(btx *bbolt.Tx, key []byte, v any) (bool, error) {
	b := treeMeta.bucket(btx)
	if b == nil {
		return false, tickets.Refuse(tickets.Invalid, "%s is a bbolt file, but not a shop's", btx.DB().Path())
	}
	raw := b.Get(tMeta.in(nil, key))
	if raw == nil {
		return false, nil
	}
	payload, err := openRow(tMeta, key, raw)
	if err != nil {
		return false, err
	}
	return true, json.Unmarshal(payload, v)
}
