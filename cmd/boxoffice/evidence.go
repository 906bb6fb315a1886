package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func evidenceCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "evidence ORDER FILE", Short: "Write all that a bank may ask about an order, as a ZIP", Args: usage(cobra.ExactArgs(2)),
		Long: "Writes what was bought, what the customer saw and confirmed, the policies as they were then, payments, refunds, messages,\n" +
			"tickets, admissions and the timeline of an order, by its code or id, to FILE. FILE must not exist. It holds personal data.",
		RunE: func(c *cobra.Command, args []string) error {
			if _, err := os.Stat(args[1]); err == nil {
				return usageError{fmt.Errorf("%s is there already; nothing is overwritten", args[1])}
			}
			var pack bytes.Buffer
			if err := e.runTask(c.Context(), "evidence", args[0], &pack); err != nil {
				return err
			}
			f, err := os.OpenFile(args[1], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return err
			}
			_, err = f.Write(pack.Bytes())
			if err := errors.Join(err, f.Close()); err != nil {
				return errors.Join(err, os.Remove(args[1]))
			}
			fmt.Fprintf(c.OutOrStdout(), "wrote %s (%d bytes)\n", args[1], pack.Len())
			return nil
		},
	}
}

// operator is whoever may run commands where the shop's file is: nobody stands above them.
func operator() checkout.Staff {
	return checkout.Staff{Actor: tickets.Actor{Kind: tickets.ActorSystem, Name: "command line"}, Role: tickets.RoleOwner, Source: "command"}
}

// evidenceTask writes the ZIP itself.
func evidenceTask(ctx context.Context, s *shop, args json.RawMessage, out io.Writer) error {
	key, err := decode[string](args)
	if err != nil {
		return err
	}
	var o tickets.Order
	err = s.store.View(ctx, func(r tickets.Reader) (err error) {
		if tickets.ValidID(tickets.PrefixOrder, key) {
			o, err = r.Order(tickets.OrderID(key))
		} else {
			o, err = r.OrderByCode(strings.ToUpper(key))
		}
		return err
	})
	if errors.Is(err, tickets.NotFound) {
		return fmt.Errorf("there is no order %q", key)
	}
	if err != nil {
		return err
	}
	pack, err := s.desk.Evidence(ctx, o.ID, operator())
	if err != nil {
		return err
	}
	return pack.Write(out)
}
