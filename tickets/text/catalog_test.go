package text

import (
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"
	"unicode/utf8"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// maxRunes is Telegram's limit for one message. Arguments come on top, so that
// no source may reach it.
const maxRunes = 3500

// markup is what Telegram's HTML mode takes; pages may hold a little more.
var markup = map[string]bool{"b": true, "i": true, "u": true, "s": true, "code": true, "pre": true, "a": true,
	"blockquote": true, "tg-spoiler": true, "tg-time": true, "tg-emoji": true}

func TestLanguagesHaveTheSameFiles(t *testing.T) {
	t.Parallel()
	base := func(lang Lang) []string {
		names, err := fs.Glob(files, string(lang)+"/*.yaml")
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: files %v, error %v", lang, names, err)
		}
		for i := range names {
			names[i] = path.Base(names[i])
		}
		return names
	}
	for _, lang := range Langs() {
		if got, want := base(lang), base(English); !slices.Equal(got, want) {
			t.Errorf("%s has %v, English has %v", lang, got, want)
		}
	}
}

func TestLanguagesHaveTheSameMessages(t *testing.T) {
	t.Parallel()
	for _, fault := range differences(loaded()) {
		t.Error(fault)
	}
}

// differences lists what makes one language say more or less than another.
func differences(c *catalog) []string {
	var faults []string
	for _, key := range allKeys(c) {
		for _, lang := range Langs() {
			m := c.messages[lang][key]
			if m == nil {
				faults = append(faults, string(lang)+": "+key+" is missing")
				continue
			}
			want := []string{"other"}
			if slices.Contains(c.fields[key], "Count") && lang == English {
				want = []string{"one", "other"}
			}
			if got := slices.Sorted(maps.Keys(forms(m))); !slices.Equal(got, want) {
				faults = append(faults, string(lang)+": "+key+" has the forms "+strings.Join(got, ", ")+", not "+strings.Join(want, ", "))
			}
			if got := placeholders(m); !slices.Equal(got, c.fields[key]) {
				faults = append(faults, string(lang)+": "+key+" has the placeholders "+strings.Join(got, ", ")+", not "+strings.Join(c.fields[key], ", "))
			}
		}
	}
	return faults
}

