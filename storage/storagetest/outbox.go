package storagetest

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"boxoffice/tickets"
)

var outbox = []clause{
	{"DeliveriesOfOrderOldestFirst", deliveriesOfOrder},
	{"LeaseGivesTheEarliestDueOnce", leaseOnce},
	{"LapsedLeaseIsGivenAgain", leaseAgain},
	{"FinalDeliveriesAreNotLeased", leaseFinal},
	{"DeliveriesWithoutKeyDoNotClash", keyless},
	{"CountsFollowStates", deliveryCounts},
}

func deliveryIDs(list []tickets.Delivery) []tickets.DeliveryID {
	var out []tickets.DeliveryID
	for _, d := range list {
		out = append(out, d.ID)
	}
	return out
}

func (s *shop) lease(now, until time.Time, limit int) (out []tickets.DeliveryID) {
	s.t.Helper()
	s.update(func(tx tickets.Tx) error {
		list, err := tx.LeaseDeliveries(now, until, limit)
		for _, d := range list {
			if d.State != tickets.DeliverySending || !d.Lease.Equal(until) {
				s.t.Errorf("leased as %s until %s", d.State, d.Lease)
			}
		}
		out = deliveryIDs(list)
		return err
	})
	return out
}

func deliveriesOfOrder(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		for i, key := range []string{"", string(orderID(0)) + ":2:paid:merchant", string(orderID(1)) + ":9", "alarm:1", string(orderID(0)) + ":1:live:customer"} {
			d := delivery(i)
			d.Order, d.Key = orderID(0), key
			if err := tx.CreateDelivery(d); err != nil {
				return err
			}
		}
		other := delivery(7)
		other.Order, other.Key = orderID(1), string(orderID(0))+":7"
		loose := delivery(8)
		loose.Order, loose.Key = "", "alarm:2"
		return all(tx.CreateDelivery(other), tx.CreateDelivery(loose))
	})
	s.view(func(r tickets.Reader) error {
		list, err := r.Deliveries(orderID(0))
		want := []tickets.DeliveryID{delivery(0).ID, delivery(1).ID, delivery(2).ID, delivery(3).ID, delivery(4).ID}
		if got := deliveryIDs(list); !slices.Equal(got, want) {
			t.Errorf("deliveries %v, want %v", got, want)
		}
		list, err2 := r.Deliveries(orderID(1))
		if got := deliveryIDs(list); !slices.Equal(got, []tickets.DeliveryID{other7}) {
			t.Errorf("deliveries of the other order %v", got)
		}
		return all(err, err2)
	})
	s.refused(tickets.Exists, func(tx tickets.Tx) error {
		return tx.CreateDelivery(edited(delivery(9), func(d *tickets.Delivery) { d.Order, d.Key = "", "alarm:1" }))
	})
	s.sound()
}

var other7 = delivery(7).ID

func leaseOnce(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		for i, due := range []int{50, 10, 30, 20} {
			d := delivery(i)
			d.Due = at(due)
			if err := tx.CreateDelivery(d); err != nil {
				return err
			}
		}
		return nil
	})
	if got := s.lease(at(30), at(90), 2); !slices.Equal(got, []tickets.DeliveryID{delivery(1).ID, delivery(3).ID}) {
		t.Errorf("first lease %v", got)
	}
	if got := s.lease(at(31), at(91), 9); !slices.Equal(got, []tickets.DeliveryID{delivery(2).ID}) {
		t.Errorf("second lease %v", got)
	}
	if got := s.lease(at(32), at(92), 9); got != nil {
		t.Errorf("third lease %v", got)
	}
}

func leaseAgain(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error { return tx.CreateDelivery(delivery(1)) })
	first := s.lease(at(1), at(60), 9)
	early := s.lease(at(59), at(99), 9)
	again := s.lease(at(60), at(120), 9)
	if len(first) != 1 || early != nil || len(again) != 1 {
		t.Errorf("leased %v, before the lease ended %v, then %v", first, early, again)
	}
	s.update(func(tx tickets.Tx) error {
		d, err := tx.Delivery(delivery(1).ID)
		d.State, d.Due, d.Lease = tickets.DeliveryRetry, at(200), time.Time{}
		return all(err, tx.PutDelivery(d))
	})
	if got := s.lease(at(199), at(300), 9); got != nil {
		t.Errorf("leased before due: %v", got)
	}
	if got := s.lease(at(200), at(300), 9); len(got) != 1 {
		t.Errorf("leased when due: %v", got)
	}
	s.sound()
}

func leaseFinal(t *testing.T, s *shop) {
	final := []tickets.DeliveryState{tickets.DeliverySent, tickets.DeliveryFailed, tickets.DeliveryBlocked, tickets.DeliveryAborted}
	s.update(func(tx tickets.Tx) error {
		for i, state := range final {
			d := delivery(i)
			d.State = state
			if err := tx.CreateDelivery(d); err != nil {
				return err
			}
		}
		waits := delivery(9)
		waits.Due = time.Time{}
		return tx.CreateDelivery(waits)
	})
	if got := s.lease(at(9999), at(99999), 9); got != nil {
		t.Errorf("leased %v", got)
	}
}

func keyless(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		for i := range 3 {
			d := delivery(i)
			d.Key, d.Order = "", ""
			if err := tx.CreateDelivery(d); err != nil {
				return err
			}
		}
		return nil
	})
	if got := s.lease(at(9), at(99), 9); len(got) != 3 {
		t.Errorf("leased %v", got)
	}
	s.sound()
}

func deliveryCounts(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		sent := delivery(3)
		sent.State = tickets.DeliverySent
		return all(tx.CreateDelivery(delivery(1)), tx.CreateDelivery(delivery(2)), tx.CreateDelivery(sent))
	})
	s.lease(at(1), at(99), 9)
	s.view(func(r tickets.Reader) error {
		got, err := r.DeliveryCounts()
		if want := map[tickets.DeliveryState]int{tickets.DeliveryQueued: 1, tickets.DeliverySending: 1}; !reflect.DeepEqual(got, want) {
			t.Errorf("counts %v, want %v", got, want)
		}
		c, err2 := r.Counts()
		if c.DeliveriesPending != 2 {
			t.Errorf("%d pending", c.DeliveriesPending)
		}
		return all(err, err2)
	})
}
