package tickets

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
)

// codeKey is the vectors' key: the seed 00 01 … 1f.
func codeKey() ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	for i := range seed {
		seed[i] = byte(i)
	}
	return ed25519.NewKeyFromSeed(seed)
}

// codeKeys knows codeKey as the key kid only.
func codeKeys(kid uint8) func(uint8) (ed25519.PublicKey, bool) {
	return func(k uint8) (ed25519.PublicKey, bool) {
		if k != kid {
			return nil, false
		}
		return codeKey().Public().(ed25519.PublicKey), true
	}
}

func sampleCode() Code {
	return Code{Kid: 1, Scope: 77, Number: 0x0123456789abcdef, Class: 3,
		ValidFrom: time.Date(2026, 12, 23, 16, 0, 0, 0, time.UTC), ValidFor: 24 * time.Hour, Places: 3}
}

func signed(t *testing.T, c Code) string {
	t.Helper()
	text, err := c.Sign(codeKey(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestCodeRoundTrips(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		want := Code{
			Kid: uint8(r.Uint32()), Scope: r.Uint32(), Number: r.Uint64() | 1, Gen: uint8(r.Uint32()), Class: uint16(r.Uint32()),
			ValidFrom: codeEpoch.Add(time.Duration(r.IntN(maxMinutes+1)) * time.Minute),
			ValidFor:  time.Duration(r.IntN(0x10000)) * time.Minute, Places: 1 + r.IntN(255),
		}
		text := signed(t, want)
		if len(text) != CodeLength || strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
			t.Fatalf("text %q", text)
		}
		got, err := VerifyCode(text, "demo", codeKeys(want.Kid))
		if err != nil || got != want {
			t.Fatalf("got %+v, %v; want %+v", got, err, want)
		}
	}
}

func TestCodeAtTheEdgesOfItsFields(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Code){
		"earliest":      func(c *Code) { c.ValidFrom = codeEpoch },
		"latest":        func(c *Code) { c.ValidFrom = codeEpoch.Add(maxMinutes * time.Minute) },
		"no length":     func(c *Code) { c.ValidFor = 0 },
		"longest":       func(c *Code) { c.ValidFor = ScopeWindow - time.Minute },
		"scope window":  func(c *Code) { c.ValidFor = ScopeWindow },
		"255 places":    func(c *Code) { c.Places = 255 },
		"largest":       func(c *Code) { c.Number, c.Scope, c.Class, c.Gen = 1<<64-1, 1<<32-1, 1<<16-1, 255 },
		"another place": func(c *Code) { c.ValidFrom = c.ValidFrom.In(time.FixedZone("", 8*3600)) },
	} {
		want := sampleCode()
		change(&want)
		got, err := VerifyCode(signed(t, want), "demo", codeKeys(1))
		want.ValidFrom = want.ValidFrom.UTC()
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, err, want)
		}
	}
	for name, change := range map[string]func(*Code){
		"before the epoch": func(c *Code) { c.ValidFrom = codeEpoch.Add(-time.Minute) },
		"after 2056":       func(c *Code) { c.ValidFrom = codeEpoch.Add((maxMinutes + 1) * time.Minute) },
		"no time":          func(c *Code) { c.ValidFrom = time.Time{} },
		"seconds":          func(c *Code) { c.ValidFrom = c.ValidFrom.Add(time.Second) },
		"length's seconds": func(c *Code) { c.ValidFor += time.Second },
		"negative length":  func(c *Code) { c.ValidFor = -time.Minute },
		"too long":         func(c *Code) { c.ValidFor = ScopeWindow + time.Minute },
		"no places":        func(c *Code) { c.Places = 0 },
		"256 places":       func(c *Code) { c.Places = 256 },
		"no number":        func(c *Code) { c.Number = 0 },
	} {
		c := sampleCode()
		change(&c)
		if text, err := c.Sign(codeKey(), "demo"); !errors.Is(err, Invalid) {
			t.Errorf("%s: signed %q, error %v", name, text, err)
		}
	}
	if _, err := sampleCode().Sign(nil, "demo"); !errors.Is(err, Invalid) {
		t.Errorf("signed without a key: %v", err)
	}
}

func TestCodeRefusesEverySingleBitFlip(t *testing.T) {
	t.Parallel()
	raw, err := base32Text.DecodeString(signed(t, sampleCode()))
	if err != nil {
		t.Fatal(err)
	}
	anyKid := func(uint8) (ed25519.PublicKey, bool) { return codeKey().Public().(ed25519.PublicKey), true }
	for bit := range len(raw) * 8 {
		altered := bytes.Clone(raw)
		altered[bit/8] ^= 1 << (bit % 8)
		_, err := VerifyCode(base32Text.EncodeToString(altered), "demo", anyKid)
		want := ErrCodeSignature
		if bit/8 == 0 {
			want = ErrCodeMalformed
		}
		if !errors.Is(err, want) {
			t.Errorf("bit %d of byte %d: %v, want %v", bit%8, bit/8, err, want)
		}
	}
}

