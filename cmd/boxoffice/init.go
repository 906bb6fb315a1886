package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"boxoffice/config"
	"boxoffice/tickets/catalogfile"
)

func initCommand(*env) *cobra.Command {
	return &cobra.Command{
		Use: "init [DIR]", Short: "Write a starter configuration and catalog", Args: usage(cobra.MaximumNArgs(1)),
		Long: "Writes boxoffice.yaml, catalog.yaml and catalog.schema.json into DIR (the working directory). It overwrites nothing.",
		RunE: func(c *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			return writeStarter(c, dir)
		},
	}
}

func writeStarter(c *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	files := []struct {
		name string
		mode fs.FileMode
		text []byte
	}{
		{config.FileName, 0o600, []byte(config.Starter())},
		{"catalog.yaml", 0o644, catalogfile.Example()},
		{"catalog.schema.json", 0o644, catalogfile.Schema()},
	}
	for _, f := range files {
		if _, err := os.Stat(filepath.Join(dir, f.name)); err == nil {
			return fmt.Errorf("%s is there already; nothing was written", filepath.Join(dir, f.name))
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		if err := os.WriteFile(path, f.text, f.mode); err != nil {
			return err
		}
		fmt.Fprintln(c.OutOrStdout(), "wrote "+path)
	}
	fmt.Fprintln(c.OutOrStdout(), "\nNext: put your bot's token and Stripe's keys into "+config.FileName+", your products into catalog.yaml, then\n"+
		"  boxoffice doctor\n  boxoffice serve")
	return nil
}
