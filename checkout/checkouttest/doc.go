// Package checkouttest holds what tests of payments share: the suites that every [checkout.Gateway] and every
// [checkout.Refunder] passes, and the outside world of gateways in memory. It is imported by tests only.
//
// [Gateway] is the first suite. A gateway's test makes a [World] around it, which can do what customers and providers do,
// and hands it over; [Refunder] is the second, with a [Bank], which is a World that takes money back:
//
//	func TestGateway(t *testing.T)  { checkouttest.Gateway(t, newWorld) }
//	func TestRefunder(t *testing.T) { checkouttest.Refunder(t, newBank) }
//
// [Stripe] is a Stripe API that remembers: sessions are created, retrieved, expired and paid, charges are given back and
// disputed, webhooks are signed and repeated, and faults come on demand. [Memory] is the sandbox's.
package checkouttest
