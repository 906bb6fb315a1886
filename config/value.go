package config

import (
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// assign reads text into the field that dst points to. An empty text sets the
// zero value. Errors say what is wrong, then after "; " the fix; they never
// repeat a secret.
func assign(dst any, text string) error {
	text = strings.TrimSpace(text)
	switch dst := dst.(type) {
	case *string:
		*dst = text
	case *Secret:
		*dst = NewSecret(text)
	case *bool:
		return number(dst, text, strconv.ParseBool, "write true or false")
	case *int:
		return number(dst, text, strconv.Atoi, "write a whole number")
	case *int64:
		return number(dst, text, func(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) }, "write a whole number")
	case *time.Duration:
		return number(dst, text, ParseDuration, "write a duration such as 30s, 5m, 24h or 90d")
	case *slog.Level:
		return number(dst, text, parseLevel, "write debug, info, warn or error")
	default:
		return assignList(dst, split(text))
	}
	return nil
}

// assignList reads the elements of a list into the field that dst points to.
func assignList(dst any, elems []string) error {
	switch dst := dst.(type) {
	case *[]string:
		*dst = elems
	case *[]Secret:
		*dst = nil
		for _, e := range elems {
			*dst = append(*dst, NewSecret(e))
		}
	case *[]time.Duration:
		return each(dst, elems, func(e string) (time.Duration, error) {
			var d time.Duration
			err := assign(&d, e)
			return d, err
		})
	case *[]Gateway:
		return each(dst, elems, parseGateway)
	default:
		return fmt.Errorf("this takes one value; write it without a list")
	}
	return nil
}

func number[T any](dst *T, text string, parse func(string) (T, error), fix string) error {
	var zero T
	*dst = zero
	if text == "" {
		return nil
	}
	v, err := parse(text)
	if err != nil {
		return fmt.Errorf("%q does not fit; %s", text, fix)
	}
	*dst = v
	return nil
}

func each[T any](dst *[]T, elems []string, parse func(string) (T, error)) error {
	list := make([]T, 0, len(elems))
	for _, e := range elems {
		v, err := parse(e)
		if err != nil {
			return err
		}
		list = append(list, v)
	}
	*dst = list
	return nil
}

// split cuts a comma list; blanks around elements and empty elements go.
func split(text string) []string {
	var elems []string
	for e := range strings.SplitSeq(text, ",") {
		if e = strings.TrimSpace(e); e != "" {
			elems = append(elems, e)
		}
	}
	return elems
}

// days matches a duration in whole days.
var days = regexp.MustCompile(`^(\d{1,5})d$`)

// ParseDuration is time.ParseDuration that also knows whole days: "90d".
func ParseDuration(s string) (time.Duration, error) {
	if m := days.FindStringSubmatch(s); m != nil {
		n, err := strconv.Atoi(m[1])
		return time.Duration(n) * 24 * time.Hour, err
	}
	return time.ParseDuration(s)
}

// FormatDuration is the shortest text that ParseDuration reads back as d.
func FormatDuration(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= 2*day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func parseLevel(s string) (slog.Level, error) {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	l, ok := levels[strings.ToLower(s)]
	if !ok {
		return 0, fmt.Errorf("unknown level %q", s)
	}
	return l, nil
}

// gatewayForm is a gateway as one word, its methods with other fees behind it:
// "stripe", "stripe:3.4%", "stripe:3.4%+50", "stripe:50",
// "stripe:3.4%+50/paynow:1%/grabpay:0".
var (
	gatewayForm = regexp.MustCompile(`^([a-z0-9_-]+)(?::([0-9.%+]+))?$`)
	feeForm     = regexp.MustCompile(`^(?:([0-9.]+)%(?:\+([0-9]+))?|([0-9]+))$`)
)

const gatewayFix = "write its name, or with a fee stripe:3.4%+50 (percent, then minor units), or with another for one method stripe:3.4%+50/paynow:1%"

// parseGateway reads the one-word form, which the environment uses.
func parseGateway(s string) (Gateway, error) {
	var g Gateway
	for i, word := range strings.Split(s, "/") {
		m := gatewayForm.FindStringSubmatch(word)
		if m == nil {
			return Gateway{}, fmt.Errorf("%q is not a gateway; %s", s, gatewayFix)
		}
		fee, err := parseFee(m[2])
		switch {
		case err != nil:
			return Gateway{}, err
		case i == 0:
			g.Name, g.Fee = m[1], fee
		case m[2] == "":
			return Gateway{}, fmt.Errorf("%q names a method without a fee; %s", s, gatewayFix)
		default:
			g.Methods = append(g.Methods, MethodFee{Method: m[1], Fee: fee})
		}
	}
	return g, nil
}

// parseFee reads "3.4%", "3.4%+50" or "50"; "" is no fee.
func parseFee(s string) (fee Fee, err error) {
	if s == "" {
		return fee, nil
	}
	m := feeForm.FindStringSubmatch(s)
	if m == nil {
		return fee, fmt.Errorf("%q is not a fee; write percent and minor units, such as 3.4%%+50", s)
	}
	if m[1] != "" {
		if fee.BasisPoints, err = parsePercent(m[1]); err != nil {
			return Fee{}, err
		}
	}
	if fixed := m[2] + m[3]; fixed != "" { // only one of the two can match
		fee.Fixed, err = parseFixed(fixed)
	}
	return fee, err
}

// percentForm is a percentage with at most two decimals.
var percentForm = regexp.MustCompile(`^(\d{1,3})(?:\.(\d{1,2}))?$`)

// parsePercent reads "3.4" as 340 hundredths of a percent, without floats.
func parsePercent(s string) (int64, error) {
	m := percentForm.FindStringSubmatch(s)
	if m == nil {
		return 0, fmt.Errorf("percent %q does not fit; write at most two decimals, such as 3.4", s)
	}
	bp, err := strconv.ParseInt(m[1]+(m[2] + "00")[:2], 10, 64)
	if err == nil && bp > 100_00 {
		err = fmt.Errorf("percent %s is more than the order itself; write 0 to 100", s)
	}
	return bp, err
}

// parseFixed reads the fixed part of a fee.
func parseFixed(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("fixed %q does not fit; write a whole number of minor units, such as 50", s)
	}
	return n, nil
}