func allKeys(c *catalog) []string {
	all := map[string]bool{}
	for _, messages := range c.messages {
		for key := range messages {
			all[key] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func TestDifferencesAreFound(t *testing.T) {
	t.Parallel()
	message := func(one, other string) *i18n.Message { return &i18n.Message{One: one, Other: other} }
	whole := func() *catalog {
		c := &catalog{messages: map[Lang]map[string]*i18n.Message{}, fields: map[string][]string{"a.n": {"Count", "Name"}, "a.t": nil}}
		for _, lang := range Langs() {
			c.messages[lang] = map[string]*i18n.Message{"a.n": message("", "{{.Count}} {{.Name}}"), "a.t": message("", "x")}
		}
		c.messages[English]["a.n"] = message("{{.Count}} {{.Name}}", "{{.Count}} {{.Name}}s")
		return c
	}
	if got := differences(whole()); len(got) > 0 {
		t.Fatalf("a whole catalogue has faults: %v", got)
	}
	for name, spoil := range map[string]func(*catalog){
		"missing key":         func(c *catalog) { delete(c.messages[Traditional], "a.t") },
		"extra key":           func(c *catalog) { c.messages[Simplified]["a.x"] = message("", "x") },
		"empty text":          func(c *catalog) { c.messages[Simplified]["a.t"] = message("", "") },
		"missing plural form": func(c *catalog) { c.messages[English]["a.n"].One = "" },
		"extra plural form":   func(c *catalog) { c.messages[Simplified]["a.t"].One = "x" },
		"missing placeholder": func(c *catalog) { c.messages[Simplified]["a.n"] = message("", "{{.Count}}") },
	} {
		c := whole()
		spoil(c)
		if got := differences(c); len(got) != 1 && name != "extra key" || len(got) == 0 {
			t.Errorf("%s: faults %v", name, got)
		}
	}
}

func TestEveryMessageIsWellFormed(t *testing.T) {
	t.Parallel()
	for lang, messages := range loaded().messages {
		for key, m := range messages {
			for form, src := range forms(m) {
				where := string(lang) + ": " + key + " (" + form + ")"
				if _, err := template.New(key).Parse(src); err != nil {
					t.Errorf("%s: %v", where, err)
				}
				if src != strings.TrimSpace(src) && !blank[key] {
					t.Errorf("%s starts or ends with white space", where)
				}
				if n := utf8.RuneCountInString(src); n > maxRunes {
					t.Errorf("%s has %d characters, at most %d", where, n, maxRunes)
				}
				if !strings.HasPrefix(key, "web.") {
					for _, fault := range markupFaults(src) {
						t.Errorf("%s: %s", where, fault)
					}
				}
			}
		}
	}
}

// blank are the messages that are separators.
var blank = map[string]bool{"common.duration.space": true, "common.list.comma": true}

var entity = regexp.MustCompile(`&(?:amp|lt|gt|quot|#[0-9]+|#x[0-9a-fA-F]+);`)

// markupFaults says what Telegram would refuse in src.
func markupFaults(src string) (faults []string) {
	var open []string
	rest := tag.ReplaceAllStringFunc(src, func(s string) string {
		parts := tag.FindStringSubmatch(s)
		name := parts[2]
		switch {
		case !markup[name]:
			faults = append(faults, "Telegram knows no <"+name+">")
		case parts[1] == "":
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			faults = append(faults, s+" closes nothing")
		default:
			open = open[:len(open)-1]
		}
		return ""
	})
	for _, name := range open {
		faults = append(faults, "<"+name+"> is not closed")
	}
	rest = entity.ReplaceAllString(action.ReplaceAllString(rest, ""), "")
	if i := strings.IndexAny(rest, "<>&"); i >= 0 {
		faults = append(faults, "a bare "+rest[i:i+1]+" must be written as an entity")
	}
	return faults
}

func TestMarkupFaultsAreFound(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"x", "<b>x</b>", `<a href="{{.URL}}"><b>{{.Name}}</b></a>`, "a &amp; b", "{{if gt .N 1}}x{{end}}"} {
		if got := markupFaults(good); len(got) > 0 {
			t.Errorf("%q: %v", good, got)
		}
	}
	for _, bad := range []string{"<b>x", "x</b>", "<b><i>x</b></i>", "<p>x</p>", "a & b", "a < b", "a > b", "&nbsp;"} {
		if got := markupFaults(bad); len(got) == 0 {
			t.Errorf("%q was taken", bad)
		}
	}
}

// simplified are the characters of our Simplified Chinese texts that Traditional Chinese writes otherwise.
const simplified = "与东丢两个临为么义买争于产亲仅从们价众会传伪体余儿关内写决况冻减几凭击划则刚创删别办务动势区单卖历参发变号吗启员响团围图场处备复够头宝实审对" +
	"导将尝尽届属币带帮应废开异弃张归当录态总愿户执扫抢报拨择换据摄数无旧时显暂机权条来标样检欢毕气没浅测浏涨溃满滥点状现电盗码确离种称笔筛签简红" +
	"级纬纳纹线组织终绍经绑结给络绝统继续维绿缆编缩网联胜脑腾节范获补见观规视览触计订认讨让议记许论设访证识诈诉词试话询该语误说请读谁调谢负财责败" +
	"账货购贴费资趋车转载较辑输边达过运还这进连迟适选释钟钥钮钱银铺链销错键镜长门闭问闲间闸队阶随隐页项顺须顾预领题额风马验"

func TestTraditionalChineseIsWrittenInTraditionalCharacters(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(files, "zh-Hant/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("files %v, error %v", names, err)
	}
	for _, name := range names {
		raw, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(raw), "\n") {
			if i := strings.IndexAny(line, simplified); i >= 0 {
				c, _ := utf8.DecodeRuneInString(line[i:])
				t.Errorf("%s:%d: %c is simplified", name, n+1, c)
			}
		}
	}
}
