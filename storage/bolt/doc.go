// Package bolt keeps a shop in one bbolt file. It is an engine of package storage, and implements tickets.Store: what
// may be relied on is written there, and this page says how it is done here.
//
// One goroutine writes. It takes the requests that wait, runs their functions one after another and commits them in
// one bbolt transaction, so that a disk sync is shared by all customers of that moment; a lone one does not wait for
// company. The functions write to an overlay, a sorted map over the transaction: a function that fails or panics is
// taken back alone, and a row that a whole batch changes, such as the stock of a busy day, is encoded and put once.
//
// A row is numbered fields, or JSON, behind a checksum (row.go, codec.go) under a key that sorts as lists do (keys.go);
// tables share a few trees (tables.go). What finds rows follows from the rows alone (kind.go): the same functions write
// the indexes and, in Check, judge them. Ids sort by time, so that new rows lie at the ends of tables and a busy batch
// changes few pages, however large the shop has grown.
//
// What lists and searches ask of rows is kept beside them in blocks (digest.go), which a goroutine makes behind the
// customers' backs (seal.go), and summaries of blocks say which of them have an answer (summary.go): a search reads a few
// of a million orders' blocks, in some milliseconds, and what is in no block yet, itself. So an order has no index by
// visit, SKU, channel, amount, name or the end of its code, and placing pays for none.
//
// An error of a commit means that nobody knows what the disk holds: the store answers Unavailable from then on, and
// the next Open reads what is there.
//
// To add a kind: a table at the end of each list in tables.go and its tree (rows when new ones come last, lists for
// entries that mostly do, spread for the rest); a kind in kinds.go, or a file of its own; its type in codecs, unless
// JSON will do; its table in rowTables, and the kind in Check's and in Walk's list. To add an index: a table as above
// but not in rowTables, and the line in the kind's image that adds the entry; Check then judges it. To add a field: its
// JSON name at the end of fieldNames; rows without it read as zero. A new kind needs no migration, nor does a field; an
// index over rows that exist, another key or another image does: SchemaVersion and a step in migrate.go. To have a kind
// searched, or asked for by another field: its digesting, or a word more of it; a migration then only empties tDigest,
// tStray and tSummary of the kind, and the sealer fills them. Prefer that to an index: an entry in a place of its own costs
// each busy commit a page or two, and a page more in a large shop, whose trees are deeper. Run the bench before and after;
// with -full it prints the pages an order takes at 100,000 and at a million.
//
// The example: 64 customers confirm at once. Their functions each read the catalog (shared, decoded once), take places
// from the same stock row in the overlay and add a hold, an order, two facts and a delivery. One bbolt transaction
// then puts some 700 entries in key order, one sync makes them durable, and all 64 are answered.
package bolt
