//go:build linux

package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
)

// tape is what the engine wrote, order by order, kept outside the heap so that it does not slow the collector.
type tape struct {
	data    []byte // mapped
	offsets []int  // where each order starts; one more at the end
	entries int
}

func (t *tape) order(i int) []byte   { return t.data[t.offsets[i]:t.offsets[i+1]] }
func (t *tape) bytesPerOrder() int   { return len(t.data) / (len(t.offsets) - 1) }
func (t *tape) entriesPerOrder() int { return t.entries / (len(t.offsets) - 1) }

// taped is one entry of a tape.
type taped struct {
	t          table
	key, value []byte
}

// each calls fn with the entries of one order of a tape.
func each(order []byte, fn func(taped)) {
	for len(order) > 0 {
		t, k, v := table(order[0]), int(binary.BigEndian.Uint16(order[1:])), int(binary.BigEndian.Uint32(order[3:]))
		order = order[7:]
		fn(taped{t, order[:k], order[k : k+v]})
		order = order[k+v:]
	}
}

// record copies the store to the files of the raw ways, then places the orders they will repeat in a third copy.
func (h *harness) record() {
	names := []string{"group.db", "single.db", "record.db"}
	for _, name := range names {
		h.must(h.store.Snapshot(context.Background(), filepath.Join(h.dir, name)))
	}
	s, err := Open(context.Background(), filepath.Join(h.dir, names[2]), Options{})
	h.must(err)
	f, err := os.Create(filepath.Join(h.dir, "tape"))
	h.must(err)
	t := &tape{}
	var buf bytes.Buffer
	size := 0
	s.writer.written = func(o *overlay) {
		t.offsets = append(t.offsets, size+buf.Len())
		for i := range o.log {
			t.entries++
			writePut(&buf, &o.log[i])
		}
		if buf.Len() > 1<<20 {
			n, err := buf.WriteTo(f)
			h.must(err)
			size += int(n)
		}
	}
	h.engine(s, 64, rounds*(2*crowdN+loneN))
	h.must(s.Close())
	n, err := buf.WriteTo(f)
	h.must(err)
	size += int(n)
	t.offsets = append(t.offsets, size)
	t.data, err = syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ, syscall.MAP_SHARED)
	h.must(err)
	h.must(f.Close())
	h.tape = t
	h.raw, h.single = h.rawOpen(names[0]), h.rawOpen(names[1])
	h.log, err = os.Create(filepath.Join(h.dir, "log"))
	h.must(err)
}

func writePut(buf *bytes.Buffer, u *undo) {
	key := u.key
	value := u.e.bytes(u.t, []byte(key))
	buf.WriteByte(byte(u.t))
	buf.Write(binary.BigEndian.AppendUint16(nil, uint16(1+len(key))))
	buf.Write(binary.BigEndian.AppendUint32(nil, uint32(len(value))))
	buf.WriteByte(byte(u.t))
	buf.WriteString(key)
	buf.Write(value)
}

// rawFile is a bbolt file with the options of the engine and nothing else of it.
type rawFile struct {
	db   *bbolt.DB
	next int // of the tape
}

func (h *harness) rawOpen(name string) *rawFile {
	db, err := openFile(filepath.Join(h.dir, name), Options{})
	h.must(err)
	h.b.Cleanup(func() { _ = db.Close() })
	return &rawFile{db: db}
}

func (r *rawFile) take(n int) (first int) {
	first = r.next
	r.next += n
	return first
}

// rawUpdate writes each order in a db.Update of its own.
func (h *harness) rawUpdate(c, n int) result {
	first := h.single.take(n)
	return h.crowd(c, n, func(i int) error {
		return h.single.db.Update(func(btx *bbolt.Tx) error {
			var err error
			each(h.tape.order(first+i), func(p taped) {
				if err == nil {
					err = p.t.tree().bucket(btx).Put(p.key, p.value)
				}
			})
			return err
		})
	})
}

// waiting is an order of the tape on its way to a group committer.
type waiting struct {
	order []byte
	done  chan error
}

// grouped hands orders of the tape to one goroutine, which commits all that wait at once, as the engine does.
func (h *harness) grouped(c, n, first int, commit func(orders [][]byte) error) result {
	in := make(chan waiting, maxBatch)
	var wg sync.WaitGroup
	wg.Go(func() {
		last := 0
		for w := range in {
			batch := gather(in, w, last)
			last = len(batch)
			orders := make([][]byte, len(batch))
			for i, w := range batch {
				orders[i] = w.order
			}
			err := commit(orders)
			for _, w := range batch {
				w.done <- err
			}
		}
	})
	r := h.crowd(c, n, func(i int) error {
		done := make(chan error, 1)
		in <- waiting{h.tape.order(first + i), done}
		return <-done
	})
	close(in)
	wg.Wait()
	return r
}

// gather takes what waits, lingering as the engine does.
func gather(in <-chan waiting, w waiting, last int) []waiting {
	batch := []waiting{w}
	var since time.Time
	for len(batch) < maxBatch {
		select {
		case w, ok := <-in:
			if !ok {
				return batch
			}
			batch = append(batch, w)
			continue
		default:
		}
		if last <= lingerFrom || len(batch) >= last || (!since.IsZero() && time.Since(since) > linger) {
			return batch
		}
		if since.IsZero() {
			since = time.Now()
		}
		runtime.Gosched()
	}
	return batch
}

// rawGroup writes the same entries with nothing around them: each key once a commit, in key order.
func (h *harness) rawGroup(c, n int) result {
	return h.grouped(c, n, h.raw.take(n), func(orders [][]byte) error {
		var puts [numTables][]taped
		for _, o := range orders {
			each(o, func(p taped) {
				ps := puts[p.t]
				if k := len(ps); k > 0 && bytes.Equal(ps[k-1].key, p.key) {
					ps[k-1] = p
				} else {
					puts[p.t] = append(ps, p)
				}
			})
		}
		return h.raw.db.Update(func(btx *bbolt.Tx) error {
			for t := range puts {
				if err := putSorted(btx, table(t), puts[t]); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func putSorted(btx *bbolt.Tx, t table, puts []taped) error {
	if len(puts) == 0 {
		return nil
	}
	byKey := func(a, b taped) int { return bytes.Compare(a.key, b.key) }
	if !slices.IsSortedFunc(puts, byKey) {
		slices.SortStableFunc(puts, byKey)
	}
	b := t.tree().bucket(btx)
	for i, p := range puts {
		if i+1 < len(puts) && bytes.Equal(puts[i+1].key, p.key) {
			continue // a later value of the same batch
		}
		if err := b.Put(p.key, p.value); err != nil {
			return err
		}
	}
	return nil
}

// appendLog appends the same bytes to a file and syncs once a batch: what no database can beat.
func (h *harness) appendLog(c, n int) result {
	var buf []byte
	return h.grouped(c, n, 0, func(orders [][]byte) error {
		buf = buf[:0]
		for _, o := range orders {
			buf = append(buf, o...)
		}
		if _, err := h.log.Write(buf); err != nil {
			return err
		}
		return syscall.Fdatasync(int(h.log.Fd()))
	})
}

// fdatasync measures 4 KiB appends.
func (h *harness) fdatasync() result {
	f, err := os.Create(filepath.Join(h.dir, "probe"))
	h.must(err)
	defer func() { _ = f.Close() }()
	page := make([]byte, 4096)
	return h.crowd(1, 200, func(int) error {
		if _, err := f.Write(page); err != nil {
			return err
		}
		return syscall.Fdatasync(int(f.Fd()))
	})
}
