package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"boxoffice/tickets"
	"boxoffice/tickets/catalogfile"
)

// catalog

func catalogCommand(e *env) *cobra.Command {
	c := &cobra.Command{
		Use: "catalog", Short: "The catalog as YAML: check, apply, export", Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(
		&cobra.Command{
			Use: "check FILE", Short: "Say everything that is wrong with a catalog file", Args: usage(cobra.ExactArgs(1)),
			RunE: func(c *cobra.Command, args []string) error {
				cat, err := readCatalog(args[0])
				if err != nil {
					return err
				}
				for _, w := range catalogfile.Warnings(cat) {
					fmt.Fprintln(c.OutOrStdout(), "warning: "+w)
				}
				fmt.Fprintf(c.OutOrStdout(), "%s is right: %d products, %d SKUs, %d pools\n", args[0], len(cat.Products), len(cat.SKUs), len(cat.Pools))
				return nil
			},
		},
		&cobra.Command{
			Use: "apply FILE", Short: "Put a catalog file in the place of the shop's catalog", Args: usage(cobra.ExactArgs(1)),
			RunE: func(c *cobra.Command, args []string) error {
				cat, err := readCatalog(args[0])
				if err != nil {
					return err
				}
				return e.runTask(c.Context(), "catalog apply", cat, c.OutOrStdout())
			},
		},
		&cobra.Command{
			Use: "export FILE", Short: "Write the shop's catalog to a file (- is standard output)", Args: usage(cobra.ExactArgs(1)),
			RunE: func(c *cobra.Command, args []string) error {
				var text strings.Builder
				if err := e.runTask(c.Context(), "catalog export", nil, &text); err != nil {
					return err
				}
				if args[0] == "-" {
					_, err := io.WriteString(c.OutOrStdout(), text.String())
					return err
				}
				f, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
				if err != nil {
					return err
				}
				_, err = io.WriteString(f, text.String())
				return errors.Join(err, f.Close())
			},
		},
	)
	return c
}

// readCatalog reads a catalog file; what is wrong with it is wrong usage.
func readCatalog(path string) (tickets.Catalog, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return tickets.Catalog{}, usageError{err}
	}
	cat, err := catalogfile.Parse(path, data)
	if err != nil {
		return cat, usageError{err}
	}
	return cat, nil
}

func applyTask(ctx context.Context, s *shop, args json.RawMessage, out io.Writer) error {
	cat, err := decode[tickets.Catalog](args)
	if err != nil {
		return err
	}
	rev, lowered, err := s.desk.Apply(ctx, cat)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "applied: revision %d, %d products\n", rev, len(cat.Products))
	for _, l := range lowered {
		fmt.Fprintf(out, "%s on %s: capacity %d is below the %d sold and %d held; they stay, nothing more is sold\n",
			l.Stock.Key.Pool, l.Stock.Key.Slot, l.Stock.Capacity, l.Stock.Sold, l.Stock.Held)
	}
	return nil
}

func exportTask(ctx context.Context, s *shop, _ json.RawMessage, out io.Writer) error {
	var cat *tickets.Catalog
	if err := s.store.View(ctx, func(r tickets.Reader) (err error) { cat, err = r.Catalog(); return err }); err != nil {
		return err
	}
	return catalogfile.Write(out, *cat)
}

// link

func linkCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "link", Short: "Print a code that makes a Telegram group the merchant's and its sender the owner", Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return e.runTask(c.Context(), "link", nil, c.OutOrStdout()) },
	}
}

func linkTask(ctx context.Context, s *shop, _ json.RawMessage, out io.Writer) error {
	code, err := s.desk.LinkCode(ctx, "command line")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Add the bot to your group and send there, within 15 minutes:\n\n  /link %s\n", code)
	return nil
}

// token

