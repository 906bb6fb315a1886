package bolt

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"

	"go.etcd.io/bbolt"

	"boxoffice/tickets"
)

// soldFile is a file with some sales in it, and where its live values lie.
func soldFile(t *testing.T) (content []byte, values [][2]int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shop.db")
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(t.Context(), func(tx tickets.Tx) error { _, err := tx.PutCatalog(benchCatalog()); return err })
	for n := 0; n < 40 && err == nil; n++ {
		err = place(t.Context(), s, n)
	}
	compact := filepath.Join(t.TempDir(), "compact.db") // without the room that bbolt grows a file by
	if err := errors.Join(err, s.Snapshot(t.Context(), compact), s.Close()); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(t.Context(), compact, Options{ReadOnly: true}); err != nil {
		t.Fatal(err)
	}
	if content, err = os.ReadFile(compact); err != nil {
		t.Fatal(err)
	}
	base := s.db.Info().Data
	err = s.db.View(func(btx *bbolt.Tx) error {
		for _, n := range treeNames {
			err := btx.Bucket([]byte(n)).ForEach(func(_, v []byte) error {
				at := uintptr(unsafe.Pointer(unsafe.SliceData(v))) - base
				if len(v) > 0 && at < uintptr(len(content)) { // else bbolt copied it to align a small bucket
					values = append(values, [2]int{int(at), len(v)})
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return content, values
}

// flipped writes the content with one bit changed.
func flipped(t *testing.T, content []byte, at int, bit uint) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "flipped.db")
	content[at] ^= 1 << bit
	err := os.WriteFile(path, content, 0o600)
	content[at] ^= 1 << bit
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEveryFlippedBitInAValueIsFound(t *testing.T) {
	t.Parallel()
	content, values := soldFile(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		v := values[random.IntN(len(values))]
		at := v[0] + random.IntN(v[1])
		found := 0
		err := Verify(t.Context(), flipped(t, content, at, uint(random.IntN(8))), func(string) { found++ })
		if err == nil && found == 0 {
			t.Fatalf("a bit flipped at %d of value %v was not found", at, v)
		}
	}
}

func TestDamagedRowIsAnErrorThatNamesIt(t *testing.T) {
	t.Parallel()
	content, _ := soldFile(t)
	var id tickets.OrderID = newSale(7).order.ID
	row, err := encodeRow(tOrder, nil, newSale(7).order)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(content), string(row[rowHeader:rowHeader+16])) // its id
	s, err := Open(t.Context(), flipped(t, content, at+60, 1), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	look := func(r tickets.Reader) error { _, err := r.Order(id); return err }
	for _, err := range []error{s.View(t.Context(), look), s.Update(t.Context(), func(tx tickets.Tx) error { return look(tx) })} {
		var d *damage
		if !errors.As(err, &d) || !strings.Contains(err.Error(), fmt.Sprintf("order %x: checksum", orderKey(nil, id))) {
			t.Errorf("damaged order: %v", err)
		}
	}
	if err := place(t.Context(), s, 100); err != nil {
		t.Errorf("others are sold no more: %v", err)
	}
}

// damagedEnv lists files for a child process to look at.
const damagedEnv = "BOXOFFICE_BOLT_DAMAGED"

// A flipped bit in how long a key or a value is meets bbolt, which trusts its pages. Each file is looked at by a child:
// it may find nothing (the bit was in a free page) or faults, but must not die.
//
// What a store on bbolt cannot promise: flipped page numbers can make a circle of pages, which bbolt never leaves.
func TestFlippedBitsAnywhereDoNotKillTheReader(t *testing.T) {
	if files := os.Getenv(damagedEnv); files != "" {
		for _, f := range strings.Split(files, ":") {
			fmt.Println("looking at", f)
			lookAt(f)
		}
		return
	}
	t.Parallel()
	content, _ := soldFile(t)
	random := rand.New(rand.NewPCG(3, 4))
	var files []string
	for range 100 {
		page := random.IntN(len(content) / 4096)
		if content[page*4096+8] != 2 {
			continue // not a page of rows: page numbers that lead in a circle are followed for ever
		}
		at := page*4096 + 16 + random.IntN(48) // where the first keys and values lie, and how long they are
		files = append(files, flipped(t, content, at, uint(random.IntN(8))))
	}
	if len(files) < 30 {
		t.Fatalf("only %d flips are in pages of rows", len(files))
	}
	files = files[:30] // under the race detector each takes half a second
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), damagedEnv+"="+strings.Join(files, ":"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("the reader died: %v\n%s", err, out)
	}
}

func lookAt(path string) {
	_ = Verify(context.Background(), path, func(string) {})
	s, err := Open(context.Background(), path, Options{})
	if err != nil {
		return
	}
	_ = s.View(context.Background(), func(r tickets.Reader) error { return r.Walk(func(any) error { return nil }) })
	_ = place(context.Background(), s, 1000)
	_ = s.Close()
}
