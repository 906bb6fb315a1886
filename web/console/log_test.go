package console_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"boxoffice/tickets"
)

func TestLogIsFilteredAndExported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner, other := w.as(tickets.RoleOwner), w.as(tickets.RoleManager)
	owner.post("/console/members", url.Values{"name": {"=HYPERLINK(1)"}, "login": {"kim"}, "role": {"gate"}})
	kim := w.named("kim").Member
	other.post("/console/members/"+string(kim)+"/remove", url.Values{"reason": {"=1+1"}})
	_, body := owner.get("/console/log?act=member_remove")
	if !strings.Contains(body, "=1&#43;1") || strings.Contains(body, "member_add<") || strings.Count(body, "<tr>") != 2 {
		t.Errorf("by act: %s", body)
	}
	if _, body := owner.get("/console/log?member=" + string(owner.id)); strings.Contains(body, "=1&#43;1") || strings.Contains(body, `class="wrong"`) {
		t.Errorf("by member: %s", body)
	}
	status, body := owner.get("/console/log/export")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff"))).ReadAll()
	if status != http.StatusOK || err != nil || len(rows) < 5 {
		t.Fatalf("%d, %v: %s", status, err, body)
	}
	for _, row := range rows {
		for _, cell := range row {
			if strings.HasPrefix(cell, "=") {
				t.Errorf("a cell is a formula: %q", cell)
			}
		}
	}
}

func TestLogGoesOnPageByPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.as(tickets.RoleOwner)
	for range 120 {
		must(t, w.desk.Record(t.Context(), tickets.AuditEntry{At: w.now(), Act: "test_act", Result: "ok"}))
	}
	seen, path := 0, "/console/log?act=test_act"
	for path != "" {
		_, body := owner.get(path)
		seen += strings.Count(body, "<tr>") - 1
		_, rest, more := strings.Cut(body, `class="button" href="/console/log?`)
		if path = ""; more {
			query, _, _ := strings.Cut(rest, `"`)
			path = "/console/log?" + strings.ReplaceAll(query, "&amp;", "&")
		}
	}
	if seen != 120 {
		t.Errorf("%d rows, want 120", seen)
	}
}