func TestCodeRefusesEveryOtherCharacter(t *testing.T) {
	t.Parallel()
	text := signed(t, sampleCode())
	for i := range text {
		for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567 =0189a\n\x00\xff") {
			if c == text[i] {
				continue
			}
			if _, err := VerifyCode(text[:i]+string(c)+text[i+1:], "demo", codeKeys(1)); err == nil {
				t.Errorf("character %d altered to %q was taken", i, c)
			}
		}
	}
}

func TestCodeSaysWhyItWasRefused(t *testing.T) {
	t.Parallel()
	text := signed(t, sampleCode())
	other, err := sampleCode().Sign(codeKey(), "other")
	if err != nil {
		t.Fatal(err)
	}
	broken := func(uint8) (ed25519.PublicKey, bool) { return ed25519.PublicKey("short"), true }
	for name, c := range map[string]struct {
		text string
		keys func(uint8) (ed25519.PublicKey, bool)
		want error
		kind Kind
	}{
		"empty":              {"", codeKeys(1), ErrCodeMalformed, Invalid},
		"too short":          {text[:139], codeKeys(1), ErrCodeMalformed, Invalid},
		"too long":           {text + "A", codeKeys(1), ErrCodeMalformed, Invalid},
		"line break":         {text[:70] + "\n" + text[70:], codeKeys(1), ErrCodeMalformed, Invalid},
		"hidden line break":  {text[:70] + "\n" + text[70:139], codeKeys(1), ErrCodeMalformed, Invalid},
		"padding":            {text[:139] + "=", codeKeys(1), ErrCodeMalformed, Invalid},
		"lower case":         {strings.ToLower(text), codeKeys(1), ErrCodeMalformed, Invalid},
		"unknown key":        {text, codeKeys(2), ErrCodeKey, Forged},
		"key of wrong size":  {text, broken, ErrCodeKey, Forged},
		"another merchant's": {other, codeKeys(1), ErrCodeSignature, Forged},
	} {
		code, err := VerifyCode(c.text, "demo", c.keys)
		if !errors.Is(err, c.want) || KindOf(err) != c.kind || code != (Code{}) {
			t.Errorf("%s: %+v, %v, kind %s; want %v", name, code, err, KindOf(err), c.want)
		}
	}
}

func TestCodeHasOneTextOnly(t *testing.T) {
	t.Parallel()
	text := signed(t, sampleCode())
	last := strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", text[len(text)-1])
	for spare := 1; spare < 16; spare++ { // the last character holds four bits that mean nothing
		alias := text[:len(text)-1] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[last|spare])
		if _, err := VerifyCode(alias, "demo", codeKeys(1)); !errors.Is(err, ErrCodeMalformed) {
			t.Errorf("spare bits %04b: %v", spare, err)
		}
	}
}

func TestScanTakesWhatScannersGive(t *testing.T) {
	t.Parallel()
	text := signed(t, sampleCode())
	const code = "ticket_0199a1b2c3d4e5f6a7b8c9d0"
	content := QRContent("https://tickets.example.com/", text)
	if content != "HTTPS://TICKETS.EXAMPLE.COM/T/"+text {
		t.Fatalf("QR content %q", content)
	}
	for _, s := range []string{
		text, strings.ToLower(text), " " + text + "\r\n", content, strings.ToLower(content), content + "/", content + ".png?size=240",
		content + ".PNG", content + "?utm=1#x", "http://localhost:8080/T/" + text, "https://example.com/shop/t/" + text,
	} {
		if got, err := ParseScan(s); err != nil || got != (Scan{Text: text}) {
			t.Errorf("%q: %+v, %v", s, got, err)
		}
	}
	for _, s := range []string{code, strings.ToUpper(code), "\t" + code + " ", "https://tickets.example.com/t/" + code} {
		if got, err := ParseScan(s); err != nil || got != (Scan{Code: code}) {
			t.Errorf("%q: %+v, %v", s, got, err)
		}
	}
	for _, s := range []string{
		"", "hello", code[:30], code + "0", "order_0199a1b2c3d4e5f6a7b8c9d0", text[:139], text + "A", "ftp://x/T/" + text,
		"https:///T/" + text, "https://x/" + text, "https://x/T/", "https://x?y=/T/" + text, "x/T/" + text, text + ".png",
		strings.Repeat("A", CodeLength), strings.Repeat(" ", 3000) + text, strings.Replace(text, text[:1], "ſ", 1),
	} {
		if got, err := ParseScan(s); !errors.Is(err, ErrCodeMalformed) || got != (Scan{}) {
			t.Errorf("%q: %+v, %v", s, got, err)
		}
	}
}

