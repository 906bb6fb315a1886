package console

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/crypto/argon2"

	"boxoffice/tickets"
)

// argon2id as OWASP has it at least: 19 MiB, two passes, one lane; some 26 ms. The parameters are in each hash, so that
// they can grow. At most hashesAtOnce run, so that guesses do not fill the memory.
const (
	argonMemory  = 19456 // KiB
	argonTime    = 2
	argonLanes   = 1
	argonKey     = 32
	argonSalt    = 16
	hashesAtOnce = 4
	maxPassword  = 128
)

var hashing = make(chan struct{}, hashesAtOnce)

// HashPassword returns the form in which a password is stored: "$argon2id$v=19$m=19456,t=2,p=1$salt$hash".
func HashPassword(password string) string {
	s, _ := hashPassword(context.Background(), password) // fails with its context only
	return s
}

// hashPassword is HashPassword that gives up waiting for its turn with its context.
func hashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // never fails since Go 1.24
	hash, err := argonHash(ctx, password, salt, argonTime, argonMemory, argonLanes, argonKey)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes, b64.EncodeToString(salt), b64.EncodeToString(hash)), nil
}

func argonHash(ctx context.Context, password string, salt []byte, time, memory uint32, lanes uint8, size uint32) ([]byte, error) {
	select {
	case hashing <- struct{}{}:
	case <-ctx.Done():
		return nil, tickets.Refuse(tickets.Unavailable, "too many sign-ins at once")
	}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(password), salt, time, memory, lanes, size), nil
}

// matches reports whether the password is the one of a stored form.
func matches(ctx context.Context, stored, password string) (bool, error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, nil
	}
	var memory, time uint32
	var lanes uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &lanes); err != nil || time == 0 || lanes == 0 {
		return false, nil
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || err2 != nil || len(want) == 0 {
		return false, nil
	}
	got, err := argonHash(ctx, password, salt, time, memory, lanes, uint32(len(want)))
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}

// nobody's password is compared where there is no such name, so that both take the same time.
var nobody = sync.OnceValue(func() string { return HashPassword(NewPassword()) })

// checkPassword finds the member of a login, the zero one for nobody, by the password. It refuses with Unauthorized,
// whatever was wrong.
func (k *Console) checkPassword(v *visit, l tickets.Login, password string) (tickets.Member, error) {
	var m tickets.Member
	stored := nobody()
	if l.Password != "" {
		stored = l.Password
	}
	err := v.view(func(r tickets.Reader) (err error) { m, err = r.Member(l.Member); return err })
	if err != nil && !errors.Is(err, tickets.NotFound) {
		return m, err
	}
	if len(password) > maxPassword {
		password = "" // no form sends more
	}
	ok, err := matches(v.Context(), stored, password)
	if err != nil {
		return tickets.Member{}, err
	}
	if !ok || !m.Here() || l.Password == "" {
		return tickets.Member{}, tickets.Refuse(tickets.Unauthorized, "wrong name or password")
	}
	return m, nil
}
