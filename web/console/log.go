package console

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"boxoffice/tickets"
)

// How many rows of the log a page has about, and how many it looks at to find them: there is no index by member.
const (
	logRows = 50
	logLook = 5000
	logFile = 100_000 // the most rows of a file
)

// logFilter is what is wanted of the log.
type logFilter struct{ Member, Act string }

func (v *visit) logFilter() logFilter {
	return logFilter{Member: typed(v.FormValue("member"), 64), Act: typed(v.FormValue("act"), 64)}
}

func (f logFilter) takes(e tickets.AuditEntry) bool {
	return (f.Member == "" || e.Actor.ID == f.Member) && (f.Act == "" || e.Act == f.Act)
}

// query is the filter in an address.
func (f logFilter) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"member": f.Member, "act": f.Act} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// logRow is a row of the log, and whether its hash is right.
type logRow struct {
	tickets.AuditEntry
	Whole bool
	Link  string // to what it was done to
}

// logPage is the log of what people did.
type logPage struct {
	Filter  logFilter
	Rows    []logRow
	More    string // address of older rows
	Export  string
	Members []tickets.Member
	Acts    []string // that the shown rows have
}

// logged reads rows of a filter, the newest first, until there are enough or enough was looked at.
func logged(r tickets.Reader, f logFilter, mark string, enough, look int) (rows []tickets.AuditEntry, next string, err error) {
	for seen := 0; len(rows) < enough && seen < look; {
		list, more, err := r.AuditEntries(tickets.Page{Mark: mark, Limit: logRows})
		if err != nil {
			return nil, "", err
		}
		for _, e := range list {
			if f.takes(e) {
				rows = append(rows, e)
			}
		}
		seen += len(list)
		if mark = more; mark == "" {
			break
		}
	}
	return rows, mark, nil
}

func actLog(v *visit) error {
	p := logPage{Filter: v.logFilter()}
	err := v.view(func(r tickets.Reader) error {
		rows, mark, err := logged(r, p.Filter, v.FormValue("mark"), logRows, logLook)
		if err != nil {
			return err
		}
		p.Rows, p.More = nil, ""
		for _, e := range rows {
			p.Rows = append(p.Rows, logRow{AuditEntry: e, Whole: e.Hash == e.Sum(), Link: linkOf(e.Object)})
		}
		if mark != "" {
			q := p.Filter.query()
			q.Set("mark", mark)
			p.More = "/console/log?" + q.Encode()
		}
		p.Members, err = r.Members()
		return err
	})
	if err != nil {
		return err
	}
	p.Export = "/console/log/export?" + p.Filter.query().Encode()
	p.Acts = actsOf(p)
	return v.page(http.StatusOK, "log", v.Words.T("console_access.log.title"), p)
}

// actsOf are the acts to choose from: those of the shown rows and the chosen one.
func actsOf(p logPage) []string {
	var out []string
	seen := map[string]bool{"": true}
	add := func(act string) {
		if !seen[act] {
			seen[act] = true
			out = append(out, act)
		}
	}
	add(p.Filter.Act)
	for _, r := range p.Rows {
		add(r.Act)
	}
	return out
}

// linkOf is the page of what an act was done to, "" where there is none.
func linkOf(object string) string {
	for prefix, page := range map[string]string{tickets.PrefixOrder: "/console/orders/", tickets.PrefixMember: "/console/members/", tickets.PrefixCustomer: "/console/customers/"} {
		if tickets.ValidID(prefix, object) {
			return page + object
		}
	}
	return ""
}

// actLogExport is the log as a file.
func actLogExport(v *visit) error {
	f := v.logFilter()
	if err := v.audit("log_export", "", auditOK, f.query().Encode()); err != nil {
		return err
	}
	var rows []tickets.AuditEntry
	err := v.view(func(r tickets.Reader) (err error) {
		rows, _, err = logged(r, f, "", logFile, logFile)
		return err
	})
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="log-%s.csv"`, v.Today()))
	c, err := newCSV(v.w)
	if err != nil {
		return err
	}
	if err := c.row([]any{"seq", "at", "actor_kind", "actor_id", "actor", "act", "object", "result", "before", "after", "reason", "ip", "agent", "prev", "hash"}); err != nil {
		return err
	}
	for _, e := range rows {
		err := c.row([]any{
			e.Seq, e.At.Format(time.RFC3339Nano), string(e.Actor.Kind), e.Actor.ID, e.Actor.Name, e.Act, e.Object, e.Result, e.Before, e.After, e.Reason, e.IP, e.Agent, e.Prev, e.Hash,
		})
		if err != nil {
			return err
		}
	}
	return c.flush()
}
