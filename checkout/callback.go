package checkout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"boxoffice/tickets"
)

// A notice is verified over its raw bytes, stored as it came, and only then read and judged. It is answered 2xx when
// it is stored: what follows is done at once, and by [Desk.Catch] again when it could not be.
//
// Where it can stop: before the first commit the provider sends again; between the commits Catch takes it up; after
// the second everything is done.

// maxNotice bounds a notice's body in bytes.
const maxNotice = 256 << 10

// noticeLease is how long a stored notice may stay unjudged before Catch takes it for left behind.
const noticeLease = 15 * time.Second

// Callback is the door of POST /webhooks/{gateway}.
func (d *Desk) Callback() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("gateway")
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxNotice))
		if err != nil {
			var big *http.MaxBytesError
			if errors.As(err, &big) {
				http.Error(w, "too large", http.StatusRequestEntityTooLarge)
				return
			}
			http.Error(w, "could not read the body", http.StatusBadRequest)
			return
		}
		err = d.Receive(r.Context(), name, r.Header, body)
		switch kind := tickets.KindOf(err); {
		case err == nil:
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"received":true}`) // the client may have gone
			return
		case kind == tickets.NotFound:
			http.Error(w, "no such gateway", http.StatusNotFound)
		case kind == tickets.Unauthorized:
			http.Error(w, "the signature does not match", http.StatusUnauthorized)
		case kind == tickets.Invalid:
			http.Error(w, "not a notice", http.StatusBadRequest)
		default:
			w.Header().Set("Retry-After", "5")
			http.Error(w, "busy, send again", http.StatusServiceUnavailable)
		}
		d.Log.Warn("notice refused", "gateway", name, "error", err)
	})
}

// Receive verifies, stores and judges one notice. nil means that it is durable. It fails with NotFound (no such
// gateway), Unauthorized, Invalid, and Unavailable when it could not be stored.
func (d *Desk) Receive(ctx context.Context, gateway string, h http.Header, body []byte) error {
	began := d.Now()
	gw, err := d.Gateway(gateway)
	if err != nil {
		return err
	}
	ev, err := gw.Verify(h, body, d.Now())
	if err != nil {
		d.noticed(gateway, "refused", began)
		return fmt.Errorf("verify notice: %w", err)
	}
	return d.receive(ctx, gateway, ev, h, body, began)
}

// receive stores a verified notice and judges it; see [Desk.Receive].
func (d *Desk) receive(ctx context.Context, gateway string, ev Event, h http.Header, body []byte, began time.Time) error {
	sum := sha256.Sum256(body)
	var n tickets.Notice
	err := d.update(context.WithoutCancel(ctx), func(t *turn) (err error) {
		n, err = t.NoticeByEvent(gateway, ev.ID)
		if err == nil {
			n.Count++
			return t.PutNotice(n)
		}
		if !errors.Is(err, tickets.NotFound) {
			return err
		}
		n = tickets.Notice{
			ID: tickets.NoticeID(t.ids.id(tickets.PrefixNotice)), Gateway: gateway, Event: ev.ID, Type: ev.Type, Headers: kept(h), Body: body,
			Sum: hex.EncodeToString(sum[:]), At: t.now, Count: 1, Due: t.now.Add(noticeLease),
		}
		return t.CreateNotice(n)
	})
	if err != nil {
		d.noticed(gateway, "not_stored", began)
		return fmt.Errorf("store notice: %w", err)
	}
	if !n.Done.IsZero() {
		d.noticed(gateway, "duplicate", began)
		return nil
	}
	outcome, err := d.judgeStored(context.WithoutCancel(ctx), n)
	if err != nil {
		d.Log.Error("notice stored, not judged yet", "notice_id", n.ID, "gateway", gateway, "error", err)
		outcome = outcomeLater
	}
	d.noticed(gateway, outcome, began)
	return nil
}

func (d *Desk) noticed(gateway, outcome string, began time.Time) {
	if d.Observe.Noticed != nil {
		d.Observe.Noticed(gateway, outcome, d.Now().Sub(began))
	}
}

// kept are the headers worth keeping; signatures and cookies are not.
func kept(h http.Header) map[string]string {
	out := map[string]string{}
	for _, k := range []string{"Content-Type", "User-Agent", "Request-Id"} {
		if v := h.Get(k); v != "" {
			out[strings.ToLower(k)] = v
		}
	}
	return out
}

// judgeStored judges a stored notice. While its gateway is not configured it waits, without keeping others from being
// judged, and a person is told.
func (d *Desk) judgeStored(ctx context.Context, n tickets.Notice) (string, error) {
	gw, missing := d.Gateway(n.Gateway)
	if missing == nil {
		return d.judgeNotice(ctx, gw, n.ID)
	}
	err := d.update(ctx, func(t *turn) error {
		n, err := t.Notice(n.ID)
		if err != nil || !n.Done.IsZero() {
			return err
		}
		told := n.Note == missing.Error()
		if err := t.noticeLater(n, missing); err != nil || told {
			return err
		}
		return t.noticeCase(n, WhyNoGateway)
	})
	return outcomeLater, errors.Join(missing, err)
}

// judgeNotice reads a stored notice and does what it says, once.
func (d *Desk) judgeNotice(ctx context.Context, gw Gateway, id tickets.NoticeID) (string, error) {
	var outcome string
	err := d.update(ctx, func(t *turn) error {
		n, err := t.Notice(id)
		if err != nil {
			return err
		}
		if !n.Done.IsZero() {
			outcome = outcomeDuplicate
			return nil
		}
		var waits error
		n.Outcome, n.Note = outcomeIgnored, ""
		reports, err := gw.Read(n.Body)
		if err != nil {
			n.Note, n.Outcome = err.Error(), outcomeError
		}
		for _, r := range reports {
			what, order, err := t.heed(gw.Name(), r, n.ID)
			if isNotYet(err) && t.now.Sub(n.At) > patience {
				what, err, waits = outcomeIgnored, nil, err
			}
			if err != nil {
				return err
			}
			if what != outcomeIgnored {
				n.Outcome = what
			}
			if order != "" {
				n.Order = order
			}
		}
		if waits != nil {
			if outcome, err = t.noticeWaits(&n, waits); outcome == outcomeLater || err != nil {
				return err
			}
		}
		outcome = n.Outcome
		n.Done, n.Due = t.now, never
		if err := t.PutNotice(n); err != nil || n.Tries == 0 || outcome == outcomeError {
			return err
		}
		return t.closeCase(tickets.CaseNotice, string(n.ID), "again", tickets.Actor{Kind: tickets.ActorSystem}, "")
	})
	if err != nil {
		later := d.putOff(ctx, id, err)
		if isNotYet(err) {
			return outcomeLater, later
		}
		return "", errors.Join(err, later)
	}
	if outcome == outcomeError {
		d.Log.Error("notice makes no sense", "notice_id", id, "gateway", gw.Name())
	}
	return outcome, nil
}

// patience is how long a notice about money that is not known waits for it before a person is told, and longPatience how
// long it waits from then on: money is found days later, and what its bank said of it counts all the same. Whether the
// person closes the case makes no difference.
const (
	patience     = 72 * time.Hour
	longPatience = 30 * 24 * time.Hour
)

// toldPause is between two looks for the money of a notice that a person was told of.
const toldPause = time.Hour

// WhyNoGateway is why there is a case about a notice of a gateway that is not configured: it waits for its gateway.
const WhyNoGateway = "gateway"

// WhyUnknown is why there is a case about a notice whose money is not known: it waits for its money.
const WhyUnknown = "unknown"

// noticeWaits tells a person, once, of a notice whose money was not found in time, and lets it wait on: outcomeLater. In
// the end it is given up: outcomeError.
func (t *turn) noticeWaits(n *tickets.Notice, cause error) (string, error) {
	if n.Told.IsZero() {
		n.Told = t.now
		if err := t.noticeCase(*n, WhyUnknown); err != nil {
			return "", err
		}
	}
	if t.now.Sub(n.Told) < longPatience {
		n.Outcome = ""
		return outcomeLater, t.noticeLater(*n, cause)
	}
	n.Outcome, n.Note = outcomeError, cause.Error()
	return outcomeError, nil
}

// noticeCase leaves a notice to a person.
func (t *turn) noticeCase(n tickets.Notice, why string) error {
	cat, err := t.Catalog()
	if err != nil {
		return err
	}
	return t.caseTold(tickets.Case{Merchant: cat.Merchant.ID, Kind: tickets.CaseNotice, Subject: string(n.ID), Order: n.Order, Why: why}, "webhook")
}

// putOff sets a notice's next try after a failure.
func (d *Desk) putOff(ctx context.Context, id tickets.NoticeID, cause error) error {
	return d.update(ctx, func(t *turn) error {
		n, err := t.Notice(id)
		if err != nil || !n.Done.IsZero() {
			return err
		}
		return t.noticeLater(n, cause)
	})
}

// noticeLater is one more try after a wait.
func (t *turn) noticeLater(n tickets.Notice, cause error) error {
	n.Tries++
	wait := max(noticeLease, t.backoff(n.Tries))
	if !n.Told.IsZero() && isNotYet(cause) {
		wait = toldPause
	}
	n.Note, n.Due = cause.Error(), t.now.Add(wait)
	return t.PutNotice(n)
}

// heed does what one report says and returns the outcome, and the order it is about where it is known.
func (t *turn) heed(gateway string, r Report, notice tickets.NoticeID) (string, tickets.OrderID, error) {
	if r.Kind == ReportPaid {
		outcome, err := t.capture(gateway, r, "webhook", notice)
		if err != nil {
			return "", "", err
		}
		c, err := t.Capture(gateway, r.Charge)
		if err != nil && !errors.Is(err, tickets.NotFound) {
			return "", "", err
		}
		return outcome, c.Order, nil
	}
	switch r.Kind {
	case ReportRefund:
		return t.refundTold(gateway, r, "webhook")
	case ReportDispute:
		return t.dispute(gateway, r, "webhook")
	}
	p, err := t.paymentOf(gateway, r)
	if errors.Is(err, tickets.NotFound) {
		return outcomeIgnored, "", nil
	}
	if err != nil {
		return "", "", err
	}
	if !p.Live() {
		return outcomeIgnored, p.Order, nil // too late to change anything, and it is not about money
	}
	o, err := t.Order(p.Order)
	if err != nil {
		return "", "", err
	}
	if err := t.sessionSeen(&o, &p, r.Remote); err != nil {
		return "", "", err
	}
	if r.Raw != nil {
		p.Notified = r.Raw
	}
	switch r.Kind {
	case ReportFailed:
		_, _, err = t.refusedPayment(o, p, tickets.Declined, r.Reason, "webhook")
	case ReportAsync:
		err = t.async(o, p, r.Deadline, "webhook")
	case ReportClosed:
		err = t.closed(o, p)
	default:
		return outcomeIgnored, p.Order, nil
	}
	return outcomeApplied, p.Order, err
}

// Catch judges stored notices that were left behind and returns how many it judged.
func (d *Desk) Catch(ctx context.Context) (int, error) {
	var due []tickets.Notice
	now := d.now()
	err := d.Store.View(ctx, func(r tickets.Reader) (err error) { due, err = r.NoticesDue(now, Batch); return err })
	if err != nil {
		return 0, fmt.Errorf("catch notices: %w", err)
	}
	var errs []error
	done := 0
	for _, n := range due {
		if _, err := d.judgeStored(ctx, n); err != nil {
			errs = append(errs, fmt.Errorf("notice %s: %w", n.ID, err))
			continue
		}
		done++
	}
	return done, errors.Join(errs...)
}
