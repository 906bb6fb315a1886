package console

import (
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/xuri/excelize/v2"

	"boxoffice/tickets"
)

// An export is the list with the filter of the moment, as a file. It is read page by page, each page one moment of the
// store, so that a long download holds nothing up; and it ends after exportMost orders, which its last row says.
const (
	exportMost  = 50_000
	exportPage  = 500
	exportStall = 30 * time.Second // how long a page may take to be taken by the browser
)

// exportRows is a file that rows are written to. Cells are texts, or numbers where they are to be added up.
type exportRows interface {
	row(cells []any) error
	flush() error // what has been written so far goes out
	close() error
}

// orderExport answers with the orders of a filter as a spreadsheet.
func orderExport(v *visit) error {
	f := filterOf(v.URL.Query())
	w, wrong, err := v.wish(f)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return v.redirect(f.URL()) // the list shows what is wrong
	}
	format, kind := v.URL.Query().Get("format"), "text/csv; charset=utf-8"
	switch format {
	case "xlsx":
		kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case "csv":
	default:
		return tickets.Refuse(tickets.Invalid, "export as %q", format)
	}
	if err := v.audit("orders_export", format, auditOK, f.Query()); err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="orders-%s.%s"`, v.Now.In(v.Zone).Format("20060102-1504"), format))
	var out exportRows
	if format == "csv" {
		out, err = newCSV(v.w)
	} else {
		out, err = newXLSX(v.w, v.Words.T("console.nav.orders"))
	}
	if err == nil {
		err = v.export(w, out)
	}
	if err != nil {
		v.k.Log.Error("export broke off", "member_id", v.Member.ID, "format", format, "error", err)
		panic(http.ErrAbortHandler) // the answer has begun: half a file must not look like a whole one
	}
	return nil
}

// export writes the orders of a wish.
func (v *visit) export(w orderWish, out exportRows) error {
	if err := out.row(v.exportHead()); err != nil {
		return err
	}
	rc := http.NewResponseController(v.w)
	mark := ""
	for n := 0; ; {
		var s sheet
		err := v.view(func(r tickets.Reader) (err error) { s, err = orderSheet(r, w, mark, exportPage); return err })
		if err != nil {
			return err
		}
		for _, o := range s.Orders {
			if n == exportMost {
				break
			}
			n++
			if err := out.row(v.exportOrder(o)); err != nil {
				return err
			}
		}
		mark = s.Mark
		if mark == "" {
			break
		}
		if n == exportMost {
			if err := out.row([]any{v.Words.T("console_list.export.cut", "Most", exportMost)}); err != nil {
				return err
			}
			break
		}
		if err := v.Context().Err(); err != nil {
			return err
		}
		if err := rc.SetWriteDeadline(time.Now().Add(exportStall)); err != nil {
			return err
		}
		if err := out.flush(); err != nil {
			return err
		}
	}
	return out.close()
}

// exportColumns are the columns in order; their heads are console_list.column.NAME.
var exportColumns = []string{
	"code", "placed", "status", "stage", "channel", "customer", "username", "telegram", "product", "visit", "start", "lines", "places",
	"currency", "total", "paid", "refunded", "method", "payment", "order_id",
}

func (v *visit) exportHead() []any {
	out := make([]any, len(exportColumns))
	for i, c := range exportColumns {
		out[i] = v.Words.T("console_list.column." + c)
	}
	return out
}

func (v *visit) exportOrder(o tickets.Order) []any {
	status, _ := o.Status()
	var lines []string
	for _, l := range o.Quote.Lines {
		lines = append(lines, strconv.Itoa(l.Units)+" × "+v.Words.Pick(l.Names))
	}
	cur := o.Total().Currency
	amount := func(n int64) any { return number(tickets.Money{Amount: n, Currency: cur}.Decimal()) }
	telegram := ""
	if o.Buyer.TelegramID != 0 {
		telegram = strconv.FormatInt(o.Buyer.TelegramID, 10) // as text: spreadsheets round long numbers
	}
	return []any{
		o.Code, o.At.In(v.Zone).Format("2006-01-02 15:04:05"), v.k.word(v.Words, "status", string(status)), v.k.word(v.Words, "stage", string(o.Stage)),
		v.k.word(v.Words, "channel", string(o.Channel)), o.Buyer.Name, o.Buyer.Username, telegram, v.Words.Pick(o.ProductName), o.Slot().Date.String(),
		o.Slot().Start, strings.Join(lines, "; "), number(strconv.Itoa(o.Places())), string(cur), amount(o.Total().Amount), amount(o.Applied),
		amount(o.Refunded), o.Method, o.PaymentRef, string(o.ID),
	}
}

// number is a cell that a spreadsheet adds up, in decimal.
type number string

// safeCell is a text that no spreadsheet takes for a formula (OWASP, CSV injection): one that begins with a sign of a
// formula, also in its wide form, gets an apostrophe before it. What cannot be seen goes, since some programs pass over
// it before they look for the sign.
func safeCell(s string) string {
	s = strings.Map(visible, strings.ToValidUTF8(s, "\uFFFD"))
	trimmed := strings.TrimLeftFunc(s, unicode.IsSpace)
	if trimmed != "" && strings.ContainsAny(trimmed[:len(firstRune(trimmed))], "=+-@＝＋－＠|%") {
		return "'" + s
	}
	return s
}

func firstRune(s string) string {
	for i := range s {
		if i > 0 {
			return s[:i]
		}
	}
	return s
}

// visible drops control characters, and what has no width but may turn the order of letters around; spaces stay.
func visible(r rune) rune {
	switch {
	case r == '\t' || r == '\n' || r == '\r':
		return ' '
	case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\uFEFF', r == '\u200B':
		return -1
	}
	return r
}

// csvRows is an export as comma-separated values, in UTF-8 with a mark that tells spreadsheets so.
type csvRows struct{ w *csv.Writer }

func newCSV(w io.Writer) (csvRows, error) {
	_, err := io.WriteString(w, "\uFEFF")
	c := csv.NewWriter(w)
	c.UseCRLF = true // RFC 4180
	return csvRows{c}, err
}

func (c csvRows) row(cells []any) error {
	texts := make([]string, len(cells))
	for i, cell := range cells {
		if n, ok := cell.(number); ok {
			texts[i] = string(n)
		} else {
			texts[i] = safeCell(fmt.Sprint(cell))
		}
	}
	return c.w.Write(texts)
}

func (c csvRows) flush() error { c.w.Flush(); return c.w.Error() }
func (c csvRows) close() error { return c.flush() }

// xlsxRows is an export as a workbook. Its rows go to a temporary file when they are many, and out at the end.
type xlsxRows struct {
	out  io.Writer
	file *excelize.File
	w    *excelize.StreamWriter
	n    int
	bold int
}

func newXLSX(out io.Writer, name string) (*xlsxRows, error) {
	x := &xlsxRows{out: out, file: excelize.NewFile()}
	if err := x.file.SetSheetName("Sheet1", name); err != nil {
		return nil, err
	}
	var err error
	if x.bold, err = x.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}}); err != nil {
		return nil, err
	}
	if x.w, err = x.file.NewStreamWriter(name); err != nil {
		return nil, err
	}
	if err := x.w.SetColWidth(1, len(exportColumns), 16); err != nil {
		return nil, err
	}
	return x, x.w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

func (x *xlsxRows) row(cells []any) error {
	out := make([]any, len(cells))
	for i, cell := range cells {
		switch c := cell.(type) {
		case number:
			f, err := strconv.ParseFloat(string(c), 64) // what a spreadsheet counts in anyway
			if err != nil {
				return err
			}
			out[i] = f
		default:
			out[i] = safeCell(fmt.Sprint(c))
		}
		if x.n == 0 {
			out[i] = excelize.Cell{StyleID: x.bold, Value: out[i]}
		}
	}
	x.n++
	at, err := excelize.CoordinatesToCellName(1, x.n)
	if err != nil {
		return err
	}
	return x.w.SetRow(at, out)
}

func (x *xlsxRows) flush() error { return nil }

func (x *xlsxRows) close() error {
	defer func() { _ = x.file.Close() }() // its temporary files
	if err := x.w.Flush(); err != nil {
		return err
	}
	_, err := x.file.WriteTo(x.out)
	return err
}
