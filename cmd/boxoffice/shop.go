package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strconv"
	"time"

	"boxoffice/checkout"
	"boxoffice/checkout/sandbox"
	"boxoffice/checkout/stripe"
	"boxoffice/checkout/telegrampay"
	"boxoffice/config"
	"boxoffice/notify"
	"boxoffice/storage"
	"boxoffice/tickets"
	"boxoffice/tickets/catalogfile"
)

// settingStoreKey is the store's own secret, made once, from which others are derived.
const settingStoreKey = "store_key"

// shop is an open store with the desk on it: what serve, the demo and the commands share.
type shop struct {
	cfg     config.Config
	log     *slog.Logger
	store   tickets.Store
	desk    *checkout.Desk
	sandbox *sandbox.Gateway // nil when not configured
	cashier *cashier         // of invoices in the chat; nil when not configured
	key     []byte           // the store's own secret
	now     func() time.Time
}

// openShop opens the store and puts the desk on it. A new shop gets its secret and its first signing key.
func openShop(ctx context.Context, cfg config.Config, log *slog.Logger) (*shop, error) {
	return openShopAt(ctx, cfg, log, time.Now, func(tickets.Store) (checkout.Observer, error) { return checkout.Observer{}, nil })
}

// openShopAt is openShop with a clock, and with something that watches the desk.
func openShopAt(
	ctx context.Context, cfg config.Config, log *slog.Logger, now func() time.Time, watch func(tickets.Store) (checkout.Observer, error),
) (*shop, error) {
	store, err := storage.Open(ctx, cfg.Storage, storage.Options{})
	if err != nil {
		return nil, err
	}
	s := &shop{cfg: cfg, log: log, store: store, now: now}
	observer, err := watch(store)
	if err == nil {
		err = s.prepare(ctx, observer)
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return s, nil
}

func (s *shop) prepare(ctx context.Context, watch checkout.Observer) error {
	text, err := s.setting(ctx, settingStoreKey, func() string { return tickets.NewSecret(nil) + tickets.NewSecret(nil) })
	if err != nil {
		return err
	}
	s.key = []byte(text)
	gateways, err := s.gateways()
	if err != nil {
		return err
	}
	fees := map[string]tickets.Fee{}
	for _, g := range s.cfg.Gateways {
		fees[g.Name] = tickets.Fee(g.Fee)
		for _, m := range g.Methods {
			fees[g.Name+"/"+m.Method] = tickets.Fee(m.Fee)
		}
	}
	c := s.cfg
	s.desk, err = checkout.New(checkout.Desk{
		Store: s.store, Gateways: gateways, Fees: fees, Route: notify.Route, Now: s.now, Log: s.log, PublicURL: c.PublicURL, Observe: watch,
		Timings: checkout.Timings{
			Hold: c.HoldTTL, Payment: c.PaymentTTL, Quote: c.QuoteTTL, Grace: least(c.HoldGrace), Cap: c.HoldCap, Decline: least(c.DeclineExtension),
			SoftRelease: c.SoftRelease, Review: c.ReviewTTL, Lookup: c.ReconcileAfter, Async: c.AsyncTTL, CloseLadder: c.CloseBackoff, GateEarly: least(c.GateEarly),
			LateRefund: atOnce(c.LateRefundAfter), Complete: c.CompleteAfter,
		},
		Limits: checkout.Limits{
			OpenHolds: c.OpenHolds, PlacesMin: c.OpenPlacesMin, PlacesShare: c.OpenPlacesPercent, AmountWithin: c.AmountTolerance,
		},
	})
	if err != nil {
		return err
	}
	if err := s.desk.EnsureKey(ctx); err != nil {
		return fmt.Errorf("signing key: %w", err)
	}
	if err := s.desk.Adopt(ctx); err != nil {
		return err
	}
	if s.cfg.Telegram.MerchantChat == 0 {
		return nil
	}
	return s.store.Update(ctx, func(tx tickets.Tx) error {
		return tx.PutSetting(checkout.SettingMerchantChat, strconv.FormatInt(s.cfg.Telegram.MerchantChat, 10))
	})
}

// least is d, or next to nothing where the configuration says none: the desk reads zero as its default.
func least(d time.Duration) time.Duration { return max(d, time.Nanosecond) }

// atOnce is d, or less than nothing where the configuration says none: the desk reads zero as its default.
func atOnce(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}

// setting reads a setting, or makes it.
func (s *shop) setting(ctx context.Context, name string, make func() string) (string, error) {
	fresh := make()
	var v string
	err := s.store.Update(ctx, func(tx tickets.Tx) (err error) {
		v, err = tx.Setting(name)
		if errors.Is(err, tickets.NotFound) {
			v = fresh
			return tx.PutSetting(name, v)
		}
		return err
	})
	return v, err
}

// derive is a secret of the store for one purpose.
func (s *shop) derive(purpose string) []byte {
	m := hmac.New(sha256.New, s.key)
	m.Write([]byte(purpose))
	return m.Sum(nil)
}

// webhookSecret is what Telegram must send: configured, or derived from the token and the store's key.
func (s *shop) webhookSecret() string {
	if !s.cfg.Telegram.WebhookSecret.Empty() {
		return s.cfg.Telegram.WebhookSecret.Reveal()
	}
	return hex.EncodeToString(s.derive("telegram webhook " + s.cfg.Telegram.Token.Reveal()))
}

func (s *shop) gateways() ([]checkout.Gateway, error) {
	var out []checkout.Gateway
	for _, g := range s.cfg.Gateways {
		switch g.Name {
		case "sandbox":
			box, err := sandbox.New(sandbox.Config{
				PublicURL: s.cfg.PublicURL, Secret: s.derive("sandbox notices"), Memory: sandbox.InStore(s.store), Passes: s.cfg.Origin("gateways") == "demo",
				Now: s.now, Log: s.log, Accepts: []string{"card", "paynow"}, Shop: s.names,
			})
			if err != nil {
				return nil, err
			}
			s.sandbox = box
			out = append(out, box)
		case "stripe":
			var secrets []string
			for _, x := range s.cfg.Stripe.WebhookSecrets {
				secrets = append(secrets, x.Reveal())
			}
			gw, err := stripe.New(stripe.Config{
				SecretKey: s.cfg.Stripe.SecretKey.Reveal(), WebhookSecrets: secrets, APIURL: s.cfg.Stripe.APIURL,
				Methods: s.cfg.Stripe.Methods, Now: s.now, Log: s.log,
			})
			if err != nil {
				return nil, err
			}
			out = append(out, gw)
		case telegrampay.Name:
			gw, err := s.telegramPay()
			if err != nil {
				return nil, err
			}
			out = append(out, gw)
		default:
			return nil, fmt.Errorf("gateway %q is not in this version", g.Name)
		}
	}
	return out, nil
}

// names of the merchant; none while there is no catalog.
func (s *shop) names() tickets.Texts {
	var names tickets.Texts
	err := s.store.View(context.Background(), func(r tickets.Reader) error {
		cat, err := r.Catalog()
		if err == nil {
			names = cat.Merchant.Names
		}
		return err
	})
	if err != nil {
		s.log.Warn("merchant's name not read", "error", err)
	}
	return names
}

// ensureCatalog applies the catalog file to a store that has none yet.
func (s *shop) ensureCatalog(ctx context.Context, path string) error {
	err := s.store.View(ctx, func(r tickets.Reader) error { _, err := r.Catalog(); return err })
	if !errors.Is(err, tickets.NotFound) {
		return err
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return usageError{fmt.Errorf("the shop has no catalog yet and there is no %s; boxoffice init writes one to start from", path)}
	}
	if err != nil {
		return err
	}
	return s.applyCatalog(ctx, path, data)
}

func (s *shop) applyCatalog(ctx context.Context, name string, data []byte) error {
	cat, err := catalogfile.Parse(name, data)
	if err != nil {
		return usageError{err}
	}
	rev, _, err := s.desk.Apply(ctx, cat)
	if err != nil {
		return err
	}
	s.log.Info("catalog applied", "file", name, "revision", rev, "products", len(cat.Products))
	return nil
}

// Close closes the store.
func (s *shop) Close() error { return s.store.Close() }
