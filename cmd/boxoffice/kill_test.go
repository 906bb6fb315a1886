package main

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"boxoffice/bot/telegramtest"
)

// killsVariable is how often the test below kills serve; "make kills" sets 200.
const killsVariable = "BOXOFFICE_KILLS"

// TestKilledUnderLoadLosesNothing kills serve again and again while customers buy and get their money back.
func TestKilledUnderLoadLosesNothing(t *testing.T) {
	t.Parallel()
	w := patientWorld(t)
	w.start()
	crowd, leave := gather(w, 8)
	for range times(t, killsVariable, 6) {
		pause(time.Duration(100+rand.IntN(500)) * time.Millisecond)
		w.kill()
		w.start()
	}
	leave()
	crowd.check()
}

// times is how often a test does its worst: few times, or what the variable says.
func times(t *testing.T, variable string, few int) int {
	t.Helper()
	s := os.Getenv(variable)
	if s == "" {
		return few
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// patientWorld is one whose Telegram repeats soon and gives a service that dies its time.
func patientWorld(t *testing.T) *world {
	t.Helper()
	return newWorld(t, "webhook", telegramtest.Options{AllowProblems: true, CallbackLife: time.Hour, RetryUnit: 50 * time.Millisecond})
}
