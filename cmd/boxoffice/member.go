package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/web/console"
)

func memberCommand(e *env) *cobra.Command {
	c := &cobra.Command{
		Use: "member", Short: "Who may sign in to the console: add, reset", Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	var role string
	run := func(task string) func(c *cobra.Command, args []string) error {
		return func(c *cobra.Command, args []string) error {
			m := newMember{Name: args[0], Login: strings.ToLower(args[0]), Role: tickets.Role(role)}
			if err := checkout.CheckLogin(m.Login); err != nil {
				return usageError{err}
			}
			if (role != "" || task == "member add") && !m.Role.Valid() {
				return usageError{fmt.Errorf("say what the member may do: --role %s", strings.Join(roleNames(), " | "))}
			}
			return e.runTask(c.Context(), task, m, c.OutOrStdout())
		}
	}
	add := &cobra.Command{
		Use: "add NAME --role ROLE", Short: "Make a member of the staff; the password is printed once", Args: usage(cobra.ExactArgs(1)),
		RunE: run("member add"),
	}
	reset := &cobra.Command{
		Use: "reset NAME", Short: "Give a member a new password; their sign-ins and second factor end", Args: usage(cobra.ExactArgs(1)),
		RunE: run("member reset"),
	}
	for _, sub := range []*cobra.Command{add, reset} {
		sub.Flags().StringVar(&role, "role", "", "what they may do: "+strings.Join(roleNames(), ", "))
		c.AddCommand(sub)
	}
	return c
}

func roleNames() []string {
	var out []string
	for _, r := range tickets.Roles {
		out = append(out, string(r))
	}
	return out
}

type newMember struct {
	Name, Login string
	Role        tickets.Role
}

func memberAddTask(ctx context.Context, s *shop, args json.RawMessage, out io.Writer) error {
	n, err := decode[newMember](args)
	if err != nil {
		return err
	}
	password := console.NewPassword()
	m, err := s.desk.AddMember(ctx, checkout.Operator(), checkout.NewMember{
		Name: n.Name, Login: n.Login, Role: n.Role, Password: console.HashPassword(password),
	})
	if errors.Is(err, tickets.Exists) {
		fmt.Fprintf(out, "somebody signs in as %s already; boxoffice member reset %s gives them a new password\n", n.Login, n.Login)
		return errSaidNo
	}
	if err != nil {
		return err
	}
	if err := record(ctx, s, "member_add", m.ID, n.Login+" "+string(n.Role)); err != nil {
		return err
	}
	return tellPassword(out, s, n.Login, password)
}

func memberResetTask(ctx context.Context, s *shop, args json.RawMessage, out io.Writer) error {
	n, err := decode[newMember](args)
	if err != nil {
		return err
	}
	var l tickets.Login
	err = s.store.View(ctx, func(r tickets.Reader) (err error) { l, err = r.LoginByName(n.Login); return err })
	if errors.Is(err, tickets.NotFound) {
		fmt.Fprintf(out, "nobody signs in as %s\n", n.Login)
		return errSaidNo
	}
	if err != nil {
		return err
	}
	if n.Role.Valid() {
		_, err := s.desk.GiveRole(ctx, checkout.Operator(), l.Member, n.Role)
		if slices.Contains([]tickets.Kind{tickets.Conflict, tickets.NotFound}, tickets.KindOf(err)) {
			fmt.Fprintln(out, plain(err))
			return errSaidNo
		}
		if err != nil {
			return err
		}
	}
	password := console.NewPassword()
	if _, err := s.desk.GivePassword(ctx, checkout.Operator(), l.Member, "", console.HashPassword(password)); err != nil {
		return err
	}
	if err := record(ctx, s, "member_password", l.Member, string(n.Role)); err != nil {
		return err
	}
	return tellPassword(out, s, n.Login, password)
}

// record writes a command's act into the console's log.
func record(ctx context.Context, s *shop, act string, m tickets.MemberID, after string) error {
	return s.desk.Record(ctx, tickets.AuditEntry{At: s.now(), Actor: checkout.Operator().Actor, Act: act, Object: string(m), Result: "ok", After: after})
}

func tellPassword(out io.Writer, s *shop, login, password string) error {
	_, err := fmt.Fprintf(out, "name      %s\npassword  %s\n\nSign in at %s/console/ and choose a password there. It is not shown again.\n", login, password, s.cfg.PublicURL)
	return err
}
