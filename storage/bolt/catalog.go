package bolt

import (
	"fmt"

	"boxoffice/tickets"
)

var (
	metaSchema    = []byte("schema")
	metaMigration = []byte("migration")
	metaCatalog   = []byte("catalog")
	metaRevision  = []byte("catalog_revision")
)

// Catalog implements tickets.Reader. A committed catalog is decoded once and shared.
func (r *reader) Catalog() (*tickets.Catalog, error) {
	if r.over != nil {
		if c, ok := r.over.row(tMeta, metaCatalog).(*tickets.Catalog); ok {
			return c, nil
		}
		if r.over.shop != nil {
			return r.over.shop, nil
		}
	}
	c, err := r.stored()
	if r.over != nil && err == nil {
		r.over.shop = c
	}
	return c, err
}

// stored is the committed catalog.
func (r *reader) stored() (*tickets.Catalog, error) {
	revision, err := r.number(tMeta, metaRevision)
	if err != nil {
		return nil, err
	}
	if c := r.catalog.Load(); c != nil && c.Revision == revision {
		return c, nil
	}
	raw := r.src.get(tMeta, metaCatalog)
	if raw == nil {
		return nil, tickets.Refuse(tickets.NotFound, "no catalog yet")
	}
	var c tickets.Catalog
	if err := decodeRow(tMeta, metaCatalog, raw, &c); err != nil {
		return nil, err
	}
	r.catalog.Store(&c)
	return &c, nil
}

// PutCatalog implements tickets.Tx.
func (t *tx) PutCatalog(c tickets.Catalog) (int64, error) {
	revision, err := t.number(tMeta, metaRevision)
	if err != nil {
		return 0, err
	}
	c.Revision = revision + 1
	raw, err := encodeRow(tMeta, metaCatalog, &c)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", tickets.Invalid, err)
	}
	var own tickets.Catalog // the caller may go on writing to theirs
	if err := decodeRow(tMeta, metaCatalog, raw, &own); err != nil {
		return 0, err
	}
	t.over.set(tMeta, metaCatalog, entry{raw: raw, row: &own})
	t.over.putFlat(tMeta, metaRevision, c.Revision)
	return c.Revision, nil
}

// OrderCodes implements tickets.Tx.
func (t *tx) OrderCodes(m tickets.MerchantID, day tickets.Date, n int) (int64, error) {
	if n < 1 {
		return 0, tickets.Refuse(tickets.Invalid, "reserve %d order codes", n)
	}
	if err := keyText("merchant", string(m)); err != nil {
		return 0, err
	}
	key := appendInt32(appendText(nil, string(m)), int(day))
	last, err := t.number(tCode, key)
	if err != nil {
		return 0, err
	}
	t.over.putFlat(tCode, key, last+int64(n))
	return last + 1, nil
}
