package sandbox

import (
	"reflect"
	"testing"
)

func TestEveryTextExistsInEveryLanguage(t *testing.T) {
	t.Parallel()
	for lang, w := range catalogue {
		v := reflect.ValueOf(w)
		for i := range v.NumField() {
			if v.Field(i).String() == "" {
				t.Errorf("%s: no %s", lang, v.Type().Field(i).Name)
			}
		}
	}
}
