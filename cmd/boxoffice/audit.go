package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"boxoffice/checkout"
	"boxoffice/storage"
	"boxoffice/tickets"
)

// auditGarbage is how much garbage, in percent of what lives, an audit leaves before it collects: it makes little that
// lives, and is to fit beside a service.
const auditGarbage = 50

// auditing is what an audit was asked for.
type auditing struct{ dsn, ledger, gateway, at string }

func auditCommand(e *env) *cobra.Command {
	var a auditing
	c := &cobra.Command{
		Use: "audit", Short: "Check every invariant of the stored shop, read-only", Args: usage(cobra.NoArgs),
		Long: "Exit 0 when the shop is clean, 1 with one line a violation, 2 when it cannot be read; docs/audit.md lists the rules. A\n" +
			"bbolt file that serve has open cannot be read beside it (1, and it says so): audit a backup instead\n" +
			"(boxoffice backup FILE; boxoffice audit --storage bolt:FILE).\n\n" +
			"--ledger FILE also compares the shop with a provider's list of charges, CSV or JSON (- is standard input), and prints\n" +
			"one line a difference.",
		RunE: func(c *cobra.Command, _ []string) error { return a.run(c, e) },
	}
	c.Flags().StringVar(&a.dsn, "storage", "", "storage to audit instead of the configured one, such as bolt:backup.db")
	c.Flags().StringVar(&a.ledger, "ledger", "", "a provider's list of charges to compare with, CSV or JSON; - is standard input")
	c.Flags().StringVar(&a.gateway, "gateway", "", "whose list --ledger is, when it does not say (stripe)")
	c.Flags().StringVar(&a.at, "at", "", "the moment to judge deadlines at, RFC 3339, such as a backup's (now)")
	return c
}

// run audits. It fails with a usageError while the shop, or the list, could not be read and no violation was found.
func (a auditing) run(c *cobra.Command, e *env) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	now := time.Now()
	if a.at != "" {
		if now, err = time.Parse(time.RFC3339, a.at); err != nil {
			return usageError{fmt.Errorf("--at %q is not a time such as 2026-03-20T16:36:16+08:00", a.at)}
		}
	}
	var list []charge
	if a.ledger != "" {
		if list, err = loadCharges(c, a.ledger, a.gateway); err != nil {
			return err
		}
		if len(list) == 0 {
			fmt.Fprintf(c.OutOrStdout(), "%s has no charges: nothing was compared with it\n", a.ledger)
		}
	}
	if a.dsn == "" {
		a.dsn = cfg.Storage
	}
	store, err := storage.Open(c.Context(), a.dsn, storage.Options{ReadOnly: true})
	if errors.Is(err, tickets.Conflict) {
		fmt.Fprintf(c.OutOrStdout(), "%s is open in a running service, and a bbolt file has one owner.\nAudit a backup: boxoffice backup FILE && boxoffice audit --storage bolt:FILE\n", a.dsn)
		return errSaidNo
	}
	if err != nil {
		return usageError{err}
	}
	defer debug.SetGCPercent(debug.SetGCPercent(auditGarbage))
	found := 0
	err = auditStore(c.Context(), store, now, checkout.Timings{SoftRelease: cfg.SoftRelease, Cap: cfg.HoldCap, Review: cfg.ReviewTTL}, list, func(line string) {
		found++
		fmt.Fprintln(c.OutOrStdout(), line)
	})
	if err := errors.Join(err, store.Close()); err != nil {
		if found == 0 {
			return usageError{err}
		}
		return err
	}
	if found > 0 {
		fmt.Fprintf(c.OutOrStdout(), "%d violations\n", found)
		return errSaidNo
	}
	fmt.Fprintln(c.OutOrStdout(), "clean")
	return nil
}

// auditStore runs the rules and, beside them, the store's own check, and then compares with a list of charges.
func auditStore(ctx context.Context, store tickets.Store, now time.Time, t checkout.Timings, list []charge, report func(string)) error {
	var mu sync.Mutex
	line := func(s string) {
		mu.Lock()
		defer mu.Unlock()
		report(s)
	}
	checked := make(chan error, 1)
	go func() {
		checked <- store.View(ctx, func(r tickets.Reader) error { checkout.AuditStore(r, line); return nil })
	}()
	err := store.View(ctx, func(r tickets.Reader) error {
		if err := checkout.AuditRules(r, now, t, line); err != nil {
			return err
		}
		if len(list) == 0 {
			return nil
		}
		return oddities(r, list, line)
	})
	return errors.Join(err, <-checked)
}
