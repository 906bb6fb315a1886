package sandbox_test

import (
	"context"
	"errors"
	"testing"

	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

// settings is a store of nothing but settings, with rollback.
type settings struct {
	tickets.Store
	values map[string]string
}

type settingsTx struct {
	tickets.Tx
	values map[string]string
}

func (s settings) View(_ context.Context, fn func(tickets.Reader) error) error {
	return fn(settingsTx{values: s.values})
}

func (s settings) Update(_ context.Context, fn func(tickets.Tx) error) error {
	tx := settingsTx{values: map[string]string{}}
	if err := fn(tx); err != nil {
		return err
	}
	for k, v := range tx.values {
		s.values[k] = v
	}
	return nil
}

func (t settingsTx) Setting(name string) (string, error) {
	v, ok := t.values[name]
	if !ok {
		return "", tickets.Refuse(tickets.NotFound, "setting %q", name)
	}
	return v, nil
}

func (t settingsTx) PutSetting(name, value string) error {
	t.values[name] = value
	return nil
}

func TestMemoryInStoreIsItsSettings(t *testing.T) {
	t.Parallel()
	s := settings{values: map[string]string{}}
	m := sandbox.InStore(s)
	if _, err := m.Load(t.Context(), "sandbox.a"); !errors.Is(err, tickets.NotFound) {
		t.Errorf("%v", err)
	}
	for _, want := range []string{"one", "two"} {
		if err := m.Save(t.Context(), "sandbox.a", want); err != nil {
			t.Fatal(err)
		}
		if got, err := m.Load(t.Context(), "sandbox.a"); err != nil || got != want || s.values["sandbox.a"] != want {
			t.Errorf("%q, %v", got, err)
		}
	}
}
