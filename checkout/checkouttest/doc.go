// Package checkouttest holds what tests of payments share: the suite that every [checkout.Gateway] passes, and the
// outside world of gateways in memory. It is imported by tests only.
//
// [Gateway] is the suite. A gateway's test makes a [World] around it, which can do what customers and providers do, and
// hands it over:
//
//	func TestGateway(t *testing.T) { checkouttest.Gateway(t, newWorld) }
//
// [Stripe] is a Stripe API that remembers: sessions are created, retrieved, expired and paid, webhooks are signed and
// repeated, and faults come on demand. [Memory] is the sandbox's.
package checkouttest
