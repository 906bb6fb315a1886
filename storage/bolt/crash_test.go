package bolt_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"boxoffice/storage/bolt"
	"boxoffice/tickets"
)

// writeFact is one sale of the child that is killed: a number, in a stock count, an order and its fact, which must
// always agree.
func writeFact(tx tickets.Tx, n int) error {
	id := tickets.OrderID(fmt.Sprintf("order_%024x", n))
	key := tickets.StockKey{Merchant: "m", Pool: "p", Slot: tickets.Slot{Date: 20000}}
	st, err := tx.Stock(key)
	if err != nil && !errors.Is(err, tickets.NotFound) {
		return err
	}
	st.Key = key
	st.Sold++
	o := tickets.Order{ID: id, Code: fmt.Sprint("C", n), Stage: tickets.StagePaid, At: time.UnixMilli(int64(n))}
	for _, err := range []error{tx.PutStock(st), tx.CreateOrder(o), tx.Append(tickets.Fact{Order: id, Seq: 1, At: o.At})} {
		if err != nil {
			return err
		}
	}
	return nil
}

// childWrite sells until it is killed and prints each number once it is acknowledged.
func childWrite(path string) {
	s, err := bolt.Open(context.Background(), path, bolt.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	first := 0
	_ = s.View(context.Background(), func(r tickets.Reader) error {
		c, err := r.Counts()
		first = int(c.Orders[tickets.StagePaid])
		return err
	})
	var mu sync.Mutex
	next := first * 2 // numbers of sales that were cut off are not used again
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				mu.Lock()
				next++
				n := next + os.Getpid()<<32
				mu.Unlock()
				if err := s.Update(context.Background(), func(tx tickets.Tx) error { return writeFact(tx, n) }); err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				os.Stdout.WriteString(strconv.Itoa(n) + "\n")
			}
		})
	}
	wg.Wait()
}

func TestKilledWriterLosesNothingItAcknowledged(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shop.db")
	acknowledged := map[int]bool{}
	kills := 20
	if testing.Short() {
		kills = 3
	}
	for kill := range kills {
		cmd := child(t.Context(), "write", path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines, got := bufio.NewScanner(out), 0
		for lines.Scan() {
			n, err := strconv.Atoi(lines.Text())
			if err != nil {
				t.Fatalf("the child says %q", lines.Text())
			}
			acknowledged[n] = true
			if got++; got == 20+kill*7 { // what the pipe still holds then was acknowledged as well
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // it was killed
	}
	if fs := faults(t, path); fs != nil {
		t.Fatalf("faults: %v", fs)
	}
	s := openAt(t, path)
	err := s.View(t.Context(), func(r tickets.Reader) error {
		for n := range acknowledged {
			id := tickets.OrderID(fmt.Sprintf("order_%024x", n))
			if _, err := r.Order(id); err != nil {
				t.Errorf("acknowledged and lost: %v", err)
			}
		}
		c, err := r.Counts()
		if err != nil {
			return err
		}
		st, err := r.Stock(tickets.StockKey{Merchant: "m", Pool: "p", Slot: tickets.Slot{Date: 20000}})
		if int64(st.Sold) != c.Orders[tickets.StagePaid] {
			t.Errorf("%d sold, %d orders", st.Sold, c.Orders[tickets.StagePaid])
		}
		t.Logf("%d kills, %d sales acknowledged, %d there", kills, len(acknowledged), st.Sold)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
