package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"boxoffice/tickets"
)

// profileSetting remembers the sum of the profiles last told to the Bot API.
const profileSetting = "telegram.profile"

const (
	maxConnections  = 40 // webhook calls that Telegram makes at once; 1–100
	setupPause      = 2 * time.Second
	longestSetupGap = time.Minute
)

// Command is one entry of the commands menu.
type Command struct {
	Name string // 1–32 of a–z 0–9 _, without the slash
	Text string // 1–256 characters
}

// Profile is what Telegram shows of the bot to people whose app is in one language.
type Profile struct {
	Lang     string    // two letters of ISO 639-1; empty for all without a Profile of their own
	Commands []Command // in private chats and by default
	Group    []Command // in groups; none where empty
	About    string    // on the bot's page; at most 120 characters
	Intro    string    // in an empty chat; at most 512 characters
}

// SetupConfig is what Setup needs.
type SetupConfig struct {
	Client   *Client
	Store    tickets.Store // remembers what was told, so that it is told again only when changed
	Log      *slog.Logger
	Profiles []Profile

	// WebhookURL is where Telegram brings updates, with Secret; empty in polling mode, where a webhook is removed.
	WebhookURL string
	Secret     string
}

// Setup makes the bot known: who it is, how updates come, its commands and descriptions per language.
type Setup struct {
	cfg SetupConfig

	mu      sync.Mutex
	problem error
}

var errNotYet = errors.New("telegram has not been reached yet")

// NewSetup checks the configuration; it calls nobody.
func NewSetup(cfg SetupConfig) (*Setup, error) {
	if cfg.Client == nil || cfg.Store == nil || cfg.Log == nil {
		return nil, errors.New("telegram setup: Client, Store and Log are required")
	}
	if (cfg.WebhookURL == "") != (cfg.Secret == "") {
		return nil, errors.New("telegram setup: a webhook needs a secret, polling has none")
	}
	return &Setup{cfg: cfg, problem: errNotYet}, nil
}

// Ready is nil once the bot knows its name and updates can come, else says why not.
func (s *Setup) Ready() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.problem
}

// Run does everything that is to be done at start, and what fails again later, until all is done or ctx ends. It returns
// nil. Telegram being down delays it and stops nothing else; a refused token keeps it trying, as /readyz tells.
func (s *Setup) Run(ctx context.Context) error {
	steps := []struct {
		act string
		do  func(context.Context) error
	}{
		{"identify", s.cfg.Client.Identify},
		{"updates", s.updates},
		{"profile", s.profile},
	}
	gap := setupPause
	for i := 0; i < len(steps); {
		if i == 2 {
			s.note(nil)
		}
		err := steps[i].do(ctx)
		if err == nil {
			i, gap = i+1, setupPause
			continue
		}
		if ctx.Err() != nil {
			return nil
		}
		if i < 2 {
			s.note(err)
		} else if !passing(err) {
			s.cfg.Log.ErrorContext(ctx, "bot api refuses the bot's profile", "error", err)
			return nil // the next start tries again
		}
		d := gap
		if wait, ok := errors.AsType[*tickets.Wait](err); ok {
			d = wait.After
		}
		s.cfg.Log.WarnContext(ctx, "telegram setup failed", "act", steps[i].act, "error", err, "again_in_ms", d.Milliseconds())
		if !pause(ctx, d) {
			return nil
		}
		gap = min(2*gap, longestSetupGap)
	}
	s.cfg.Log.InfoContext(ctx, "telegram is set up", "bot", s.cfg.Client.Username(), "webhook", s.cfg.WebhookURL != "")
	return nil
}

func (s *Setup) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problem = err
}

// updates sets or removes the webhook. Updates that wait at Telegram are kept.
func (s *Setup) updates(ctx context.Context) error {
	api := s.cfg.Client.api
	if s.cfg.WebhookURL == "" {
		_, err := api.DeleteWebhook(ctx, &tg.DeleteWebhookParams{})
		return wrap("remove the webhook", err)
	}
	_, err := api.SetWebhook(ctx, &tg.SetWebhookParams{
		URL: s.cfg.WebhookURL, SecretToken: s.cfg.Secret,
		AllowedUpdates: allowedUpdates, MaxConnections: maxConnections,
	})
	return wrap("set the webhook", err)
}

func wrap(act string, err error) error {
	if err = translate(err); err != nil {
		return fmt.Errorf("%s: %w", act, err)
	}
	return nil
}

// profile tells commands and descriptions, unless they are what was told last: any method may be refused with 429.
func (s *Setup) profile(ctx context.Context) error {
	sum, err := s.sum()
	if err != nil {
		return err
	}
	var told string
	err = s.cfg.Store.View(ctx, func(r tickets.Reader) error {
		var err error
		told, err = r.Setting(profileSetting)
		return err
	})
	if err != nil && !errors.Is(err, tickets.NotFound) {
		return fmt.Errorf("recall the profile: %w", err)
	}
	if told == sum {
		return nil
	}
	for _, p := range s.cfg.Profiles {
		if err := s.tell(ctx, p); err != nil {
			return err
		}
	}
	menu := &tg.SetChatMenuButtonParams{MenuButton: &models.MenuButtonCommands{Type: models.MenuButtonTypeCommands}}
	if _, err := s.cfg.Client.api.SetChatMenuButton(ctx, menu); err != nil {
		return wrap("set the menu button", err)
	}
	err = s.cfg.Store.Update(ctx, func(tx tickets.Tx) error { return tx.PutSetting(profileSetting, sum) })
	return wrap("remember the profile", err)
}

// sum is of the profiles and of the bot they belong to.
func (s *Setup) sum() (string, error) {
	content, err := json.Marshal(struct {
		Bot      int64
		Profiles []Profile
	}{s.cfg.Client.ID(), s.cfg.Profiles})
	if err != nil {
		return "", fmt.Errorf("profile: %w", err)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:]), nil
}

func (s *Setup) tell(ctx context.Context, p Profile) error {
	api := s.cfg.Client.api
	_, err := api.SetMyCommands(ctx, &tg.SetMyCommandsParams{Commands: commands(p.Commands), LanguageCode: p.Lang})
	if err != nil {
		return wrap("set commands", err)
	}
	if len(p.Group) > 0 {
		_, err = api.SetMyCommands(ctx, &tg.SetMyCommandsParams{
			Commands: commands(p.Group), Scope: &models.BotCommandScopeAllGroupChats{}, LanguageCode: p.Lang,
		})
		if err != nil {
			return wrap("set the groups' commands", err)
		}
	}
	_, err = api.SetMyShortDescription(ctx, &tg.SetMyShortDescriptionParams{ShortDescription: p.About, LanguageCode: p.Lang})
	if err != nil {
		return wrap("set the short description", err)
	}
	_, err = api.SetMyDescription(ctx, &tg.SetMyDescriptionParams{Description: p.Intro, LanguageCode: p.Lang})
	return wrap("set the description", err)
}

func commands(cs []Command) []models.BotCommand {
	out := make([]models.BotCommand, len(cs))
	for i, c := range cs {
		out[i] = models.BotCommand{Command: c.Name, Description: c.Text}
	}
	return out
}
