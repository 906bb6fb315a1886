package telegramtest

import (
	"html"
	"reflect"
	"strings"
	"testing"
)

func TestHTMLBecomesEntitiesInUTF16(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]struct {
		text     string
		entities []Entity
	}{
		"a <b>b<i>c</i></b>":                                          {"a bc", []Entity{{Type: "bold", Offset: 2, Length: 2}, {Type: "italic", Offset: 3, Length: 1}}},
		"😀<u>x</u> &lt;3 &#39;&quot;&copy;":                           {`😀x <3 '"&copy;`, []Entity{{Type: "underline", Offset: 2, Length: 1}}},
		"  <code>x</code>\n\n":                                        {"x", []Entity{{Type: "code", Offset: 0, Length: 1}}},
		`<a href="https://a.b/?c=1&amp;d">go</a> on`:                  {"go on", []Entity{{Type: "text_link", Offset: 0, Length: 2, URL: "https://a.b/?c=1&d"}}},
		`<tg-time unix="1647531900" format="r">then</tg-time>`:        {"then", []Entity{{Type: "date_time", Offset: 0, Length: 4, UnixTime: 1647531900, DateTimeFormat: "r"}}},
		`<pre><code class="language-go">x</code></pre>`:               {"x", []Entity{{Type: "pre", Offset: 0, Length: 1, Language: "go"}}},
		`<span class="tg-spoiler">s</span><tg-spoiler>t</tg-spoiler>`: {"st", []Entity{{Type: "spoiler", Offset: 0, Length: 1}, {Type: "spoiler", Offset: 1, Length: 1}}},
		"/start@shop_bot x https://example.com/a, and @somebody":      {"/start@shop_bot x https://example.com/a, and @somebody", []Entity{{Type: "bot_command", Offset: 0, Length: 15}, {Type: "url", Offset: 18, Length: 21}, {Type: "mention", Offset: 45, Length: 9}}},
		"<blockquote expandable>q</blockquote> <s>a</s> <b></b>":      {"q a", []Entity{{Type: "expandable_blockquote", Offset: 0, Length: 1}, {Type: "strikethrough", Offset: 2, Length: 1}}},
		"价格：https://例子.中国/票。然后":                                       {"价格：https://例子.中国/票。然后", []Entity{{Type: "url", Offset: 3, Length: 15}}},
		"<b>bold /cmd</b> 1/2 a@b.c":                                  {"bold /cmd 1/2 a@b.c", []Entity{{Type: "bold", Offset: 0, Length: 9}, {Type: "bot_command", Offset: 5, Length: 4}}},
		"<a href='t.me/x'>/no</a>":                                    {"/no", []Entity{{Type: "text_link", Offset: 0, Length: 3, URL: "http://t.me/x"}}},
	} {
		text, entities, err := parseHTML(in, false)
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		text, entities = clean(text, entities)
		entities = findEntities(text, entities)
		if text != want.text || !reflect.DeepEqual(entities, want.entities) {
			t.Errorf("%q:\n got %q %+v\nwant %q %+v", in, text, entities, want.text, want.entities)
		}
	}
}

func FuzzEscapedTextComesBack(f *testing.F) {
	f.Add("a < b & 'c' \"d\"")
	f.Add("😀\x00é&#x110000;&lt;b&gt;")
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "")
		got, entities, err := parseHTML(html.EscapeString(text), false)
		if err != nil || got != text || len(entities) != 0 {
			t.Errorf("%q came back as %q %v, %v", text, got, entities, err)
		}
	})
}

func FuzzEntitiesStayInsideTheText(f *testing.F) {
	f.Add("<b>x</b> <a href=y>z</a>", true)
	f.Add("<tg-time unix='1' format=\"wDT\">😀</tg-time> /cmd https://a.b", false)
	f.Add("</b><b", false)
	f.Fuzz(func(t *testing.T, in string, old bool) {
		text, entities, err := parseHTML(in, old)
		if err != nil {
			return
		}
		text, entities = clean(text, entities)
		for _, e := range findEntities(text, entities) {
			if e.Offset < 0 || e.Length <= 0 || e.Offset+e.Length > utf16Len(text) {
				t.Errorf("%q: %+v is not inside %q", in, e, text)
			}
		}
	})
}
