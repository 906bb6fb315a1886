package telegramtest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// saved is the state as it lies in a file. Presses under way and armed faults are not in it, nor is the webhook: a bot
// registers it at every start.
type saved struct {
	Rev      int64          `json:"rev"`
	NextUser int64          `json:"next_user"`
	NextChat int64          `json:"next_chat"`
	NextMsg  int            `json:"next_message"`
	LastID   int64          `json:"last_update"`
	Users    []savedUser    `json:"users"`
	Chats    []savedChat    `json:"chats"`
	Files    []*file        `json:"files"`
	Profile  botProfile     `json:"profile"`
	Updates  []savedPending `json:"updates"`
	Till     till           `json:"till"`
}

type savedUser struct {
	Profile
	Blocked     bool `json:"blocked,omitempty"`
	Deactivated bool `json:"deactivated,omitempty"`
}

type savedChat struct {
	Info          ChatInfo         `json:"info"`
	Started       bool             `json:"started,omitempty"`
	Members       map[int64]string `json:"members,omitempty"`
	BotStatus     string           `json:"bot_status,omitempty"`
	MigratedTo    int64            `json:"migrated_to,omitempty"`
	NextMsg       int              `json:"next_message,omitempty"`
	Pinned        *Message         `json:"pinned,omitempty"`
	ReplyKeyboard *ReplyKeyboard   `json:"reply_keyboard,omitempty"`
	Messages      []*Message       `json:"messages"`
}

type savedPending struct {
	ID      int64           `json:"id"`
	Kind    string          `json:"kind"`
	Key     int64           `json:"key"`
	Raw     json.RawMessage `json:"raw"`
	Expires time.Time       `json:"expires"`
}

func (s *Server) snapshot() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := saved{
		Rev: s.rev, NextUser: s.nextUser, NextChat: s.nextChat, NextMsg: s.nextMsg, LastID: s.in.lastID,
		Profile: s.profile, Till: s.till.copy(), Files: slices.Collect(maps.Values(s.files)),
	}
	for _, u := range s.users {
		out.Users = append(out.Users, savedUser{u.Profile, u.blocked, u.deactivated})
	}
	for _, c := range s.chats {
		sc := savedChat{
			Info: c.info, Started: c.started, Members: c.members, BotStatus: c.botStatus, MigratedTo: c.migratedTo,
			NextMsg: c.nextMsg, Pinned: c.pinned, ReplyKeyboard: c.replyKeyboard,
		}
		for _, m := range c.order {
			if !m.deleted {
				sc.Messages = append(sc.Messages, m.msg)
			}
		}
		out.Chats = append(out.Chats, sc)
	}
	list := slices.Clone(s.in.list)
	if h := s.in.hook; h != nil {
		for _, q := range h.queues {
			list = append(list, q.items...)
		}
	}
	for _, p := range list {
		out.Updates = append(out.Updates, savedPending{p.id, p.kind, p.key, p.raw, p.expires})
	}
	out.sort()
	return json.Marshal(out)
}

// sort makes the same state the same bytes.
func (v *saved) sort() {
	slices.SortFunc(v.Users, func(a, b savedUser) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(v.Chats, func(a, b savedChat) int { return cmp.Compare(a.Info.ID, b.Info.ID) })
	slices.SortFunc(v.Files, func(a, b *file) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(v.Updates, func(a, b savedPending) int { return cmp.Compare(a.ID, b.ID) })
}

// Save writes chats, people, files, the bot's profile and undelivered updates to a file, whole or not at all.
func (s *Server) Save(path string) error {
	data, err := s.snapshot()
	if err != nil {
		return fmt.Errorf("save chats: %w", err)
	}
	if err := writeWhole(path, data); err != nil {
		return fmt.Errorf("save chats: %w", err)
	}
	return nil
}

// writeWhole replaces a file by a synced one next to it.
func writeWhole(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone after the rename
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Load puts the state of a file in place of the present one. People, chats and updates of before are gone: load first,
// then call [Server.AddUser], which returns people it knows. A missing file is fs.ErrNotExist.
func (s *Server) Load(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("load chats: %w", err)
	}
	var in saved
	if err := json.Unmarshal(data, &in); err != nil {
		return fmt.Errorf("load chats from %s: %w", path, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rev, s.nextUser, s.nextChat = in.Rev+idGap, in.NextUser, in.NextChat
	s.nextMsg, s.in.lastID = in.NextMsg+idGap, in.LastID+idGap
	s.profile = in.Profile
	s.till.load(in.Till)
	clear(s.users)
	clear(s.chats)
	clear(s.names)
	for _, f := range in.Files {
		s.keepFile(f)
	}
	for _, u := range in.Users {
		s.users[u.ID] = &User{Profile: u.Profile, s: s, blocked: u.Blocked, deactivated: u.Deactivated}
	}
	for _, c := range in.Chats {
		s.loadChat(c)
	}
	for _, p := range in.Updates {
		s.in.list = append(s.in.list, &pending{id: p.ID, kind: p.Kind, key: p.Key, raw: p.Raw, expires: p.Expires})
	}
	wake(&s.in.arrived)
	wake(&s.changed)
	return nil
}

// idGap is skipped in every count after a restart: a crash may have come before the last numbers were saved, and a bot
// that has seen a number must not get it again for something else.
const idGap = 1000

func (s *Server) loadChat(in savedChat) {
	c := &Chat{
		s: s, info: in.Info, started: in.Started, members: in.Members, botStatus: in.BotStatus, migratedTo: in.MigratedTo,
		nextMsg: in.NextMsg + idGap, pinned: in.Pinned, replyKeyboard: in.ReplyKeyboard, rev: s.rev,
	}
	if in.Info.Type == "private" {
		c.user = s.users[in.Info.ID]
	} else if c.members == nil {
		c.members = map[int64]string{}
	}
	for _, m := range in.Messages {
		c.order = append(c.order, &stored{msg: m, rev: s.rev})
	}
	s.addChat(c)
}

// saveDelay gathers changes into one write.
const saveDelay = 500 * time.Millisecond

// saver writes the state to a file a moment after it changed.
type saver struct {
	s      *Server
	path   string
	dirty  chan struct{}
	once   sync.Once
	finish chan struct{}
	ended  chan struct{}
}

// Keep loads a file if it exists and from then on writes every change to it, at the latest with [Server.Close].
func (s *Server) Keep(path string) error {
	if err := s.Load(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	sv := &saver{s: s, path: path, dirty: make(chan struct{}, 1), finish: make(chan struct{}), ended: make(chan struct{})}
	if err := s.Save(path); err != nil {
		return err
	}
	s.mu.Lock()
	s.saver = sv
	s.mu.Unlock()
	go sv.run()
	return nil
}

func (v *saver) mark() {
	select {
	case v.dirty <- struct{}{}:
	default:
	}
}

func (v *saver) run() {
	defer close(v.ended)
	for last := false; !last; {
		select {
		case <-v.dirty:
			timer := time.NewTimer(saveDelay)
			select {
			case <-timer.C:
			case <-v.finish:
				last = true
			}
			timer.Stop()
		case <-v.finish:
			last = true
		}
		if err := v.s.Save(v.path); err != nil {
			v.s.log.Error("chats not saved", "path", v.path, "error", err)
		}
	}
}

func (v *saver) close() {
	v.once.Do(func() { close(v.finish) })
	<-v.ended
}

func (s *Server) markSave() {
	if s.saver != nil {
		s.saver.mark()
	}
}