// vectors is docs/ticket-vectors.json, which writers of apps test against.
type vectors struct {
	Merchant  MerchantID        `json:"merchant_id"`
	Seed      string            `json:"seed"`
	PublicKey map[string]string `json:"public_keys"`
	Valid     []struct {
		Name      string    `json:"name"`
		Kid       uint8     `json:"kid"`
		Scope     uint32    `json:"scope"`
		Number    uint64    `json:"number,string"`
		Gen       uint8     `json:"gen"`
		Class     uint16    `json:"class"`
		ValidFrom time.Time `json:"valid_from"`
		Minutes   int       `json:"valid_minutes"`
		Places    int       `json:"places"`
		Body      string    `json:"body"`
		Text      string    `json:"text"`
	} `json:"valid"`
	Invalid []struct {
		Name  string `json:"name"`
		Text  string `json:"text"`
		Error string `json:"error"`
	} `json:"invalid"`
}

func TestCodeMatchesThePublishedVectors(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../docs/ticket-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Valid) < 3 || len(v.Invalid) < 5 {
		t.Fatalf("%d valid and %d invalid vectors", len(v.Valid), len(v.Invalid))
	}
	seed, err := hex.DecodeString(v.Seed)
	if err != nil {
		t.Fatal(err)
	}
	key := ed25519.NewKeyFromSeed(seed)
	if got := hex.EncodeToString(key.Public().(ed25519.PublicKey)); got != v.PublicKey["1"] {
		t.Fatalf("public key %s", got)
	}
	for _, c := range v.Valid {
		want := Code{c.Kid, c.Scope, c.Number, c.Gen, c.Class, c.ValidFrom, time.Duration(c.Minutes) * time.Minute, c.Places}
		if text, err := want.Sign(key, v.Merchant); err != nil || text != c.Text {
			t.Errorf("%s: signed %s, %v", c.Name, text, err)
		}
		if raw, err := base32Text.DecodeString(c.Text); err != nil || hex.EncodeToString(raw[:codeBody]) != c.Body {
			t.Errorf("%s: body %x, %v", c.Name, raw, err)
		}
		if got, err := VerifyCode(c.Text, v.Merchant, codeKeys(1)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", c.Name, got, err)
		}
	}
	reasons := map[string]error{"malformed": ErrCodeMalformed, "unknown_key": ErrCodeKey, "bad_signature": ErrCodeSignature}
	for _, c := range v.Invalid {
		if _, err := VerifyCode(c.Text, v.Merchant, codeKeys(1)); reasons[c.Error] == nil || !errors.Is(err, reasons[c.Error]) {
			t.Errorf("%s: %v, want %s", c.Name, err, c.Error)
		}
	}
}

func FuzzParseScan(f *testing.F) {
	text, err := sampleCode().Sign(codeKey(), "demo")
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"", text, strings.ToLower(text), QRContent("http://localhost:8080", text), text + "\n",
		"https://x/t/ticket_0199a1b2c3d4e5f6a7b8c9d0", "ticket_0199a1b2c3d4e5f6a7b8c9d0", "https://x/T/" + text + ".png"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		scan, err := ParseScan(s)
		if err != nil {
			if scan != (Scan{}) || !errors.Is(err, ErrCodeMalformed) {
				t.Fatalf("%q: %+v, %v", s, scan, err)
			}
			return
		}
		if (scan.Text == "") == (scan.Code == "") {
			t.Fatalf("%q: %+v is not exactly one thing", s, scan)
		}
		again, err := ParseScan(scan.Text + string(scan.Code))
		if err != nil || again != scan {
			t.Fatalf("%q: reads as %+v, then as %+v, %v", s, scan, again, err)
		}
		if scan.Text == "" {
			return
		}
		if got, err := ParseScan(QRContent("https://tickets.example.com", scan.Text)); err != nil || got != scan {
			t.Fatalf("%q in a QR reads as %+v, %v", scan.Text, got, err)
		}
		if _, err := VerifyCode(scan.Text, "demo", codeKeys(1)); err == nil && scan.Text != text {
			t.Fatalf("%q was taken for ours", scan.Text)
		}
	})
}

func BenchmarkVerifyCode(b *testing.B) {
	text, err := sampleCode().Sign(codeKey(), "demo")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := VerifyCode(text, "demo", codeKeys(1)); err != nil {
			b.Fatal(err)
		}
	}
}
