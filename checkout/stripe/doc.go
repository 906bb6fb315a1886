// Package stripe takes money by Stripe: a hosted Checkout Session for each payment attempt, actively expired when the
// places are given back, refunds that carry our id, and webhooks that are verified over their raw bytes. It is a
// [checkout.Gateway] and a [checkout.Refunder], and the only place that knows Stripe's library.
//
// What it holds to:
//
//   - The charge's name is the PaymentIntent, which all events of one payment share.
//   - Stripe's amounts are not ISO 4217 minor units in every currency; amount.go converts both ways, exactly or not at all.
//   - The answer to an expire call is not believed: the session is retrieved afterwards, and that decides.
//   - A session is created with parameters that depend on the payment alone, so that asking again under the same
//     idempotency key finds the session of the first call.
//   - A refund's id is its idempotency key and stands in its metadata. What is not known is looked up by it, and money
//     that a refund without it took is never taken for ours.
//   - What is kept of Stripe's answers is a list of harmless fields; card tokens, fingerprints, BINs, addresses, the
//     client secret and our own return address, which carries the customer's status token, are not among them.
//
// The webhook endpoint at Stripe should have API version 2024-10-28.acacia or newer and these events: checkout.session.*,
// charge.refunded, charge.refund.updated, refund.*, charge.dispute.*, radar.early_fraud_warning.*. Older versions only
// hint at a refund made in the dashboard (charge.refunded without a list), and Stripe is asked what it was.
//
// The one example:
//
//	g, err := stripe.New(stripe.Config{SecretKey: "sk_test_…", WebhookSecrets: []string{"whsec_…"},
//		Methods: []string{"card", "paynow"}, Now: time.Now, Log: log})
//	s, err := g.Open(ctx, checkout.Opening{Payment: p, Order: o, Title: "2 × Adult", Lang: "en", Return: statusPage})
package stripe
