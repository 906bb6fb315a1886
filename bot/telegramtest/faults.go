package telegramtest

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Fault makes calls fail. Which: Method and ChatID (zero values match all), after letting Skip matching calls pass, for
// Times calls (0 means until removed), each with probability Chance (0 means always). How: the first set of RetryAfter,
// Status, ResetBefore, ResetAfter; Delay may be combined with any or stand alone.
type Fault struct {
	Method string // any case
	ChatID int64
	Skip   int
	Times  int
	Chance float64 // 0 to 1

	RetryAfter  int           // seconds: answer 429 without doing anything
	Status      int           // answer this status; 5xx with an HTML page as a proxy does, others with Description
	Description string        // for Status below 500, e.g. "Forbidden: bot was blocked by the user"
	ResetBefore bool          // the connection breaks and nothing has happened
	ResetAfter  bool          // the connection breaks and the thing has happened
	Delay       time.Duration // before anything else
}

type fault struct {
	Fault
	seen, hit int
}

// Inject arms a fault. The returned function disarms it and tells how many calls it hit.
func (s *Server) Inject(f Fault) (remove func() int) {
	f.Method = strings.ToLower(f.Method)
	armed := &fault{Fault: f}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, armed)
	return func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		for i, other := range s.faults {
			if other == armed {
				s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
				break
			}
		}
		return armed.hit
	}
}

// takeFault finds the first armed fault for a call and counts it.
func (s *Server) takeFault(c *call) *fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Method != "" && f.Method != c.method || f.ChatID != 0 && f.ChatID != c.chat {
			continue
		}
		f.seen++
		if f.seen <= f.Skip || f.Times > 0 && f.hit >= f.Times || f.Chance > 0 && s.dice.Float64() >= f.Chance {
			continue
		}
		f.hit++
		return f
	}
	return nil
}

// before acts out the fault before the effect and tells whether the call still happens.
func (f *fault) before(s *Server, w http.ResponseWriter, r *http.Request, c *call) bool {
	if f.Delay > 0 {
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			return false
		case <-s.done:
			return false
		}
	}
	switch {
	case f.RetryAfter > 0:
		err := tooMany(f.RetryAfter)
		s.logCall(c, false, err.Description, err.Code)
		writeError(w, err)
	case f.Status >= 500:
		s.logCall(c, false, "injected", f.Status)
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(f.Status)
		text := http.StatusText(f.Status)
		_, _ = io.WriteString(w, fmt.Sprintf("<html>\r\n<head><title>%d %s</title></head>\r\n<body>\r\n<center><h1>%d %s</h1>"+
			"</center>\r\n<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n", f.Status, text, f.Status, text))
	case f.Status > 0:
		s.logCall(c, false, "injected: "+f.Description, f.Status)
		writeError(w, &apiError{Code: f.Status, Description: f.Description})
	case f.ResetBefore:
		s.logCall(c, false, "connection reset before the effect", 0)
		reset(w)
	default:
		return true
	}
	return false
}

// reset breaks the connection so that the client sees a reset instead of an orderly end.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// bucket is the flood limit of one chat: tokens that come back with time.
type bucket struct {
	tokens float64
	at     time.Time
}

// flood takes a token of the chat's bucket; the caller holds s.mu.
func (s *Server) flood(c *Chat) *apiError {
	if !s.opt.Rate {
		return nil
	}
	burst, perSecond := 5.0, 1.0
	if c.info.Type != "private" {
		burst, perSecond = 20, 20.0/60
	}
	now := s.now()
	if c.bucket.at.IsZero() {
		c.bucket = bucket{burst, now}
	}
	b := &c.bucket
	b.tokens = min(burst, b.tokens+now.Sub(b.at).Seconds()*perSecond)
	b.at = now
	if b.tokens < 1 {
		return tooMany(max(1, int((1-b.tokens)/perSecond+0.999)))
	}
	b.tokens--
	return nil
}
