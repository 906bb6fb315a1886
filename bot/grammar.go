package bot

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"boxoffice/tickets"
)

// A small grammar of what people type while they choose: days, times and quantities, in the languages of the product.
// It understands little and never guesses: what it does not know is answered with the buttons again.

// plainWords brings a text into one form: narrow, lower case, single spaces.
func plainWords(s string) string {
	s = strings.Map(narrow, clip(s, 120))
	return strings.Join(strings.Fields(strings.ToLower(s)), " ")
}

// narrow makes the wide forms of ASCII, which Chinese keyboards write, the usual ones.
func narrow(r rune) rune {
	switch {
	case '！' <= r && r <= '～':
		return r - '！' + '!'
	case r == '　':
		return ' '
	default:
		return r
	}
}

var (
	isoDate    = regexp.MustCompile(`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$`)
	slashDate  = regexp.MustCompile(`^(\d{1,2})[-/.](\d{1,2})(?:[-/.](\d{4}))?$`)
	dayMonth   = regexp.MustCompile(`^(\d{1,2})(?:st|nd|rd|th)? (?:of )?([a-z]+)\.?,?(?: (\d{4}))?$`)
	monthDay   = regexp.MustCompile(`^([a-z]+)\.? (\d{1,2})(?:st|nd|rd|th)?,?(?: (\d{4}))?$`)
	hanDate    = regexp.MustCompile(`^(?:(\d{4})年)?(\d{1,2})月(\d{1,2})[日号號]?$`)
	dayAlone   = regexp.MustCompile(`^(?:the )?(\d{1,2})(?:st|nd|rd|th|日|号|號)?$`)
	clockTime  = regexp.MustCompile(`^(?:at )?(\d{1,2})[:.](\d{2}) ?(am|pm)?$`)
	hourTime   = regexp.MustCompile(`^(?:at )?(\d{1,2}) ?(am|pm)$`)
	hanTime    = regexp.MustCompile(`^(上午|早上|中午|下午|晚上)?(\d{1,2})[点點时時](半|(\d{1,2})分?)?$`)
	hanNumeral = strings.NewReplacer("十一", "11", "十二", "12", "十", "10", "一", "1", "二", "2", "两", "2", "兩", "2", "三", "3", "四", "4",
		"五", "5", "六", "6", "七", "7", "八", "8", "九", "9")
)

var months, weekdays = monthNames(), weekdayNames()

func monthNames() map[string]time.Month {
	names := map[string]time.Month{"sept": time.September}
	for m := time.January; m <= time.December; m++ {
		name := strings.ToLower(m.String())
		names[name], names[name[:3]] = m, m
	}
	return names
}

func weekdayNames() map[string]time.Weekday {
	names := map[string]time.Weekday{"tues": time.Tuesday, "thur": time.Thursday, "thurs": time.Thursday}
	for d := time.Sunday; d <= time.Saturday; d++ {
		name := strings.ToLower(d.String())
		names[name], names[name[:3]] = d, d
	}
	for n, d := range map[string]time.Weekday{"日": 0, "天": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6} {
		for _, week := range []string{"周", "週", "星期", "礼拜", "禮拜"} {
			names[week+n] = d
		}
	}
	return names
}

var relativeDays = map[string]tickets.Date{
	"today": 0, "tonight": 0, "tomorrow": 1, "tmr": 1, "the day after tomorrow": 2, "day after tomorrow": 2,
	"今天": 0, "今日": 0, "今晚": 0, "明天": 1, "明日": 1, "明晚": 1, "后天": 2, "後天": 2, "大后天": 3, "大後天": 3,
}

