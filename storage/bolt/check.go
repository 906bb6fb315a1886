package bolt

import (
	"bytes"
	"fmt"
	"unsafe"

	"go.etcd.io/bbolt"

	"boxoffice/tickets"
)

// rowTables are the tables whose values are rows; the values of the others follow from them.
var rowTables = []table{
	tMeta, tCount, tStock, tCode, tHold, tOrder, tFact, tLooseFact, tPayment, tCapture, tTicket, tAdmission, tSigningKey,
	tDelivery, tNotice, tIncoming, tCustomer, tMember, tInvite, tToken, tConversation, tSetting,
	tRefund, tDispute, tCase, tLogin, tSignIn, tAudit, tTally, tDigest, tSummary,
}

// Check implements tickets.Reader: bbolt's structure, the checksum of every row, and that the indexes and counters are
// exactly what follows from the rows.
func (r *reader) Check(report func(fault string)) {
	if !r.checkRows(true, report) {
		return
	}
	c := &checker{r: r, report: report, counts: map[string]int64{}, kinds: []checkable{
		&stocks, &holds, &orders, &payments, &captures, &refunds, &disputes, &cases, &issued, &admissions, &signingKeys, &deliveries, &notices,
		&incoming, &customers, &members, &invites, &tokens, &conversations, &settings,
		&logins, &signIns, &auditEntries, &tallies,
	}}
	c.guard("rows", c.rows)
	c.guard("facts", c.facts)
	c.guard("indexes", c.indexes)
	c.guard("counters", c.counters)
	for _, k := range searched {
		c.guard("digests", func() { k.checkDigests(c) })
		c.guard("summaries", func() { k.checkSummaries(c) })
	}
}

// checkRows checks what needs little knowledge of the schema, or none when the file's is another than ours; it reports
// whether the tables can be walked.
func (r *reader) checkRows(ours bool, report func(fault string)) bool {
	c := &checker{r: r, report: report}
	stored, isFile := r.src.(*snapshot)
	if !isFile {
		stored = r.over.base.(*snapshot)
	}
	ok := true
	for tr := range numTrees {
		if !ours && tr.bucket(stored.tx) == nil {
			continue
		}
		var found []string
		c.guard(tr.String(), func() { readable(stored.bucket(tr), tr, ours, &found) })
		for _, f := range found {
			ok = false
			report(f)
		}
	}
	if !ok || c.broken {
		return false // bbolt's own check runs where a fault on a damaged page cannot be caught
	}
	if isFile {
		c.guard("structure", func() {
			for _, fault := range structure(stored.tx.DB(), stored.tx) {
				ok = false
				report("bbolt: " + fault)
			}
		})
	}
	return ok && !c.broken
}

// structure lists what bbolt finds wrong with its pages. It compares them with those that are free after the newest
// commit, so that while there is a writer it looks at that, and the writer waits.
func structure(db *bbolt.DB, btx *bbolt.Tx) (found []string) {
	if !db.IsReadOnly() {
		newest, err := db.Begin(true)
		if err != nil {
			return []string{err.Error()}
		}
		defer func() { _ = newest.Rollback() }()
		btx = newest
	}
	for err := range btx.Check(bbolt.WithKVStringer(stringer{})) {
		found = append(found, err.Error())
	}
	return found
}

// readable reads a whole tree: keys in order and of its tables, the first of each page found by seeking it as well,
// which reads the pages above, and rows by their checksums.
func readable(b *bbolt.Bucket, tr tree, ours bool, found *[]string) {
	defer faults(tr)
	var last []byte
	var page uintptr
	pageSize := uintptr(b.Tx().DB().Info().PageSize)
	fault := func(format string, parts ...any) { *found = append(*found, fmt.Sprintf(format, parts...)) }
	scan := b.Cursor()
	for key, raw := scan.First(); key != nil; key, raw = scan.Next() {
		if bytes.Compare(last, key) >= 0 {
			fault("%s: key %s after %s", tr, shortKey(key), shortKey(last))
		}
		last = append(last[:0], key...)
		if len(key) == 0 || table(key[0]) >= numTables || ours && table(key[0]).tree() != tr {
			fault("%s: key %s is of no table here", tr, shortKey(key))
			continue
		}
		if p := uintptr(unsafe.Pointer(unsafe.SliceData(key))) / pageSize; p != page {
			page = p
			if got := b.Get(key); got == nil || len(got) != len(raw) {
				fault("%s: key %s is not where it is looked for", tr, shortKey(key))
			}
		}
		t := table(key[0])
		if t.index() {
			_ = rowSum(t, 0, key, raw) // a fault here is caught, one in bbolt's own check would not be
			continue
		}
		if _, err := openRow(t, key[1:], raw); err != nil {
			fault("%s", err)
		}
	}
}

// shortKey is for messages; a damaged key may claim to be as long as the file.
func shortKey(key []byte) string { return fmt.Sprintf("%x", key[:min(len(key), 64)]) }

// stringer has bbolt print keys as shortKey does.
type stringer struct{}

