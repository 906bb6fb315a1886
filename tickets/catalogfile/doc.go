// Package catalogfile reads and writes the catalog, what one merchant sells, as a YAML file that a merchant can edit.
//
//	catalog, err := catalogfile.Parse("catalog.yaml", data)
//	if err != nil {
//		fmt.Fprintln(os.Stderr, err) // every problem, one a line: catalog.yaml:31:16: products[0].skus[0].price: …
//	}
//
// A file is taken whole or not at all: Parse reports every problem at once, each with its line and column, the path
// of its key, what is wrong and what to write instead. Unknown keys are refused, so that a slip of the pen never
// turns into a product without a limit; keys of things that Boxoffice cannot do yet are refused by name.
//
// The shape, in short (Example has a whole shop, Schema the same as a JSON Schema for editors):
//
//	merchant: {id, names, zone, currency, languages, prefix, approve_above, support, terms, privacy}
//	pools:
//	  - {id, capacity, overrides: [{dates, start, capacity}]}
//	products:
//	  - id, names, descriptions, photo, place, calendar, sales, hidden, digital, max_places, rules, late_policy
//	    refund_policy: {brackets: [{days, percent, fee}], approval: auto|merchant}
//	    skus:
//	      - {sku_id, names, price, admits, pool, prices: [{dates, weekdays, price}], max_per_order,
//	         max_per_customer, ticket_mode, fulfilment}
//
// Texts are one per language: {en: …, zh-Hans: …, zh-Hant: …}. Prices are integers in minor units: 11900 is
// SGD 119.00; those of a digital product are whole Telegram Stars. What a customer gets back by asking is the bracket
// with the most days that are still left before the visit; without brackets nobody can ask. Days are "2026-12-24",
// ranges of days "2026-12-24..2026-12-26" with both ends included, times "19:30" in the merchant's zone, weekdays mon
// to sun.
//
// Write gives the file of a catalog; Parse of it gives the same catalog. The revision is the store's and is not in
// the file. What this package is not: it applies nothing to a store.
package catalogfile
