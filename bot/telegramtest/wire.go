package telegramtest

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxBody is Telegram's limit for uploads, 50 MB, plus room for the other fields.
const maxBody = 51 << 20

// apiError is a refusal as it goes over the wire.
type apiError struct {
	Code        int
	Description string
	RetryAfter  int
	MigrateTo   int64
}

func (e *apiError) Error() string { return e.Description }

func badRequest(words string) *apiError {
	return &apiError{Code: http.StatusBadRequest, Description: "Bad Request: " + words}
}

func forbidden(words string) *apiError {
	return &apiError{Code: http.StatusForbidden, Description: "Forbidden: " + words}
}

func conflict(words string) *apiError {
	return &apiError{Code: http.StatusConflict, Description: "Conflict: " + words}
}

func tooMany(after int) *apiError {
	return &apiError{
		Code: http.StatusTooManyRequests, RetryAfter: after,
		Description: "Too Many Requests: retry after " + strconv.Itoa(after),
	}
}

// upload is a file that came in a multipart body.
type upload struct {
	name string
	mime string
	data []byte
}

// call is one request of the bot, whatever its encoding was.
type call struct {
	method string // lower case
	params map[string]string
	files  map[string]*upload
	done   <-chan struct{} // closed when the client has gone
	chat   int64           // numeric chat_id, 0 without one
}

// ServeHTTP answers /bot<token>/<method> and /file/bot<token>/<path>.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, isFile := strings.CutPrefix(r.URL.Path, "/file")
	rest, ok := strings.CutPrefix(path, "/bot")
	token, method, slash := strings.Cut(rest, "/")
	switch {
	case !ok || !slash:
		writeError(w, &apiError{Code: http.StatusNotFound, Description: "Not Found"})
	case token != s.opt.Token:
		writeError(w, &apiError{Code: http.StatusUnauthorized, Description: "Unauthorized"})
	case isFile:
		s.serveFile(w, method)
	default:
		s.serveMethod(w, r, strings.TrimPrefix(method, "test/"))
	}
}

func (s *Server) serveMethod(w http.ResponseWriter, r *http.Request, method string) {
	c, err := readCall(method, r.Header.Get("Content-Type"), http.MaxBytesReader(w, r.Body, maxBody), r.URL.RawQuery)
	if err != nil {
		writeError(w, err)
		return
	}
	c.done = r.Context().Done()
	f := s.takeFault(c)
	if f != nil && !f.before(s, w, r, c) {
		return
	}
	result, err := s.run(c)
	if f != nil && f.ResetAfter {
		s.logCall(c, false, "connection reset after the effect", 0)
		reset(w)
		return
	}
	if err != nil {
		s.logCall(c, false, err.Description, err.Code)
		writeError(w, err)
		return
	}
	s.logCall(c, false, "", http.StatusOK)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(struct {
		OK     bool `json:"ok"`
		Result any  `json:"result"`
	}{true, result})
}

