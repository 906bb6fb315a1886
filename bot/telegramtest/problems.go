package telegramtest

import (
	"fmt"
	"slices"
	"strings"
)

// harmless refusals happen to well-behaved bots too.
var harmless = []string{"message is not modified", queryTooOld, "CHARGE_ALREADY_REFUNDED", "injected"}

func isProblem(c Call) bool {
	if c.Code != 400 {
		return false
	}
	return !slices.ContainsFunc(harmless, func(words string) bool { return strings.Contains(c.Description, words) })
}

// Problems lists what a well-behaved bot never does, as far as it has happened: calls refused with 400 (except "message
// is not modified" and late answers), presses never answered, the token in a text or an address, keyboards where
// nothing can be pressed. Call it when the bot has finished its work.
func (s *Server) Problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, c := range s.calls.bad {
		out = append(out, fmt.Sprintf("%s in chat %d was refused: %s", c.Method, c.ChatID, c.Description))
	}
	for _, p := range s.presses {
		out = append(out, fmt.Sprintf("press of %q by %s in chat %d was never answered", p.Button.Text, p.User.FirstName,
			p.Chat.info.ID))
	}
	for _, p := range s.till.asked {
		out = append(out, fmt.Sprintf("pre-checkout of %q by %s was never answered", p.bill.Title, p.User.FirstName))
	}
	out = append(out, s.notes...)
	for _, c := range s.chats {
		for _, m := range c.order {
			if !m.deleted && m.msg.ReplyMarkup.dead() {
				out = append(out, fmt.Sprintf("message %d in chat %d has a keyboard where nothing can be pressed: %q",
					m.msg.MessageID, c.info.ID, m.msg.Body()))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// dead tells whether all buttons of a keyboard are disabled.
func (k *Keyboard) dead() bool {
	if k == nil {
		return false
	}
	for _, row := range k.Rows {
		for _, b := range row {
			if b.Disabled == nil {
				return false
			}
		}
	}
	return true
}
