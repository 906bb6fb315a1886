package storagetest

import (
	"slices"
	"testing"
	"time"

	"boxoffice/tickets"
)

var inbox = []clause{
	{"DueNoticesOldestFirst", noticesDue},
	{"DroppedNoticesKeepTheirKeys", dropNotices},
	{"PendingUpdatesInTheOrderTheyCame", pendingUpdates},
	{"DoneUpdatesAreDroppedByAge", dropUpdates},
}

func noticeIDs(list []tickets.Notice) []tickets.NoticeID {
	var out []tickets.NoticeID
	for _, n := range list {
		out = append(out, n.ID)
	}
	return out
}

func noticesDue(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		for i, due := range []int{5, 4, 99, 3, 0} {
			n := notice(i)
			n.Due = at(due)
			if i == 4 {
				n.Done = at(4)
			}
			if err := tx.CreateNotice(n); err != nil {
				return err
			}
		}
		return nil
	})
	s.view(func(r tickets.Reader) error {
		list, err := r.NoticesDue(at(9), 10)
		if got, want := noticeIDs(list), []tickets.NoticeID{notice(0).ID, notice(1).ID, notice(3).ID}; !slices.Equal(got, want) {
			t.Errorf("due %v, want %v", got, want)
		}
		few, err2 := r.NoticesDue(at(9), 2)
		if len(few) != 2 {
			t.Errorf("limited to %v", noticeIDs(few))
		}
		c, err3 := r.Counts()
		if c.NoticesPending != 4 {
			t.Errorf("%d pending", c.NoticesPending)
		}
		return all(err, err2, err3)
	})
	s.update(func(tx tickets.Tx) error {
		n, err := tx.Notice(notice(0).ID)
		n.Done, n.Due, n.Outcome, n.Count = at(9), time.Time{}, "applied", 2
		return all(err, tx.PutNotice(n))
	})
	s.view(func(r tickets.Reader) error {
		list, err := r.NoticesDue(at(9), 10)
		if got, want := noticeIDs(list), []tickets.NoticeID{notice(1).ID, notice(3).ID}; !slices.Equal(got, want) {
			t.Errorf("due once the first is done: %v, want %v", got, want)
		}
		return err
	})
	s.sound()
}

func dropNotices(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		for i := range 6 {
			n := notice(i)
			if i != 1 {
				n.Done, n.Due = at(100), time.Time{}
			}
			if i == 2 {
				n.Outcome = tickets.OutcomeUnmatched
			}
			if err := tx.CreateNotice(n); err != nil {
				return err
			}
		}
		return nil
	})
	for _, want := range []int{2, 0} {
		s.update(func(tx tickets.Tx) error {
			got, err := tx.DropNotices(at(4), 2)
			if got != want {
				t.Errorf("dropped %d, want %d", got, want)
			}
			return err
		})
	}
	s.view(func(r tickets.Reader) error {
		for i := range 6 {
			n, err := r.NoticeByEvent("stripe", notice(i).Event)
			if kept := i == 1 || i == 2 || i >= 4; err != nil || (len(n.Body) > 0) != kept {
				t.Errorf("notice %d: body of %d, %v", i, len(n.Body), err)
			}
		}
		return nil
	})
	s.refused(tickets.Exists, func(tx tickets.Tx) error { return tx.CreateNotice(notice(0)) })
	s.sound()
}

func updates(list []tickets.Incoming) []int64 {
	var out []int64
	for _, u := range list {
		out = append(out, u.Update)
	}
	return out
}

func pendingUpdates(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		for i, came := range []int{3, 1, 2, 1, 5} {
			u := incoming(i)
			u.At = at(came)
			if err := tx.CreateIncoming(u); err != nil {
				return err
			}
		}
		other, done := incoming(1), incoming(9)
		other.Bot, done.Done = 8, at(9)
		return all(tx.CreateIncoming(other), tx.CreateIncoming(done))
	})
	s.view(func(r tickets.Reader) error {
		var got []int64
		p := tickets.Page{Limit: 2}
		for {
			list, mark, err := r.IncomingPending(7, p)
			if err != nil {
				return err
			}
			got = append(got, updates(list)...)
			if p.Mark = mark; mark == "" {
				break
			}
		}
		if want := []int64{101, 103, 102, 100, 104}; !slices.Equal(got, want) {
			t.Errorf("pending %v, want %v", got, want)
		}
		return nil
	})
	s.update(func(tx tickets.Tx) error {
		u := incoming(1)
		u.At, u.Done = at(1), at(9)
		return tx.PutIncoming(u)
	})
	s.view(func(r tickets.Reader) error {
		list, _, err := r.IncomingPending(7, tickets.Page{})
		c, err2 := r.Counts()
		if len(list) != 4 || c.IncomingPending != 5 {
			t.Errorf("pending %v, counted %d", updates(list), c.IncomingPending)
		}
		return all(err, err2)
	})
	s.sound()
}

func dropUpdates(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		for i := range 6 {
			u := incoming(i)
			if i != 1 {
				u.Done = at(100)
			}
			if err := tx.CreateIncoming(u); err != nil {
				return err
			}
		}
		return nil
	})
	for _, want := range []int{2, 1, 0} {
		s.update(func(tx tickets.Tx) error {
			got, err := tx.DropIncoming(at(4), 2)
			if got != want {
				t.Errorf("dropped %d, want %d", got, want)
			}
			return err
		})
	}
	s.view(func(r tickets.Reader) error {
		for i := range 6 {
			if kept := i == 1 || i >= 4; kept {
				if seen, err := r.IncomingSeen(7, int64(100+i)); err != nil || !seen {
					t.Errorf("update %d: seen %v, %v", i, seen, err)
				}
			}
		}
		never, err := r.IncomingSeen(7, 1)
		if never {
			t.Error("saw what never came")
		}
		return err
	})
	s.refused(tickets.Exists, func(tx tickets.Tx) error { return tx.CreateIncoming(incoming(1)) })
	s.sound()
}
