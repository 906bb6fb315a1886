package main

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
)

// The live heap is small (tens of MB), so with Go's default of 100 the collector would run nearly all the time under
// load, and orders whose commit meets it are the slow ones. It runs more rarely, and as usual once the process has
// grown to memorySoft (docs/adr/0006). GOGC and GOMEMLIMIT in the environment win.
const (
	gcPercent  = 3200
	memorySoft = 512 << 20
)

func serveCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Run the service", Args: usage(cobra.NoArgs),
		Long: "Runs the shop from configuration and environment until SIGTERM or SIGINT. At the first start it applies the catalog file.",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := e.load()
			if err == nil {
				err = cfg.ValidateServe()
			}
			if err != nil {
				return err
			}
			if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
				debug.SetGCPercent(gcPercent)
				debug.SetMemoryLimit(memorySoft)
			}
			log := newLogger(cfg.Log, os.Stderr)
			a, err := newApp(c.Context(), cfg, log, time.Now, func(ctx context.Context, s *shop) error {
				return s.ensureCatalog(ctx, cfg.Catalog)
			})
			if err != nil {
				return err
			}
			l, err := new(net.ListenConfig).Listen(c.Context(), "tcp", cfg.Listen)
			if err != nil {
				return errors.Join(err, a.shop.Close())
			}
			return a.run(c.Context(), l, nil)
		},
	}
}