// formatPercent is parsePercent's inverse.
func formatPercent(bp int64) string {
	s := fmt.Sprintf("%d.%02d", bp/100, bp%100)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// String is the one-word form of a gateway.
func (g Gateway) String() string {
	word := g.Name
	if !g.Fee.Zero() {
		word += ":" + g.Fee.String()
	}
	for _, m := range g.Methods {
		word += "/" + m.Method + ":" + m.Fee.String()
	}
	return word
}

// String is a fee as it stands in the one-word form: "3.4%+50"; "0" is none.
func (f Fee) String() string {
	switch {
	case f.BasisPoints == 0:
		return strconv.FormatInt(f.Fixed, 10)
	case f.Fixed == 0:
		return formatPercent(f.BasisPoints) + "%"
	default:
		return formatPercent(f.BasisPoints) + "%+" + strconv.FormatInt(f.Fixed, 10)
	}
}

// text is assign's inverse, for showing: secrets come out redacted.
func text(field any) string {
	switch f := field.(type) {
	case *string:
		return *f
	case *Secret:
		return f.String()
	case *bool:
		return strconv.FormatBool(*f)
	case *int:
		return strconv.Itoa(*f)
	case *int64:
		return strconv.FormatInt(*f, 10)
	case *time.Duration:
		return FormatDuration(*f)
	case *slog.Level:
		return strings.ToLower(f.String())
	case *[]string:
		return strings.Join(*f, ", ")
	case *[]Secret:
		return joined(*f, Secret.String)
	case *[]time.Duration:
		return joined(*f, FormatDuration)
	case *[]Gateway:
		return joined(*f, Gateway.String)
	}
	panic(fmt.Sprintf("config: no text for %T", field))
}

func joined[T any](list []T, word func(T) string) string {
	words := make([]string, 0, len(list))
	for _, e := range list {
		words = append(words, word(e))
	}
	return strings.Join(words, ", ")
}

// oneOf says whether s is in names, and otherwise what to write.
func oneOf(s string, names []string) (fix string, ok bool) {
	if slices.Contains(names, s) {
		return "", true
	}
	if near := nearest(s, names); near != "" {
		return "did you mean " + near + "?", false
	}
	return "write one of " + strings.Join(names, ", "), false
}

// ParseLimit reads "SGD:100-1000000": a currency, and the least and the most of one payment in its minor units. An
// empty most is no bound.
func ParseLimit(text string) (currency string, least, most int64, err error) {
	currency, span, ok := strings.Cut(text, ":")
	from, to, dash := strings.Cut(span, "-")
	least, err1 := strconv.ParseInt(from, 10, 64)
	if to != "" {
		most, err = strconv.ParseInt(to, 10, 64)
	}
	if !ok || !dash || len(currency) != 3 || strings.ToUpper(currency) != currency || err1 != nil || err != nil || least < 0 || to != "" && most < least {
		return "", 0, 0, fmt.Errorf("%q is no limit", text)
	}
	return currency, least, most, nil
}
