package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"boxoffice/checkout"
	"boxoffice/storage"
	"boxoffice/tickets"
)

func auditCommand(e *env) *cobra.Command {
	var dsn string
	c := &cobra.Command{
		Use: "audit", Short: "Check every invariant of the stored shop, read-only", Args: usage(cobra.NoArgs),
		Long: "Exit 0 when the shop is clean, 1 with one line a violation. A bbolt file that serve has open cannot be read beside it:\n" +
			"audit a backup instead (boxoffice backup FILE; boxoffice audit --storage bolt:FILE).",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := e.load()
			if err != nil {
				return err
			}
			if dsn == "" {
				dsn = cfg.Storage
			}
			store, err := storage.Open(c.Context(), dsn, storage.Options{ReadOnly: true})
			if errors.Is(err, tickets.Conflict) {
				fmt.Fprintf(c.OutOrStdout(), "%s is open in a running service, and a bbolt file has one owner.\nAudit a backup: boxoffice backup FILE && boxoffice audit --storage bolt:FILE\n", dsn)
				return errSaidNo
			}
			if err != nil {
				return err
			}
			found := 0
			timings := checkout.Timings{SoftRelease: cfg.SoftRelease}
			err = store.View(c.Context(), func(r tickets.Reader) error {
				return checkout.Audit(r, time.Now(), timings, func(line string) {
					found++
					fmt.Fprintln(c.OutOrStdout(), line)
				})
			})
			if err := errors.Join(err, store.Close()); err != nil {
				return err
			}
			if found > 0 {
				fmt.Fprintf(c.OutOrStdout(), "%d violations\n", found)
				return errSaidNo
			}
			fmt.Fprintln(c.OutOrStdout(), "clean")
			return nil
		},
	}
	c.Flags().StringVar(&dsn, "storage", "", "storage to audit instead of the configured one, such as bolt:backup.db")
	return c
}
