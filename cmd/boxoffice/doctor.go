package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"boxoffice/bot"
	"boxoffice/checkout/stripe"
	"boxoffice/config"
	"boxoffice/storage"
	"boxoffice/tickets/catalogfile"
)

func doctorCommand(e *env) *cobra.Command {
	var live bool
	c := &cobra.Command{
		Use: "doctor", Short: "Check configuration, Telegram, gateways, clock, disk and storage", Args: usage(cobra.NoArgs),
		Long: "One line a check, and what to do about what is wrong. With --live it only asks the running service whether it lives,\n" +
			"as a container's health check does.",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := e.load()
			if live {
				if err != nil {
					return err
				}
				return askLive(c.Context(), cfg, c.OutOrStdout())
			}
			d := &doctor{ctx: c.Context(), out: c.OutOrStdout(), cfg: cfg}
			d.line("configuration", err, "correct the keys named above")
			if err == nil {
				d.line("configuration for serve", cfg.ValidateServe(), "set what is missing; boxoffice init writes a starter")
			}
			if err != nil {
				return errSaidNo
			}
			d.all()
			if d.bad {
				return errSaidNo
			}
			return nil
		},
	}
	c.Flags().BoolVar(&live, "live", false, "only ask the running service at its own address; exit 0 when it lives")
	return c
}

// askLive asks /healthz of the service that this configuration describes.
func askLive(ctx context.Context, cfg config.Config, out io.Writer) error {
	host, port, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return usageError{err}
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	body, err := fetch(ctx, "http://"+net.JoinHostPort(host, port)+"/healthz")
	if err != nil {
		fmt.Fprintln(out, "not alive: "+err.Error())
		return errSaidNo
	}
	fmt.Fprintln(out, "alive: "+strings.TrimSpace(body))
	return nil
}

func fetch(ctx context.Context, url string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }() // only read
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, body)
	}
	return string(body), err
}

type doctor struct {
	ctx context.Context
	out io.Writer
	cfg config.Config
	bad bool
}

// line prints one check and, when it failed, what to do.
func (d *doctor) line(what string, err error, fix string) {
	if err == nil {
		fmt.Fprintf(d.out, "ok    %s\n", what)
		return
	}
	d.bad = true
	fmt.Fprintf(d.out, "WRONG %s: %v\n      → %s\n", what, err, fix)
}

func (d *doctor) all() {
	d.line("storage "+d.cfg.Storage, d.storage(), "stop other processes on the file, or restore a backup")
	d.line("disk", d.disk(), "give the storage's folder to the service's user and free some space")
	d.line("catalog", d.catalog(), "boxoffice catalog check FILE says everything; boxoffice init writes an example")
	if !d.cfg.Telegram.Token.Empty() {
		d.line("telegram", d.telegram(), "check the token with @BotFather, and that "+d.cfg.Telegram.APIURL+" can be reached from here")
	}
	for _, g := range d.cfg.Gateways {
		if g.Name == "stripe" && !d.cfg.Stripe.SecretKey.Empty() {
			d.line("stripe", d.stripe(), "check stripe.secret_key in the Stripe dashboard, and that "+d.cfg.Stripe.APIURL+" can be reached")
		}
	}
	d.line("clock", d.clock(), "turn on NTP (timedatectl set-ntp true): signatures are refused beyond 5 minutes")
}

func (d *doctor) storage() error {
	if path := socketPath(d.cfg.Storage); path != "" {
		if conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(d.ctx, "unix", path); err == nil {
			return conn.Close() // the running service has it open
		}
	}
	if path, ok := strings.CutPrefix(d.cfg.Storage, "bolt:"); ok {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return nil // made at the first start
		}
	}
	s, err := storage.Open(d.ctx, d.cfg.Storage, storage.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	return s.Close()
}

func (d *doctor) disk() error {
	path, ok := strings.CutPrefix(d.cfg.Storage, "bolt:")
	if !ok {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".boxoffice-doctor-*")
	if err != nil {
		return err
	}
	_, werr := f.Write(make([]byte, 1<<20))
	return errors.Join(werr, f.Sync(), f.Close(), os.Remove(f.Name()))
}

func (d *doctor) catalog() error {
	data, err := os.ReadFile(d.cfg.Catalog)
	if err != nil {
		return err
	}
	_, err = catalogfile.Parse(d.cfg.Catalog, data)
	return err
}

func (d *doctor) telegram() error {
	client, err := bot.NewClient(bot.ClientConfig{
		Token: d.cfg.Telegram.Token.Reveal(), URL: d.cfg.Telegram.APIURL, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(d.ctx, 10*time.Second)
	defer cancel()
	if err := client.Identify(ctx); err != nil {
		return err
	}
	return d.webhook(ctx, client)
}

// webhook compares where Telegram brings updates with where they are wanted.
func (d *doctor) webhook(ctx context.Context, client *bot.Client) error {
	hook, err := client.Webhook(ctx)
	if err != nil {
		return err
	}
	want := ""
	if d.cfg.Telegram.Mode == config.ModeWebhook {
		want = d.cfg.PublicURL + "/webhooks/telegram"
	}
	switch {
	case hook.URL != want && want != "":
		return fmt.Errorf("updates go to %q, not to %s; serve sets it at start", hook.URL, want)
	case hook.URL != want:
		return fmt.Errorf("updates go to %q although the mode is polling; serve removes it at start", hook.URL)
	case hook.LastError != "" && time.Since(hook.LastErrorAt) < time.Hour:
		return fmt.Errorf("%d updates wait; Telegram's last try at %s: %s", hook.Pending, hook.LastErrorAt.Format(time.TimeOnly), hook.LastError)
	}
	return nil
}

func (d *doctor) stripe() error {
	var secrets []string
	for _, s := range d.cfg.Stripe.WebhookSecrets {
		secrets = append(secrets, s.Reveal())
	}
	gw, err := stripe.New(stripe.Config{
		SecretKey: d.cfg.Stripe.SecretKey.Reveal(), WebhookSecrets: secrets, APIURL: d.cfg.Stripe.APIURL, Methods: d.cfg.Stripe.Methods,
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	return gw.Check(d.ctx)
}

// clock compares our time with the Date that Telegram's server sends.
func (d *doctor) clock() error {
	ctx, cancel := context.WithTimeout(d.ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, d.cfg.Telegram.APIURL, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil // no time to compare with; that it cannot be reached is said above
	}
	defer func() { _ = resp.Body.Close() }() // only read
	t, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return nil // this server tells no time
	}
	if off := time.Since(t).Abs(); off > time.Minute {
		return fmt.Errorf("this machine's clock is off by %s", off.Round(time.Second))
	}
	return nil
}
