package console

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// The commonest passwords, from zxcvbn's list (Dan Wheeler and Dropbox, MIT licence): those of six letters and more.
//
//go:embed passwords.txt
var commonText string

var common = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for line := range strings.Lines(commonText) {
		m[strings.TrimSpace(line)] = true
	}
	return m
})

// The lengths of passwords, in letters and bytes. There are no rules of composition: length is what counts, and being
// hard to guess (ASVS 6.2).
const (
	minPassword   = 12
	fewestLetters = 5 // different ones
)

// weak says why a password is too easy to guess: short, long, common or known, as words of the form; "" where it is not.
// known are names that whoever guesses knows too.
func weak(password string, known ...string) string {
	lower := strings.ToLower(password)
	switch n := utf8.RuneCountInString(password); {
	case n < minPassword:
		return "short"
	case len(password) > maxPassword || !utf8.ValidString(password):
		return "long"
	}
	different := map[rune]bool{}
	for _, r := range lower {
		different[r] = true
	}
	bare := strings.TrimFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) })
	half := lower[:len(lower)/2]
	switch list := common(); {
	case len(different) < fewestLetters, list[lower], list[bare], len(lower)%2 == 0 && half+half == lower && list[half]:
		return "common"
	}
	for _, name := range known {
		for word := range strings.FieldsSeq(strings.ToLower(name)) {
			if utf8.RuneCountInString(word) > 3 && utf8.RuneCountInString(lower)-utf8.RuneCountInString(word) < minPassword/2 && strings.Contains(lower, word) {
				return "known"
			}
		}
	}
	return ""
}