// run finds and executes a method.
func (s *Server) run(c *call) (any, *apiError) {
	if c.method == "getupdates" {
		return s.getUpdates(c)
	}
	m, ok := s.methods[c.method]
	if !ok {
		return nil, &apiError{Code: http.StatusNotFound, Description: "Not Found: method not found"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return m(s, c)
}

func writeError(w http.ResponseWriter, e *apiError) {
	type parameters struct {
		RetryAfter int   `json:"retry_after,omitempty"`
		MigrateTo  int64 `json:"migrate_to_chat_id,omitempty"`
	}
	body := struct {
		OK          bool        `json:"ok"`
		Code        int         `json:"error_code"`
		Description string      `json:"description"`
		Parameters  *parameters `json:"parameters,omitempty"`
	}{Code: e.Code, Description: e.Description}
	if e.RetryAfter != 0 || e.MigrateTo != 0 {
		body.Parameters = &parameters{e.RetryAfter, e.MigrateTo}
	}
	w.Header().Set("Content-Type", "application/json")
	if e.RetryAfter != 0 {
		w.Header().Set("Retry-After", strconv.Itoa(e.RetryAfter))
	}
	w.WriteHeader(e.Code)
	_ = json.NewEncoder(w).Encode(body)
}

// readCall decodes a request in any of the four encodings the Bot API takes. Fields of the body win over the query.
func readCall(method, contentType string, body io.Reader, query string) (*call, *apiError) {
	c := &call{method: strings.ToLower(method), params: map[string]string{}, files: map[string]*upload{}}
	if values, err := url.ParseQuery(query); err == nil {
		c.take(values)
	}
	kind, params, _ := mime.ParseMediaType(contentType)
	var err error
	switch kind {
	case "application/json":
		err = c.takeJSON(body)
	case "multipart/form-data":
		err = c.takeMultipart(multipart.NewReader(body, params["boundary"]))
	default:
		var raw []byte
		if raw, err = io.ReadAll(body); err == nil && kind == "application/x-www-form-urlencoded" {
			var values url.Values
			values, err = url.ParseQuery(string(raw))
			c.take(values)
		}
	}
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return nil, &apiError{Code: http.StatusRequestEntityTooLarge, Description: "Request Entity Too Large"}
	}
	if err != nil {
		return nil, badRequest("can't parse request: " + err.Error())
	}
	c.chat, _ = strconv.ParseInt(c.params["chat_id"], 10, 64)
	return c, nil
}

func (c *call) take(values url.Values) {
	for k, v := range values {
		c.params[k] = v[len(v)-1]
	}
}

func (c *call) takeJSON(body io.Reader) error {
	raw, err := io.ReadAll(body)
	if err != nil || len(raw) == 0 {
		return err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return errors.New("can't parse JSON object")
	}
	for k, v := range fields {
		switch text := ""; {
		case string(v) == "null":
		case v[0] == '"':
			if err := json.Unmarshal(v, &text); err != nil {
				return err
			}
			c.params[k] = text
		default:
			c.params[k] = string(v)
		}
	}
	return nil
}

func (c *call) takeMultipart(r *multipart.Reader) error {
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return err
		}
		if part.FileName() == "" {
			c.params[part.FormName()] = string(data)
			continue
		}
		c.files[part.FormName()] = &upload{part.FileName(), part.Header.Get("Content-Type"), data}
	}
}

func (c *call) int(name string) int64 {
	n, _ := strconv.ParseInt(c.params[name], 10, 64)
	return n
}

func (c *call) bool(name string) bool {
	switch strings.ToLower(c.params[name]) {
	case "true", "1", "yes":
		return true
	}
	return false
}

// json decodes a field holding JSON; a missing field leaves target alone.
func (c *call) json(name string, target any) *apiError {
	raw, ok := c.params[name]
	if !ok || raw == "" {
		return nil
	}
	if json.Unmarshal([]byte(raw), target) != nil {
		return badRequest("can't parse " + strings.ReplaceAll(name, "_", " ") + " JSON object")
	}
	return nil
}

// Call is one request of the bot in the log.
type Call struct {
	Method      string // lower case, as Telegram ignores its case
	ChatID      int64  // 0 without a numeric chat_id
	Params      map[string]string
	Files       []string // names of the uploaded fields
	At          time.Time
	Code        int    // HTTP status; 0 when the connection was reset
	Description string // of the refusal, empty when it went well
	InWebhook   bool   // came as the answer to a webhook
}

// callLog is a ring of the last calls and a count of all.
type callLog struct {
	ring  []Call
	next  int
	total int
	count map[string]int
	bad   []Call // refusals worth a line in Problems, bounded
}

func (s *Server) logCall(c *call, inWebhook bool, description string, code int) {
	entry := Call{
		Method: c.method, ChatID: c.chat, Params: c.params, At: s.now(),
		Code: code, Description: description, InWebhook: inWebhook,
	}
	for name := range c.files {
		entry.Files = append(entry.Files, name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l := &s.calls
	if l.count == nil {
		l.count = map[string]int{}
	}
	l.count[c.method]++
	l.total++
	if len(l.ring) < s.opt.KeepCalls {
		l.ring = append(l.ring, entry)
	} else {
		l.ring[l.next] = entry
		l.next = (l.next + 1) % len(l.ring)
	}
	if isProblem(entry) && len(l.bad) < 100 {
		l.bad = append(l.bad, entry)
	}
}

// Calls lists the kept calls, oldest first; with a method, in any case, only those.
func (s *Server) Calls(method string) []Call {
	method = strings.ToLower(method)
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Call
	for i := range s.calls.ring {
		c := s.calls.ring[(s.calls.next+i)%len(s.calls.ring)]
		if method == "" || c.Method == method {
			c.Params = maps.Clone(c.Params)
			out = append(out, c)
		}
	}
	return out
}

// CallCount tells how often a method was called since the start; "" counts all.
func (s *Server) CallCount(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if method == "" {
		return s.calls.total
	}
	return s.calls.count[strings.ToLower(method)]
}
