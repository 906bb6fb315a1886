// Command boxoffice sells tickets inside a chat: the service, the demo and the tools around them in one binary. All
// wiring is here; what things mean is in package tickets, what happens to them in package checkout.
//
//	boxoffice demo     the whole shop on this machine, no accounts
//	boxoffice init     a starter configuration and catalog
//	boxoffice serve    the service
//
// Exit codes: 0 done; 1 the command's own "no"; 2 wrong usage or configuration.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"boxoffice/config"
	"boxoffice/tickets"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// usageError is wrong usage or configuration: exit code 2.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// errSaidNo is a command's own "no": it has said all there is to say, and only the exit code 1 is left.
var errSaidNo = errors.New("no")

func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var usage usageError
	var problems config.Problems
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errSaidNo):
		return 1
	case errors.As(err, &problems):
		fmt.Fprintln(stderr, problems.Error())
		return 2
	case errors.As(err, &usage):
		fmt.Fprintln(stderr, "boxoffice: "+plain(err))
		return 2
	default:
		fmt.Fprintln(stderr, "boxoffice: "+plain(err))
		return 1
	}
}

// plain is an error's text without the names of kinds, which are for programs.
func plain(err error) string {
	text := err.Error()
	if r := tickets.RefusalOf(err); r != nil {
		text = strings.Replace(text, r.Error(), r.Why, 1)
	}
	return text
}

// env is what every command gets: where the configuration is, and where to write.
type env struct {
	configPath string
	environ    []string
}

// load reads the configuration; every problem comes at once.
func (e *env) load() (config.Config, error) {
	return config.Load(config.Find(e.configPath, e.environ), e.environ)
}

func rootCommand() *cobra.Command {
	e := &env{environ: os.Environ()}
	root := &cobra.Command{
		Use:           "boxoffice",
		Short:         "Sell tickets inside a chat",
		Long:          "Boxoffice sells tickets inside a Telegram chat. Try it without any account: boxoffice demo",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          usage(cobra.NoArgs),
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.PersistentFlags().StringVar(&e.configPath, "config", "", "configuration file (BOXOFFICE_CONFIG; boxoffice.yaml when present)")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see %s --help", err, c.CommandPath())}
	})
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(
		demoCommand(e), initCommand(e), serveCommand(e), auditCommand(e), evidenceCommand(e), backupCommand(e), restoreCommand(e), catalogCommand(e),
		linkCommand(e), memberCommand(e), tokenCommand(e), keyCommand(e), doctorCommand(e), configCommand(e), ticketCommand(e), versionCommand(),
	)
	return root
}

// usage turns cobra's complaint about arguments into a usageError.
func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return usageError{fmt.Errorf("%w; see %s --help", err, c.CommandPath())}
		}
		return nil
	}
}
