package config_test

import (
	"os"
	"strings"
	"testing"

	"boxoffice/config"
)

// TestReadmeHasEveryKey keeps the README's table and the list of keys the same.
func TestReadmeHasEveryKey(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for row := range strings.Lines(config.Table()) {
		if !strings.Contains(string(readme), row) {
			t.Errorf("the README lacks or has another\n%s", row)
		}
	}
	for line := range strings.Lines(string(readme)) {
		if strings.Contains(line, "| `BOXOFFICE_") && !strings.Contains(config.Table(), line) {
			t.Errorf("the README has a key that does not exist\n%s", line)
		}
	}
	if t.Failed() {
		t.Logf("the table as it should be:\n%s", config.Table())
	}
}
