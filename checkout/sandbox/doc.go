// Package sandbox is a payment provider in a box: a [checkout.Gateway] together with the provider behind it, for the
// demo, for trying a shop out, and for tests. No money moves.
//
// It has a ground truth of its own. A session's state, its charges and the notices that are still under way are kept in
// a [Memory] beside the shop's own data, are read by nobody but this package, and survive restarts. The shop learns what
// happened as it would from a real provider: by signed notices posted over HTTP, or by asking.
//
// People pay on the page /pay/{session_id} of [Gateway.Handler]. Below the two buttons that a customer expects it has a
// fold, "Play the provider", with what real providers do on bad days: approve later, settle after the session was
// closed, charge twice, charge too little, too much, nothing at all or in another currency, and never say so. A program
// does the same with [Gateway.Play] and [Gateway.Force].
//
// Once money came the page has a second fold, "Play the bank": refunds that the provider's staff makes, what happens to
// the shop's next refund (slow, failing, sent back later, its reply lost), and disputes from the first warning to the
// end, with their funds. The sandbox is a [checkout.Refunder] too, and remembers each of the shop's refunds for good.
//
// Nothing here sleeps: [Gateway.Tick] does what is due by the clock it was given, and is called every second.
//
// The one example:
//
//	g, _ := sandbox.New(sandbox.Config{PublicURL: "http://localhost:8080", Secret: secret,
//		Memory: sandbox.InStore(store), Now: time.Now, Log: log})
//	mux.Handle("/pay/", g.Handler())
//	// every second: g.Tick(ctx)
package sandbox
