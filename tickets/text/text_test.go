package text

import (
	"testing"
)

func TestMatchKnowsWhatTelegramSends(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]Lang{
		"": English, "en": English, "en-GB": English, "de": English, "ms": English, "???": English, "x": English,
		"zh": Simplified, "zh-hans": Simplified, "zh-cn": Simplified, "zh-CN": Simplified, "zh-sg": Simplified,
		"zh_CN": Simplified, "zh-Hans-SG": Simplified,
		"zh-hant": Traditional, "zh-hk": Traditional, "zh-tw": Traditional, "zh-mo": Traditional, "zh_TW": Traditional,
		"fr-CH, zh-TW;q=0.9, en;q=0.5": Traditional,
	} {
		if got := Match(code); got != want {
			t.Errorf("Match(%q) = %s, want %s", code, got, want)
		}
	}
}

func TestEveryLanguageNamesItself(t *testing.T) {
	t.Parallel()
	seen := map[string]Lang{}
	for _, l := range Langs() {
		if other, ok := seen[l.Name()]; ok {
			t.Errorf("%s and %s are both called %s", l, other, l.Name())
		}
		seen[l.Name()] = l
		if Match(string(l)) != l {
			t.Errorf("Match(%s) is another language", l)
		}
	}
}
