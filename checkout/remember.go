package checkout

import (
	"encoding/json"
	"errors"

	"boxoffice/tickets"
)

// This file keeps what passes go on with, as JSON, in settings.

// remembered reads what was remembered under a name. It fails with NotFound.
func remembered[T any](r tickets.Reader, name string) (v T, err error) {
	s, err := r.Setting(name)
	if err == nil {
		err = json.Unmarshal([]byte(s), &v)
	}
	return v, err
}

// rememberedList is remembered of a list, which is empty before it was ever stored.
func rememberedList[T any](r tickets.Reader, name string) ([]T, error) {
	list, err := remembered[[]T](r, name)
	if errors.Is(err, tickets.NotFound) {
		return nil, nil
	}
	return list, err
}

// remember stores v under a name.
func (t *turn) remember(name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return t.PutSetting(name, string(b))
}
