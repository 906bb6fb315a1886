package bolt

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"boxoffice/tickets"
)

// TestGlanceSaysOfAnOrderWhatTheRowSays keeps the fields that are glanced at in step with what looks at them.
func TestGlanceSaysOfAnOrderWhatTheRowSays(t *testing.T) {
	t.Parallel()
	stages := append(slices.Concat(slices.Collect(maps.Values(stagesOf))...), tickets.StageRefunded)
	rapid.Check(t, func(t *rapid.T) {
		o := rapid.Make[tickets.Order]().Draw(t, "order")
		o.Stage = rapid.SampledFrom(stages).Draw(t, "stage")
		o.Dispute = rapid.SampledFrom([]tickets.DisputeState{"", tickets.DisputeOpen, tickets.DisputeLost, tickets.DisputeReversed}).Draw(t, "dispute")
		o.Refund = rapid.SampledFrom([]tickets.RefundState{"", tickets.RefundPending, tickets.RefundFailed}).Draw(t, "refund")
		if rapid.Bool().Draw(t, "won") {
			o.WonAtRev = o.Rev
		}
		orders.milli(&o)
		key := orders.key(nil, &o)
		raw, err := encodeRow(tOrder, key, &o)
		if err != nil {
			t.Skip(err)
		}
		var row, glanced tickets.Order
		if err := decodeRow(tOrder, key, raw, &row); err != nil {
			t.Fatal(err)
		}
		if err := orders.glance(key, raw, &glanced); err != nil {
			t.Fatal(err)
		}
		status, reason := row.Status()
		gotStatus, gotReason := glanced.Status()
		if gotStatus != status || gotReason != reason || glanced.Names() != row.Names() || !orders.digest.of(&glanced).equal(orders.digest.of(&row)) ||
			glanced.Stage != row.Stage || !glanced.At.Equal(row.At) || glanced.Buyer.Customer != row.Buyer.Customer {
			t.Errorf("a glance of %+v\nis %+v", row, glanced)
		}
	})
}
