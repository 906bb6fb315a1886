package console

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"boxoffice/tickets"
)

// deviceLife is how long a browser is remembered as one where a member signed in.
const deviceLife = 180 * 24 * time.Hour

// settingKey is where the key of the console's own cookies is kept.
const settingKey = "console.key"

// key of the console's own cookies, made at first need.
func (k *Console) key(ctx context.Context) ([]byte, error) {
	k.secret.Lock()
	defer k.secret.Unlock()
	if k.secret.key != nil {
		return k.secret.key, nil
	}
	fresh, kept := hex.EncodeToString(randomBytes(32)), ""
	err := k.Desk.Store.Update(ctx, func(tx tickets.Tx) (err error) {
		kept, err = tx.Setting(settingKey)
		if errors.Is(err, tickets.NotFound) {
			kept = fresh
			return tx.PutSetting(settingKey, fresh)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if k.secret.key, err = hex.DecodeString(kept); err != nil {
		k.secret.key = nil
	}
	return k.secret.key, err
}

func (k *Console) deviceCookie() string {
	if k.sessions.Cookie.Secure {
		return "__Host-d"
	}
	return "d"
}

// device is the browser's name for a login, "" where nobody signed in with it here before. A new password makes every
// browser unknown.
func (v *visit) device(l tickets.Login) (string, error) {
	c, err := v.Cookie(v.k.deviceCookie())
	if err != nil || l.Member == "" {
		return "", nil //nolint:nilerr // no cookie, no device
	}
	nonce, mac, _ := strings.Cut(c.Value, ".")
	want, err := v.deviceMAC(l, nonce)
	if err != nil || len(nonce) > 64 || !hmac.Equal([]byte(mac), []byte(want)) {
		return "", err
	}
	return nonce, nil
}

func (v *visit) deviceMAC(l tickets.Login, nonce string) (string, error) {
	key, err := v.k.key(v.Context())
	if err != nil {
		return "", err
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte("device\n" + nonce + "\n" + string(l.Member) + "\n" + l.Password))
	return hex.EncodeToString(h.Sum(nil)), nil
}

// knowBrowser lets the browser be known at the next sign-in.
func (v *visit) knowBrowser(l tickets.Login) error {
	if l.Member == "" {
		return nil
	}
	nonce := tickets.NewSecret(nil)
	mac, err := v.deviceMAC(l, nonce)
	if err != nil {
		return err
	}
	http.SetCookie(v.w, &http.Cookie{
		Name: v.k.deviceCookie(), Value: nonce + "." + mac, Path: "/", MaxAge: int(deviceLife / time.Second), Secure: v.k.sessions.Cookie.Secure, HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
	return nil
}
