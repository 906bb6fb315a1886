// Package sim runs the whole shop inside one thread with a clock and dice of its own, and attacks it.
//
// What is real: checkout.Desk, notify's Router and Dispatcher, storage/bolt. What is simulated is the world around
// them: a payment provider with a book of its own (bank), the wire to it (gateway), its notices (mail), Telegram (chat),
// customers, the merchant's staff, gates, time, and the death of the process at any point.
//
// A schedule is a seed. Each thing that somebody does is a coroutine; it runs until it reaches a point, which is before
// or after a commit, when a call is sent or answered, or when a message is sent. There the kernel throws the dice: who
// goes on, how late it is, what is lost, whether the process dies. The same seed takes the same steps, so a violation
// is a number that anybody can repeat:
//
//	go test ./checkout/checkouttest/sim -run TestReplay -seed 4711 -v
//
// Each commit is checked as it happens (truth.go); at the end the faults are turned off, what is under way comes, days
// pass, and everything must have come to rest with every cent where it belongs (rest.go). Each schedule has faults of
// its own: each class is off in half of them. What a run met is counted, and the run fails when it has not met enough.
//
// Planted faults prove that the simulator finds what it claims to find: see mutants_test.go.
package sim
