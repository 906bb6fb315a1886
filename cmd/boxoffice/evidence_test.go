package main

import (
	"archive/zip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"boxoffice/bot/telegramtest"
	"boxoffice/checkout/checkouttest"
)

// packed reads the names of a ZIP's files.
func packed(t *testing.T, path string) string {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }()
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	return strings.Join(names, " ")
}

func TestEvidenceIsWrittenBesideTheServiceAndAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "polling", telegramtest.Options{})
	w.start()
	u := w.telegram.AddUser(telegramtest.Profile{FirstName: "Demo", LanguageCode: "en"})
	if _, err := w.stripe.Pay(w.order(u), checkouttest.StripePay{}); err != nil {
		t.Fatal(err)
	}
	w.ticket(u)
	var list apiPage[apiOrder]
	if code := w.api("GET", "/orders", nil, &list); code != 200 || len(list.Data) != 1 {
		t.Fatalf("orders: %d %+v", code, list)
	}
	code := list.Data[0].OrderCode
	live, alone := filepath.Join(w.dir, "live.zip"), filepath.Join(w.dir, "alone.zip")
	if out, exit := w.cli("evidence", strings.ToLower(code), live); exit != 0 || !strings.Contains(out, "wrote "+live) {
		t.Fatalf("beside the service: exit %d %s", exit, out)
	}
	if out, exit := w.cli("evidence", code, live); exit != 2 || !strings.Contains(out, "there already") {
		t.Errorf("over a file: exit %d %s", exit, out)
	}
	nothing := filepath.Join(w.dir, "nothing.zip")
	if out, exit := w.cli("evidence", "TG000101A00001", nothing); exit != 1 || !strings.Contains(out, "there is no order") {
		t.Errorf("of no order: exit %d %s", exit, out)
	}
	if _, err := os.Stat(nothing); err == nil {
		t.Error("a file was written for no order")
	}
	w.stop()
	if out, exit := w.cli("evidence", list.Data[0].OrderID, alone); exit != 0 {
		t.Fatalf("alone: exit %d %s", exit, out)
	}
	for _, path := range []string{live, alone} {
		if names := packed(t, path); !strings.Contains(names, code+"/summary.txt") || !strings.Contains(names, code+"/timeline.json") {
			t.Errorf("%s holds %s", path, names)
		}
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", path, st.Mode(), err)
		}
	}
	w.auditClean()
}
