package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"boxoffice/tickets"
)

// Memory keeps small named values, so that the sandbox remembers over restarts.
type Memory interface {
	// Load fails with tickets.NotFound when nothing was saved under the name.
	Load(ctx context.Context, name string) (string, error)
	// Save creates or replaces; it returns once the value is durable.
	Save(ctx context.Context, name, value string) error
}

// InStore keeps the sandbox's values among the settings of a store, under names that begin with "sandbox.".
func InStore(s tickets.Store) Memory { return inStore{s} }

type inStore struct{ store tickets.Store }

// Load reads a setting.
func (m inStore) Load(ctx context.Context, name string) (v string, err error) {
	err = m.store.View(ctx, func(r tickets.Reader) (err error) {
		v, err = r.Setting(name)
		return err
	})
	return v, err
}

// Save writes a setting.
func (m inStore) Save(ctx context.Context, name, value string) error {
	return m.store.Update(ctx, func(tx tickets.Tx) error { return tx.PutSetting(name, value) })
}

// The names of values. The agenda lists when which session has something to do.
const agendaName = "sandbox.agenda"

func sessionName(id tickets.SessionID) string { return "sandbox." + string(id) }

// load reads a session. It fails with NotFound. The caller holds g.mu, as for all functions of this file.
func (g *Gateway) load(ctx context.Context, id tickets.SessionID) (*session, error) {
	if len(id) > 100 { // the id comes from a URL
		return nil, tickets.Refuse(tickets.NotFound, "no such sandbox session")
	}
	v, err := g.c.Memory.Load(ctx, sessionName(id))
	if err != nil {
		return nil, fmt.Errorf("sandbox session %s: %w", id, err)
	}
	var s session
	if err := json.Unmarshal([]byte(v), &s); err != nil {
		return nil, fmt.Errorf("sandbox session %s: %w", id, err)
	}
	return &s, nil
}

// save writes a session. The agenda is written first where it grows: an entry too many is found out by the next Tick,
// an entry too few would be forgotten after a crash between the two writes.
func (g *Gateway) save(ctx context.Context, s *session) error {
	due := s.due()
	if !due.IsZero() {
		if err := g.note(ctx, s.ID, due); err != nil {
			return err
		}
	}
	b, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("sandbox session %s: %w", s.ID, err)
	}
	if err := g.c.Memory.Save(ctx, sessionName(s.ID), string(b)); err != nil {
		return fmt.Errorf("save sandbox session %s: %w", s.ID, err)
	}
	if due.IsZero() {
		return g.note(ctx, s.ID, due)
	}
	return nil
}

// note sets when a session has something to do; the zero time is never.
func (g *Gateway) note(ctx context.Context, id tickets.SessionID, due time.Time) error {
	if err := g.recall(ctx); err != nil {
		return err
	}
	old, had := g.agenda[id]
	if had == !due.IsZero() && old.Equal(due) {
		return nil
	}
	if due.IsZero() {
		delete(g.agenda, id)
	} else {
		g.agenda[id] = due
	}
	b, err := json.Marshal(g.agenda)
	if err == nil {
		err = g.c.Memory.Save(ctx, agendaName, string(b))
	}
	if err != nil {
		g.agenda = nil // what was saved is not known: read it again next time
		return fmt.Errorf("save sandbox agenda: %w", err)
	}
	return nil
}

// recall reads the agenda once.
func (g *Gateway) recall(ctx context.Context) error {
	if g.agenda != nil {
		return nil
	}
	agenda := map[tickets.SessionID]time.Time{}
	v, err := g.c.Memory.Load(ctx, agendaName)
	if err == nil {
		err = json.Unmarshal([]byte(v), &agenda)
	}
	if err != nil && !errors.Is(err, tickets.NotFound) {
		return fmt.Errorf("load sandbox agenda: %w", err)
	}
	g.agenda = agenda
	return nil
}
