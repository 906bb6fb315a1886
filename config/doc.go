// Package config is what an operator may say to Boxoffice: one YAML file and
// the environment, read once at start into a Config that the rest of the
// program can trust.
//
// Load starts from the defaults, lays boxoffice.yaml over them and the
// environment over that. Every key of the file has one environment variable:
// telegram.token is BOXOFFICE_TELEGRAM_TOKEN, hold_ttl is BOXOFFICE_HOLD_TTL.
// A secret can also be read from a file, named by its variable with _FILE at
// the end; a variable that is set but empty counts as not set.
//
//	c, err := config.Load(config.Find(flag, os.Environ()), os.Environ())
//	if err != nil {
//		fmt.Fprintln(os.Stderr, err) // every problem, one a line, each with its key and its fix
//		os.Exit(2)
//	}
//	slog.Info("listening", "addr", c.Listen)
//
// Three things hold for a Config that Load returned without an error: every
// value has been checked, nothing in it contradicts anything else, and each
// value knows where it came from (Origin). ValidateServe asks for what only
// "serve" needs: "config" or "audit" run without a bot token.
//
// Secrets are of the type Secret, which prints as dots in every way that Go
// has of printing; Reveal is the only way to the text.
//
// The keys are one list (Keys), and from it come the defaults, the reading of
// both sources, the messages, the effective configuration, the starter file
// and the table of the README. That is also why the environment is read by a
// few lines of our own and not by a library such as caarlos0/env: struct tags
// would be a second list of the same keys, and would know neither where a
// value came from nor how to report one wrong variable beside one wrong line
// of the file. YAML is read with goccy/go-yaml, whose syntax tree keeps the
// line and column of each value; no other library of ours does that and
// refuses duplicate keys as well.
//
// The package is not the catalog: what is sold lives in the store and enters
// through tickets/catalogfile.
package config
