package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func configCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "config", Short: "Show the effective configuration, secrets redacted", Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := e.load()
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(c.OutOrStdout(), cfg.Redacted())
			return err
		},
	}
}
