package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"boxoffice/storage"
	"boxoffice/tickets"
)

func backupCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "backup FILE", Short: "Write a verified snapshot of the shop while it runs", Args: usage(cobra.ExactArgs(1)),
		Long: "Writes one moment of the shop to FILE: through the running service when there is one, else from the file itself.\n" +
			"The copy is verified after writing. FILE must not exist. Keep backups as you keep keys: they hold the signing keys.",
		RunE: func(c *cobra.Command, args []string) error {
			path, err := filepath.Abs(args[0])
			if err != nil {
				return usageError{err}
			}
			if _, err := os.Stat(path); err == nil {
				return usageError{fmt.Errorf("%s is there already; a backup overwrites nothing", path)}
			}
			return e.runTask(c.Context(), "backup", path, c.OutOrStdout())
		},
	}
}

func backupTask(ctx context.Context, s *shop, args json.RawMessage, out io.Writer) error {
	path, err := decode[string](args)
	if err != nil {
		return err
	}
	if err := storage.Backup(ctx, s.store, path); err != nil {
		return err
	}
	st, err := os.Stat(path)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "wrote and verified %s (%d bytes)\n", path, st.Size())
	return nil
}

func restoreCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "restore FILE", Short: "Put a backup in the place of the shop's storage, which must not exist", Args: usage(cobra.ExactArgs(1)),
		Long: "Verifies FILE and copies it to where the configuration's storage says. It overwrites nothing: move the old file away\n" +
			"first. Payments made since the backup are found by asking the gateways once serve runs.",
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := e.load()
			if err != nil {
				return err
			}
			if path := socketPath(cfg.Storage); path != "" {
				if _, err := os.Stat(strings.TrimPrefix(cfg.Storage, "bolt:")); err == nil {
					return usageError{fmt.Errorf("%s is there already; stop the service and move the file away first", cfg.Storage)}
				}
			}
			if err := storage.Restore(c.Context(), args[0], cfg.Storage); err != nil {
				if errors.Is(err, tickets.Invalid) || errors.Is(err, os.ErrNotExist) {
					return usageError{err}
				}
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "restored %s to %s; check it with boxoffice audit\n", args[0], cfg.Storage)
			return nil
		},
	}
}
