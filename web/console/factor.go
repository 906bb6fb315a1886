package console

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp/hotp"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// totpPeriod is how long a code of an authenticator app lasts (RFC 6238); one step before and after is taken too, for
// clocks that are wrong.
const totpPeriod = 30

// recoveryCodes are made with a second factor, for who loses it: 80 bits each, and each works once.
const recoveryCodes = 10

// takeCode takes a code of the authenticator app or a recovery code, once, and says which it was. It refuses with
// Unauthorized.
func (k *Console) takeCode(ctx context.Context, id tickets.MemberID, code string) (way string, err error) {
	code = strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(code))
	wall := time.Now() // the phone's clock: the shop's may be a test's or the demo's
	err = k.Desk.Store.Update(ctx, func(tx tickets.Tx) error {
		way = ""
		l, err := tx.Login(id)
		if err != nil {
			return err
		}
		if step := stepOf(l.TOTP, code, wall); step > l.Step {
			way, l.Step = "totp", step
			return tx.PutLogin(l)
		}
		if i := slices.Index(l.Recovery, checkout.HashCode(code)); i >= 0 {
			way, l.Recovery = "recovery", slices.Delete(slices.Clone(l.Recovery), i, i+1)
			return tx.PutLogin(l)
		}
		return tickets.Refuse(tickets.Unauthorized, "wrong code")
	})
	return way, err
}

// stepOf is the time step whose code of a secret this is, near to at; 0 for none.
func stepOf(secret, code string, at time.Time) int64 {
	if secret == "" || len(code) != 6 {
		return 0
	}
	now, found := at.Unix()/totpPeriod, int64(0)
	for step := now - 1; step <= now+1; step++ {
		want, err := hotp.GenerateCode(secret, uint64(step)) //nolint:gosec // after 1970
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = step
		}
	}
	return found
}

// newRecovery makes recovery codes: as the member reads them, and as they are stored.
func newRecovery() (shown, stored []string) {
	for range recoveryCodes {
		s := strings.ToLower(base32.StdEncoding.EncodeToString(randomBytes(10)))
		shown = append(shown, s[:4]+"-"+s[4:8]+"-"+s[8:12]+"-"+s[12:])
		stored = append(stored, checkout.HashCode(s))
	}
	return shown, stored
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return b
}
