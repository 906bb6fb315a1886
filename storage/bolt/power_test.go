package bolt

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"boxoffice/tickets"
)

// disk is what a power cut may leave of a file: all that was synced, and any 512-byte sectors of what was written
// since. A commit writes its pages, syncs, writes a meta page (one of the first two), and syncs.
type disk struct {
	synced  []byte
	pending []write
}

type write struct {
	at   int64
	data []byte
}

const sector = 512

// put applies writes to an image; each sector only if keep says so.
func (d *disk) put(image []byte, keep func() bool) []byte {
	for _, w := range d.pending {
		if need := int(w.at) + len(w.data); need > len(image) {
			image = append(image, make([]byte, need-len(image))...)
		}
		for i := 0; i < len(w.data); i += sector {
			if keep() {
				copy(image[int(w.at)+i:], w.data[i:min(i+sector, len(w.data))])
			}
		}
	}
	return image
}

func (d *disk) sync() {
	d.synced = d.put(d.synced, func() bool { return true })
	d.pending = nil
}

// TestPowerCutLeavesOldOrNew cuts the power at random moments of commits. Each image must open, check clean, and hold
// the sales of before or of after the commit, whole. A file keeps the page size of the machine that made it.
func TestPowerCutLeavesOldOrNew(t *testing.T) {
	t.Parallel()
	for _, pageSize := range []int{4096, 8192, 16384} {
		t.Run(strconv.Itoa(pageSize), func(t *testing.T) {
			t.Parallel()
			cutPower(t, pageSize)
		})
	}
}

func cutPower(t *testing.T, pageSize int) {
	commits, each := 10, 20
	if testing.Short() {
		commits = 3
	}
	path := filepath.Join(t.TempDir(), "shop.db")
	if err := newFile(path, current, pageSize); err != nil {
		t.Fatal(err)
	}
	s := openNew(t, path)
	s.db.AllocSize = 64 << 10 // grow in small steps: an image is written in full
	if got := s.db.Info().PageSize; got != pageSize {
		t.Fatalf("pages of %d bytes, want %d", got, pageSize)
	}
	start, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(5, 6))
	d, sold, found := &disk{synced: start}, 0, [2]int{}
	cut := func() {
		for range each {
			share := random.Float64()
			image := d.put(bytes.Clone(d.synced), func() bool { return random.Float64() < share })
			found[d.restart(t, image, sold)]++
		}
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	hookWrites(t, s.db, func(b []byte, at int64) (int, error) {
		if at < int64(2*pageSize) { // a meta page: the pages before it are synced by now
			cut()
			d.sync()
		}
		d.pending = append(d.pending, write{at, bytes.Clone(b)})
		return f.WriteAt(b, at)
	})
	for ; sold < commits; sold++ {
		if err := place(t.Context(), s, sold); err != nil {
			t.Fatal(err)
		}
		cut()
		d.sync()
	}
	t.Logf("%d images as before the commit, %d as after", found[0], found[1])
	if found[0] == 0 || found[1] == 0 {
		t.Error("the cuts never showed both")
	}
}

// restart opens an image and returns 0 when it holds the sales of before the commit, 1 when one more.
func (d *disk) restart(t *testing.T, image []byte, sold int) int {
	path := filepath.Join(t.TempDir(), "image.db")
	if err := os.WriteFile(path, image, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), path, Options{ReadOnly: true})
	if err != nil {
		t.Fatalf("with %d sold: %v", sold, err)
	}
	defer func() { _ = s.Close() }()
	more := 0
	err = s.View(t.Context(), func(r tickets.Reader) error {
		r.Check(func(fault string) { t.Errorf("with %d sold: %s", sold, fault) })
		c, err := r.Counts()
		if more = int(c.LiveHolds) - sold; more != 0 && more != 1 {
			t.Fatalf("%d sales, want %d or one more", c.LiveHolds, sold)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return more
}
