package console

import (
	"context"
	"errors"
	"testing"

	"boxoffice/tickets"
)

// TestWhoWaitsForTheirTurnGivesUpWithTheirBrowser takes every turn and then asks with a browser that has gone.
func TestWhoWaitsForTheirTurnGivesUpWithTheirBrowser(t *testing.T) {
	t.Parallel()
	for range hashesAtOnce {
		hashing <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := matches(ctx, "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "a password")
	for range hashesAtOnce {
		<-hashing
	}
	if !errors.Is(err, tickets.Unavailable) {
		t.Errorf("got %v, want that it is busy", err)
	}
}