func (stringer) KeyToString(key []byte) string     { return shortKey(key) }
func (stringer) ValueToString(value []byte) string { return shortKey(value) }

// checkable is a kind that Check knows how to look at.
type checkable interface {
	check(*checker)
}

// checker compares what is stored with what follows from the rows.
type checker struct {
	r        *reader
	report   func(string)
	kinds    []checkable
	counts   map[string]int64
	expected [numTables]int // index entries that the rows call for
	image    image
	each     func(row string, e *indexEntry) // what to do with an expected entry
	broken   bool
}

// guard reports damage that stops a part of the check.
func (c *checker) guard(what string, part func()) {
	defer func() {
		p := recover()
		if d := damageOf(p); d != nil {
			c.broken = true
			c.report(what + ": " + d.Error())
		} else if p != nil {
			panic(p)
		}
	}()
	part()
}

// check visits the index entries that follow from each row of the kind.
func (k *kind[T]) check(c *checker) {
	scan := c.r.src.scan(k.table, nil, nil, false)
	for key, raw := scan.next(); key != nil; key, raw = scan.next() {
		var v T
		if err := decodeRow(k.table, key, raw, &v); err != nil {
			c.report(err.Error())
			continue
		}
		row := k.what + " " + k.name(&v)
		if !bytes.Equal(key, k.key(nil, &v)) {
			c.report(fmt.Sprintf("%s lies under the key %x of another", row, key))
		}
		if k.image == nil {
			continue
		}
		c.image.reset()
		k.image(&v, key, &c.image)
		for i := range c.image.entries {
			c.each(row, &c.image.entries[i])
		}
		if c.counts != nil {
			for _, name := range c.image.counts {
				c.counts[name]++
			}
		}
	}
}

// rows checks that each row's index entries are there.
func (c *checker) rows() {
	c.each = func(row string, e *indexEntry) {
		c.expected[e.table]++
		if got := c.r.src.get(e.table, e.key); got == nil {
			c.report(fmt.Sprintf("%s is missing in %s", row, e.table))
		} else if !bytes.Equal(got, e.value) {
			c.report(fmt.Sprintf("%s: %s says %x, not %x", row, e.table, got, e.value))
		}
	}
	for _, k := range c.kinds {
		k.check(c)
	}
}

// indexes checks that there are no other entries. Where the numbers differ it looks for those that no row calls for.
func (c *checker) indexes() {
	for t := range numTables {
		if !t.index() || t == tStray {
			continue
		}
		stored := 0
		for scan := c.r.src.scan(t, nil, nil, false); ; stored++ {
			if key, _ := scan.next(); key == nil {
				break
			}
		}
		if stored != c.expected[t] {
			c.stray(t)
		}
	}
}

func (c *checker) stray(t table) {
	known := map[string]bool{}
	c.each = func(_ string, e *indexEntry) {
		if e.table == t {
			known[string(e.key)] = true
		}
	}
	counts := c.counts
	c.counts = nil
	for _, k := range c.kinds {
		k.check(c)
	}
	c.counts = counts
	scan := c.r.src.scan(t, nil, nil, false)
	for key, _ := scan.next(); key != nil; key, _ = scan.next() {
		if !known[string(key)] {
			c.report(fmt.Sprintf("%s %x belongs to no row", t, key))
		}
	}
}

// index reports whether the table's entries follow from rows of others.
func (t table) index() bool {
	for _, r := range rowTables {
		if r == t {
			return false
		}
	}
	return true
}

// counters compares the counters with the rows that were counted.
func (c *checker) counters() {
	scan := c.r.src.scan(tCount, nil, nil, false)
	for key, raw := scan.next(); key != nil; key, raw = scan.next() {
		var n int64
		if err := decodeRow(tCount, key, raw, &n); err != nil {
			c.report(err.Error())
			continue
		}
		if want := c.counts[string(key)]; n != want {
			c.report(fmt.Sprintf("counter %s is %d, not %d", key, n, want))
		}
		delete(c.counts, string(key))
	}
	for name, n := range c.counts {
		c.report(fmt.Sprintf("counter %s is missing, not %d", name, n))
	}
}

// facts checks that each order's facts count from 1 without gaps and lie under the right keys.
func (c *checker) facts() {
	var order tickets.OrderID
	next := int64(1)
	scan := c.r.src.scan(tFact, nil, nil, false)
	for key, raw := scan.next(); key != nil; key, raw = scan.next() {
		var some []tickets.Fact
		if err := decodeRow(tFact, key, raw, &some); err != nil {
			c.report(err.Error())
			continue
		}
		if len(some) == 0 || !bytes.Equal(key, factKey(nil, some[0].Order, some[len(some)-1].Seq)) {
			c.report(fmt.Sprintf("facts lie under the key %x of others", key))
			continue
		}
		for _, f := range some {
			if f.Order != order {
				order, next = f.Order, 1
			}
			if f.Seq != next {
				c.report(fmt.Sprintf("fact %d of order %s stands where %d should", f.Seq, f.Order, next))
			}
			next = f.Seq + 1
		}
	}
}