// readDate understands a day: "tomorrow", "24 Dec", "2026-12-24", "24/12", "12月24日", "sat", "下周六". alone says that a
// number by itself is a day of the month. A day without its year is the next one.
func readDate(s string, today tickets.Date, alone bool) (tickets.Date, bool) {
	s = strings.TrimPrefix(strings.TrimSuffix(plainWords(s), "."), "on ")
	if d, ok := relativeDays[s]; ok {
		return today + d, true
	}
	if d, ok := readWeekday(s, today); ok {
		return d, true
	}
	if m := isoDate.FindStringSubmatch(s); m != nil {
		return civil(m[1], number(m[2]), number(m[3]), today)
	}
	if m := dayMonth.FindStringSubmatch(s); m != nil {
		return civil(m[3], int(months[m[2]]), number(m[1]), today)
	}
	if m := monthDay.FindStringSubmatch(s); m != nil {
		return civil(m[3], int(months[m[1]]), number(m[2]), today)
	}
	if m := hanDate.FindStringSubmatch(hanNumeral.Replace(s)); m != nil {
		return civil(m[1], number(m[2]), number(m[3]), today)
	}
	if m := slashDate.FindStringSubmatch(s); m != nil {
		day, month := number(m[1]), number(m[2])
		if month > 12 && day <= 12 { // month first
			day, month = month, day
		}
		return civil(m[3], month, day, today)
	}
	if m := dayAlone.FindStringSubmatch(hanNumeral.Replace(s)); len(m) > 1 && (alone || m[0] != m[1]) {
		return dayOfMonth(number(m[1]), today)
	}
	return 0, false
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// civil refuses dates that do not exist; without a year it is the next such day.
func civil(year string, month, day int, today tickets.Date) (tickets.Date, bool) {
	y, _, _ := today.Civil()
	if year != "" {
		y = number(year)
	}
	d := tickets.CivilDate(y, time.Month(month), day)
	if year == "" && d < today {
		d = tickets.CivilDate(y+1, time.Month(month), day)
	}
	_, m, dd := d.Civil()
	return d, month >= 1 && int(m) == month && dd == day && y >= 2000 && y < 3000
}

// dayOfMonth is the next day with that number.
func dayOfMonth(day int, today tickets.Date) (tickets.Date, bool) {
	if day < 1 || day > 31 {
		return 0, false
	}
	d := today
	for {
		if _, _, n := d.Civil(); n == day {
			return d, true
		}
		d++
	}
}

// readWeekday is the next day of that name, today included; "next" and 下 mean the week after this one.
func readWeekday(s string, today tickets.Date) (tickets.Date, bool) {
	week := 0
	for _, p := range []struct {
		prefix string
		week   int
	}{{"this ", 1}, {"next ", 2}, {"这个", 1}, {"這個", 1}, {"下个", 2}, {"下個", 2}, {"这", 1}, {"這", 1}, {"本", 1}, {"下", 2}} {
		if rest, ok := strings.CutPrefix(s, p.prefix); ok {
			s, week = rest, p.week
			break
		}
	}
	w, ok := weekdays[s]
	if !ok {
		return 0, false
	}
	monday := today - tickets.Date((int(today.Weekday())+6)%7)
	d := monday + tickets.Date((int(w)+6)%7)
	switch {
	case week == 2:
		d += 7
	case d < today:
		d += 7
	}
	return d, true
}

// readTime understands a time of day: "19:30", "7:30 pm", "7pm", "晚上7点半".
func readTime(s string) (clock string, ok bool) {
	s = plainWords(s)
	hour, minute, half := -1, 0, ""
	if m := clockTime.FindStringSubmatch(s); m != nil {
		hour, minute, half = number(m[1]), number(m[2]), m[3]
	} else if m := hourTime.FindStringSubmatch(s); m != nil {
		hour, half = number(m[1]), m[2]
	} else if m := hanTime.FindStringSubmatch(hanNumeral.Replace(s)); m != nil {
		hour, minute = number(m[2]), number(m[4])
		if m[3] == "半" {
			minute = 30
		}
		if m[1] == "下午" || m[1] == "晚上" {
			half = "pm"
		}
	}
	switch {
	case half == "pm" && hour < 12 && hour >= 0:
		hour += 12
	case half == "am" && hour == 12:
		hour = 0
	}
	if hour < 0 || hour > 23 || minute > 59 {
		return "", false
	}
	return strconv.Itoa(hour/10) + strconv.Itoa(hour%10) + ":" + strconv.Itoa(minute/10) + strconv.Itoa(minute%10), true
}

var englishNumbers = strings.NewReplacer("one ", "1 ", "two ", "2 ", "three ", "3 ", "four ", "4 ", "five ", "5 ", "six ", "6 ", "seven ", "7 ",
	"eight ", "8 ", "nine ", "9 ", "ten ", "10 ", "a ", "1 ", "an ", "1 ", " and ", " ", " & ", " ", " + ", " ", "和", " ", "、", " ", ",", " ")

var countOf = regexp.MustCompile(`(\d{1,4}) ?(?:x |× ?|\* ?)?([^\d]*)`)

// wordGroups are words for the same sort of visitor.
var wordGroups = [][]string{
	{"adult", "grown-up", "大人", "成人", "大"},
	{"child", "children", "kid", "小孩", "儿童", "兒童", "孩子", "小"},
	{"senior", "elder", "elderly", "pensioner", "长者", "長者", "老人", "老"},
	{"student", "学生", "學生"},
	{"infant", "baby", "婴儿", "嬰兒"},
}

// readUnits understands quantities of the product's SKUs: "3", "2 adults 1 child", "两大一小". What is named gets its
// number, the rest none. ok is false when a part is not understood.
func readUnits(s string, skus []tickets.SKU) (units map[tickets.SKUID]int, ok bool) {
	s = hanNumeral.Replace(plainWords(s))
	s = strings.TrimSpace(englishNumbers.Replace(s + " "))
	parts := countOf.FindAllStringSubmatchIndex(s, -1)
	if len(skus) == 0 || len(parts) == 0 || parts[0][0] != 0 {
		return nil, false
	}
	units = map[tickets.SKUID]int{}
	for _, p := range parts {
		n, word := number(s[p[2]:p[3]]), bareWord(s[p[4]:p[5]])
		k, found := skuOf(word, skus)
		if !found && (len(parts) > 1 || word != "" && !anyTicket[word]) {
			return nil, false
		}
		if !found {
			k = skus[0]
		}
		units[k.ID] += n
	}
	return units, true
}

// anyTicket are words that name no sort of ticket.
var anyTicket = map[string]bool{
	"ticket": true, "place": true, "people": true, "person": true, "pack": true, "pcs": true, "piece": true, "please": true,
	"ticket please": true, "张": true, "張": true, "张票": true, "張票": true, "人": true, "位": true, "个": true, "個": true, "个人": true,
	"個人": true, "份": true, "票": true, "套": true,
}

func bareWord(s string) string {
	s = strings.Trim(s, " .!。！")
	s = strings.TrimPrefix(strings.TrimPrefix(s, "个"), "個")
	if s == "" {
		return ""
	}
	if len(s) > 3 && strings.HasSuffix(s, "s") {
		s = strings.TrimSuffix(s, "s")
	}
	return s
}

// skuOf finds the one SKU that a word names.
func skuOf(word string, skus []tickets.SKU) (tickets.SKU, bool) {
	if word == "" {
		return tickets.SKU{}, false
	}
	words := []string{word}
	for _, g := range wordGroups {
		for _, w := range g {
			if w == word {
				words = g
			}
		}
	}
	var found []tickets.SKU
	for _, k := range skus {
		if named(k, words) {
			found = append(found, k)
		}
	}
	if len(found) != 1 {
		return tickets.SKU{}, false
	}
	return found[0], true
}

// named reports whether one of the SKU's names begins with one of the words.
func named(k tickets.SKU, words []string) bool {
	for _, name := range k.Names {
		name = plainWords(name)
		for _, w := range words {
			if strings.HasPrefix(name, w) {
				return true
			}
		}
	}
	return false
}
