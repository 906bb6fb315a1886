package bot

import (
	"slices"
	"strconv"
	"strings"

	"boxoffice/tickets"
)

// livesKept is how many orders' messages are remembered.
const livesKept = 8

// live is one entry of extraLive.
type live struct {
	order   tickets.OrderID
	message int
}

func readLives(s string) []live {
	var out []live
	for _, f := range strings.Fields(s) {
		order, message, _ := strings.Cut(f, ":")
		if n, err := strconv.Atoi(message); err == nil && n > 0 {
			out = append(out, live{tickets.OrderID(order), n})
		}
	}
	return out
}

// setLive returns the entries with order's message; 0 takes it out.
func setLive(s string, order tickets.OrderID, message int) string {
	var out []string
	for _, l := range readLives(s) {
		if l.order != order && l.message != message {
			out = append(out, string(l.order)+":"+strconv.Itoa(l.message))
		}
	}
	if message != 0 {
		out = append(out, string(order)+":"+strconv.Itoa(message))
	}
	if len(out) > livesKept {
		out = out[len(out)-livesKept:]
	}
	return strings.Join(out, " ")
}

// mergeLives adds to ours what theirs has more than both had when ours was read.
func mergeLives(read, theirs, ours string) string {
	known := readLives(read)
	for _, l := range readLives(theirs) {
		if !slices.Contains(known, l) {
			ours = setLive(ours, l.order, l.message)
		}
	}
	return ours
}

// liveOf is the message that shows an order; 0 when none does.
func liveOf(s string, order tickets.OrderID) int {
	for _, l := range readLives(s) {
		if l.order == order {
			return l.message
		}
	}
	return 0
}

// liveAt reports whether a message shows an order.
func liveAt(s string, message int) bool {
	for _, l := range readLives(s) {
		if l.message == message {
			return true
		}
	}
	return false
}