func tokenCommand(e *env) *cobra.Command {
	c := &cobra.Command{
		Use: "token", Short: "API tokens: add, list, remove", Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	var scopes []string
	add := &cobra.Command{
		Use: "add NAME --scope SCOPE", Short: "Make an API token; it is printed once", Args: usage(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			if len(scopes) == 0 {
				return usageError{fmt.Errorf("say what the token may do: --scope %s", strings.Join(tickets.Scopes, " | "))}
			}
			for _, s := range scopes {
				if !slices.Contains(tickets.Scopes, s) {
					return usageError{fmt.Errorf("no scope %q; there are %s", s, strings.Join(tickets.Scopes, ", "))}
				}
			}
			return e.runTask(c.Context(), "token add", newToken{args[0], scopes}, c.OutOrStdout())
		},
	}
	add.Flags().StringSliceVar(&scopes, "scope", nil, "what it may do: "+strings.Join(tickets.Scopes, ", ")+" (repeat, or a comma list)")
	c.AddCommand(add,
		&cobra.Command{
			Use: "list", Short: "List API tokens", Args: usage(cobra.NoArgs),
			RunE: func(c *cobra.Command, _ []string) error {
				return e.runTask(c.Context(), "token list", nil, c.OutOrStdout())
			},
		},
		&cobra.Command{
			Use: "remove ID", Short: "Remove an API token", Args: usage(cobra.ExactArgs(1)),
			RunE: func(c *cobra.Command, args []string) error {
				return e.runTask(c.Context(), "token remove", args[0], c.OutOrStdout())
			},
		})
	return c
}

type newToken struct {
	Name   string
	Scopes []string
}

func tokenAddTask(ctx context.Context, s *shop, args json.RawMessage, out io.Writer) error {
	t, err := decode[newToken](args)
	if err != nil {
		return err
	}
	text, tok, err := s.desk.NewToken(ctx, t.Name, t.Scopes)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\n\nThis is token %s (%s). It is not shown again.\n", text, tok.ID, strings.Join(tok.Scopes, ", "))
	return nil
}

func tokenListTask(ctx context.Context, s *shop, _ json.RawMessage, out io.Writer) error {
	var list []tickets.APIToken
	if err := s.store.View(ctx, func(r tickets.Reader) (err error) { list, err = r.Tokens(); return err }); err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tNAME\tSCOPES\tMADE")
	for _, t := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", t.ID, t.Name, strings.Join(t.Scopes, ","), t.At.Format("2006-01-02"))
	}
	return w.Flush()
}

func tokenRemoveTask(ctx context.Context, s *shop, args json.RawMessage, out io.Writer) error {
	id, err := decode[tickets.TokenID](args)
	if err != nil {
		return err
	}
	if err := s.store.Update(ctx, func(tx tickets.Tx) error { return tx.DeleteToken(id) }); err != nil {
		if errors.Is(err, tickets.NotFound) {
			fmt.Fprintf(out, "there is no token %s\n", id)
			return errSaidNo
		}
		return err
	}
	fmt.Fprintf(out, "removed %s\n", id)
	return nil
}

// key

func keyCommand(e *env) *cobra.Command {
	c := &cobra.Command{
		Use: "key", Short: "The key that signs tickets", Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(&cobra.Command{
		Use: "rotate", Short: "Sign new tickets with a new key; tickets already issued stay valid", Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return e.runTask(c.Context(), "key rotate", nil, c.OutOrStdout())
		},
	})
	return c
}

func keyRotateTask(ctx context.Context, s *shop, _ json.RawMessage, out io.Writer) error {
	if err := s.desk.RotateKey(ctx); err != nil {
		return err
	}
	fmt.Fprintln(out, "new tickets are signed with a new key; gates that verify offline need /api/v1/ticket-keys again")
	return nil
}

// ticket

func ticketCommand(e *env) *cobra.Command {
	c := &cobra.Command{
		Use: "ticket", Short: "Tickets", Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(&cobra.Command{
		Use: "verify TEXT", Short: "Say whether a scanned text is one of ours, and what it admits", Args: usage(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			return e.runTask(c.Context(), "ticket verify", args[0], c.OutOrStdout())
		},
	})
	return c
}

func verifyTask(ctx context.Context, s *shop, args json.RawMessage, out io.Writer) error {
	text, err := decode[string](args)
	if err != nil {
		return err
	}
	l, err := s.desk.Look(ctx, text)
	switch tickets.KindOf(err) {
	case "":
		if err != nil {
			return err
		}
	case tickets.Forged:
		fmt.Fprintln(out, "FORGED: this text was not signed by this shop")
		return errSaidNo
	case tickets.NotFound, tickets.Invalid:
		fmt.Fprintln(out, "UNKNOWN: this is not a ticket of this shop")
		return errSaidNo
	case tickets.Revoked:
		fmt.Fprintln(out, "REVOKED: this ticket was replaced")
		return errSaidNo
	default:
		return err
	}
	k := l.Ticket
	fmt.Fprintf(out, "%s  %s\norder  %s\nfor    %s\nvisit  %s\nadmits %d of %d\n", k.Code, k.State, k.OrderCode, k.ProductName.Pick("en"), k.Slot, k.Places-k.Admitted, k.Places)
	if l.Refusal != nil {
		fmt.Fprintf(out, "now    NO: %s\n", plain(l.Refusal))
	} else {
		fmt.Fprintln(out, "now    OK")
	}
	return nil
}
