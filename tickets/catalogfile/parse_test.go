package catalogfile_test

import (
	"testing"

	"boxoffice/tickets/catalogfile"
)

func TestExampleIsWithoutFaultOrWarning(t *testing.T) {
	t.Parallel()
	c, err := catalogfile.Parse("catalog.yaml", catalogfile.Example())
	if err != nil {
		t.Fatal(err)
	}
	if w := catalogfile.Warnings(c); len(w) > 0 {
		t.Errorf("warnings: %q", w)
	}
}
