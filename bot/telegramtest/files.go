package telegramtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"image"
	_ "image/gif" // photos may be any of these
	_ "image/jpeg"
	_ "image/png"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

const (
	maxPhoto    = 10 << 20
	maxDownload = 20 << 20
)

// file is an upload the server keeps. The same bytes as the same kind are one file.
type file struct {
	ID     string `json:"id"`
	Unique string `json:"unique"`
	Kind   string `json:"kind"` // photo or document
	Name   string `json:"name"`
	Mime   string `json:"mime"`
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
	Data   []byte `json:"data"`
}

func (f *file) path() string {
	ext := path.Ext(f.Name)
	if f.Kind == "photo" {
		ext = ".jpg"
	}
	return f.Kind + "s/" + f.Unique + ext
}

// attach gives a message its photo or document: the uploaded part of the field's own name, attach://part, or a file_id.
func (s *Server) attach(m *Message, c *call, kind, field, ref string) *apiError {
	up := c.files[field]
	if name, ok := strings.CutPrefix(ref, "attach://"); ok {
		if up = c.files[name]; up == nil {
			return badRequest("wrong file identifier/HTTP URL specified")
		}
	}
	var f *file
	switch {
	case up != nil:
		var err *apiError
		if f, err = s.store(kind, up); err != nil {
			return err
		}
	case ref == "":
		return badRequest("there is no " + kind + " in the request")
	case strings.HasPrefix(ref, "http://"), strings.HasPrefix(ref, "https://"):
		return badRequest("failed to get HTTP URL content") // nothing leaves the machine
	default:
		if f = s.files[ref]; f == nil {
			return badRequest("wrong file identifier/HTTP URL specified")
		}
		if f.Kind != kind {
			return badRequest("can't use file of type " + title(f.Kind) + " as " + title(kind))
		}
	}
	if kind == "photo" {
		m.Photo = []PhotoSize{{f.ID, f.Unique, f.Width, f.Height, len(f.Data)}}
	} else {
		m.Document = &Document{f.ID, f.Unique, f.Name, f.Mime, len(f.Data)}
	}
	return nil
}

func title(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

// store checks and keeps an upload.
func (s *Server) store(kind string, up *upload) (*file, *apiError) {
	if len(up.data) == 0 {
		return nil, badRequest("file must be non-empty")
	}
	sum := sha256.Sum256(up.data)
	f := &file{
		Unique: base64.RawURLEncoding.EncodeToString(sum[:12]),
		Kind:   kind, Name: up.name, Mime: up.mime, Data: up.data,
	}
	f.ID = map[string]string{"photo": "AgACAgUAAxkDAAI", "document": "BQACAgUAAxkDAAI"}[kind] + f.Unique
	if known := s.files[f.ID]; known != nil && known.Name == f.Name {
		return known, nil
	}
	if kind == "photo" {
		if err := f.checkPhoto(); err != nil {
			return nil, err
		}
	} else if f.Mime == "" || f.Mime == "application/octet-stream" {
		if byName := mime.TypeByExtension(path.Ext(f.Name)); byName != "" {
			f.Mime = byName
		}
	}
	s.keepFile(f)
	return f, nil
}

func (s *Server) keepFile(f *file) {
	if s.files[f.ID] == nil {
		s.uploads = append(s.uploads, f.ID)
	}
	s.files[f.ID] = f
	if keep := s.opt.KeepFiles; keep > 0 && len(s.uploads) > keep {
		delete(s.files, s.uploads[0])
		s.uploads = s.uploads[1:]
	}
}

func (f *file) checkPhoto() *apiError {
	if len(f.Data) > maxPhoto {
		return badRequest("file of size " + strconv.Itoa(len(f.Data)) +
			" bytes is too big for a photo; the maximum size is " + strconv.Itoa(maxPhoto) + " bytes")
	}
	cfg, _, err := image.DecodeConfig(bytes.NewReader(f.Data))
	if err != nil {
		return badRequest("IMAGE_PROCESS_FAILED")
	}
	w, h := cfg.Width, cfg.Height
	if w+h > 10_000 || w > 20*h || h > 20*w {
		return badRequest("PHOTO_INVALID_DIMENSIONS")
	}
	f.Width, f.Height = w, h
	f.Mime = http.DetectContentType(f.Data)
	return nil
}

func getFile(s *Server, c *call) (any, *apiError) {
	f := s.files[c.params["file_id"]]
	switch {
	case f == nil:
		return nil, badRequest("wrong file_id or the file is temporarily unavailable")
	case len(f.Data) > maxDownload:
		return nil, badRequest("file is too big")
	}
	return struct {
		ID     string `json:"file_id"`
		Unique string `json:"file_unique_id"`
		Size   int    `json:"file_size"`
		Path   string `json:"file_path"`
	}{f.ID, f.Unique, len(f.Data), f.path()}, nil
}

// File returns the bytes of a photo or document by its file_id, nil when unknown.
func (s *Server) File(id string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.files[id]; f != nil {
		return f.Data
	}
	return nil
}

func (s *Server) serveFile(w http.ResponseWriter, name string) {
	s.mu.Lock()
	var found *file
	for _, f := range s.files {
		if f.path() == name {
			found = f
		}
	}
	s.mu.Unlock()
	if found == nil {
		writeError(w, &apiError{Code: http.StatusNotFound, Description: "Not Found"})
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(found.Data)
}
