package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"boxoffice/tickets"
	"boxoffice/tickets/qr"
)

// This file is how staff look at a ticket by a photo of it.

// Download fetches a file that somebody sent, at most limit bytes. It fails with Invalid when the file is larger or
// gone, and with Unavailable when Telegram cannot be reached.
func (c *Client) Download(ctx context.Context, file string, limit int64) ([]byte, error) {
	f, err := c.api.GetFile(ctx, &tg.GetFileParams{FileID: file})
	if err != nil {
		return nil, fmt.Errorf("ask for a file: %w", translate(err))
	}
	if f.FileSize > limit {
		return nil, tickets.Refuse(tickets.Invalid, "the file has %d bytes", f.FileSize)
	}
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.fileAddress(f.FilePath), nil)
	if err != nil {
		return nil, errors.New("fetch a file: malformed path") // err holds the address, and that the token
	}
	resp, err := c.wire.http.Do(req)
	if err != nil {
		var withURL *url.Error
		if errors.As(err, &withURL) {
			err = withURL.Err // the address holds the token
		}
		return nil, fmt.Errorf("%w: fetch a file: %w", tickets.Unavailable, err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: fetch a file: %w", tickets.Unavailable, err)
	case resp.StatusCode != http.StatusOK, int64(len(data)) > limit:
		return nil, tickets.Refuse(tickets.Invalid, "the file is answered %d", resp.StatusCode)
	}
	return data, nil
}

// fileAddress is where the Bot API keeps a file: beside its methods, under /file.
func (c *Client) fileAddress(path string) string {
	i := strings.LastIndex(c.base, "/bot")
	return c.base[:i] + "/file" + c.base[i:] + (&url.URL{Path: path}).EscapedPath()
}

// photographed is a photo in a chat. Staff who may let people in get the verdict on the ticket in it; handled is false
// for everybody else, whose photos mean nothing here.
func (t *talk) photographed(ctx context.Context, m *models.Message) (handled bool, err error) {
	file := pictureOf(m)
	if file == "" || t.Fetch == nil {
		return false, nil
	}
	who, err := t.member(ctx)
	if errors.Is(err, tickets.NotFound) || err == nil && !who.Role.May(tickets.ActAdmit) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	data, err := t.Fetch(ctx, file, qr.MaxPicture)
	if err != nil && !errors.Is(err, tickets.Invalid) {
		return false, err
	}
	scan, err := qr.Read(data)
	if err != nil {
		return true, t.say(ctx, Message{HTML: t.HTML("bot.gate.no_code")})
	}
	if _, err := tickets.ParseScan(scan); err != nil {
		return true, t.say(ctx, Message{HTML: t.HTML("bot.gate.other_code")})
	}
	return true, t.check(ctx, scan)
}

// pictureOf is the file of a message's photo, the largest of its sizes, or of a picture sent as a file; "" is none.
func pictureOf(m *models.Message) string {
	if n := len(m.Photo); n > 0 {
		best := m.Photo[0]
		for _, p := range m.Photo[1:n] {
			if p.Width*p.Height > best.Width*best.Height {
				best = p
			}
		}
		return best.FileID
	}
	if d := m.Document; d != nil && (d.MimeType == "image/jpeg" || d.MimeType == "image/png") && d.FileSize <= qr.MaxPicture {
		return d.FileID
	}
	return ""
}
