package console

import (
	"context"
	"net/http"
	"time"

	"boxoffice/tickets"
)

// gatewayLook is how many of the newest notices are looked at for each gateway's last.
const gatewayLook = 500

// gatewayWithin bounds how long a gateway is asked.
const gatewayWithin = 10 * time.Second

// gatewayRow is one way to be paid.
type gatewayRow struct {
	Name     string
	Test     bool // play money
	Methods  []string
	Notice   time.Time // of the last notice, and
	NoticeID tickets.NoticeID
	Good     time.Time // of the last that was understood
	Bad      string    // outcome of the last, where it was not
	May      bool      // it can be asked
}

// asked is a gateway that can be asked whether its keys work, without changing anything there.
type asked interface {
	Check(ctx context.Context) error
}

func gateways(v *visit) error {
	var rows []gatewayRow
	for _, g := range v.k.Desk.Gateways {
		row := gatewayRow{Name: g.Name(), Test: g.Test()}
		for _, m := range g.Methods() {
			row.Methods = append(row.Methods, m.ID)
		}
		_, row.May = g.(asked)
		rows = append(rows, row)
	}
	err := v.view(func(r tickets.Reader) error {
		list, _, err := r.AllNotices(tickets.Page{Limit: gatewayLook})
		for i := range rows {
			rows[i].noticed(list)
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "settings_gateways", v.Words.T("console_settings.tab.gateways"), rows)
}

// noticed finds the gateway's last notices in a list, the newest first.
func (g *gatewayRow) noticed(list []tickets.Notice) {
	g.Notice, g.NoticeID, g.Good, g.Bad = time.Time{}, "", time.Time{}, ""
	for _, n := range list {
		if n.Gateway != g.Name {
			continue
		}
		good := !n.Done.IsZero() && !n.Incident()
		if g.Notice.IsZero() {
			g.Notice, g.NoticeID = n.At, n.ID
			if !good {
				g.Bad = n.Outcome
			}
		}
		if good && g.Good.IsZero() {
			g.Good = n.At
		}
	}
}

// gatewayTest asks a gateway whether its keys work.
func gatewayTest(v *visit) error {
	for _, g := range v.k.Desk.Gateways {
		a, ok := g.(asked)
		if g.Name() == v.PathValue("name") && ok {
			return v.ask(g.Name(), a)
		}
	}
	return tickets.Refuse(tickets.NotFound, "no gateway that can be asked is called that")
}

func (v *visit) ask(name string, a asked) error {
	ctx, cancel := context.WithTimeout(v.Context(), gatewayWithin)
	defer cancel()
	began := time.Now() // a stopwatch
	err := a.Check(ctx)
	result := auditOK
	if err != nil {
		result = "failed"
		v.k.Log.Warn("gateway test failed", "gateway", name, "error", err)
		v.flash("bad", "console_settings.gateways.test_bad", "Name", name, "Error", v.Words.Error(err))
	} else {
		v.flash("good", "console_settings.gateways.test_good", "Name", name, "Milliseconds", time.Since(began).Milliseconds())
	}
	if err := v.audit("gateway_test", name, result, ""); err != nil {
		return err
	}
	return v.redirect("/console/settings/gateways")
}
