package stripe

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/stripe/stripe-go/v76"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// life of a session at Stripe, which wants at least 30 minutes and at most a day. We close it ourselves long before.
// It counts from the moment the payment was recorded, so that a repeated call has the same parameters, and leaves
// six minutes for repeating.
const life = 36 * time.Minute

// maxTitle is what Stripe shows of a product's name, in characters.
const maxTitle = 250

// locales are Stripe's names of our languages.
var locales = map[string]string{"en": "en", "zh-Hans": "zh", "zh-Hant": "zh-TW"}

// feeNames is the second line of the page, where the method costs extra.
var feeNames = tickets.Texts{"en": "Payment fee", "zh-Hans": "支付手续费", "zh-Hant": "付款手續費"}

// Open creates the payment's Checkout Session; under the same key it finds the one that is there. It fails with Declined
// or Invalid when Stripe refuses for good; after any other error it is not known whether there is a session.
func (g *Gateway) Open(ctx context.Context, o checkout.Opening) (checkout.Session, error) {
	p, err := g.params(o)
	if err != nil {
		return checkout.Session{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	p.Context = ctx
	s, err := g.sessions.New(p)
	if err != nil {
		return checkout.Session{}, fmt.Errorf("create stripe session for %s: %w", o.Payment.ID, refusal(err))
	}
	if s.ID == "" || s.URL == "" {
		return checkout.Session{}, fmt.Errorf("create stripe session for %s: the answer has no id or address", o.Payment.ID)
	}
	return checkout.Session{Remote: s.ID, URL: s.URL, Raw: clean(s.LastResponse.RawJSON)}, nil
}

// params are a function of the opening alone.
func (g *Gateway) params(o checkout.Opening) (*stripe.CheckoutSessionParams, error) {
	pay := o.Payment
	if pay.Key == "" || pay.ID == "" || pay.Total.Amount <= 0 {
		return nil, tickets.Refuse(tickets.Invalid, "stripe cannot collect %s for %q", pay.Total, pay.ID)
	}
	items, err := lineItems(o)
	if err != nil {
		return nil, err
	}
	from := pay.At
	if from.IsZero() {
		from = g.c.Now()
	}
	names := map[string]string{"order_id": string(o.Order.ID), "order_code": o.Order.Code, "session": string(pay.ID)}
	locale := locales[o.Lang]
	if locale == "" {
		locale = "auto"
	}
	p := &stripe.CheckoutSessionParams{
		Mode:               stripe.String(string(stripe.CheckoutSessionModePayment)),
		LineItems:          items,
		ClientReferenceID:  stripe.String(string(pay.ID)),
		ExpiresAt:          stripe.Int64(from.Add(life).Unix()),
		Locale:             stripe.String(locale),
		SuccessURL:         stripe.String(o.Return),
		CancelURL:          stripe.String(o.Return),
		PaymentMethodTypes: []*string{stripe.String(pay.Method)},
		// A session's metadata is not copied to the PaymentIntent, and refunds and disputes show only the latter.
		PaymentIntentData: &stripe.CheckoutSessionPaymentIntentDataParams{Metadata: names},
	}
	if o.Order.Code != "" {
		p.PaymentIntentData.Description = stripe.String(o.Order.Code)
	}
	if pay.Method == "wechat_pay" {
		p.PaymentMethodOptions = &stripe.CheckoutSessionPaymentMethodOptionsParams{
			WeChatPay: &stripe.CheckoutSessionPaymentMethodOptionsWeChatPayParams{Client: stripe.String("web")},
		}
	}
	p.Metadata = names
	p.SetIdempotencyKey("cs:" + pay.Key)
	return p, nil
}

// lineItems is the title with the price, and the fee where there is one; together exactly the payment's total.
func lineItems(o checkout.Opening) ([]*stripe.CheckoutSessionLineItemParams, error) {
	total, currency, err := toStripe(o.Payment.Total)
	if err != nil {
		return nil, err
	}
	title := o.Title
	if title == "" {
		title = o.Order.Code
	}
	if title == "" {
		title = string(o.Payment.ID)
	}
	fee := int64(0)
	if f := o.Payment.Fee; f.Amount > 0 && f.Currency == o.Payment.Total.Currency {
		// A fee that Stripe cannot show by itself is part of the price.
		if n, _, err := toStripe(f); err == nil && n < total {
			fee = n
		}
	}
	items := []*stripe.CheckoutSessionLineItemParams{lineItem(title, total-fee, currency)}
	if fee > 0 {
		items = append(items, lineItem(feeNames.Pick(o.Lang), fee, currency))
	}
	return items, nil
}

func lineItem(name string, amount int64, currency string) *stripe.CheckoutSessionLineItemParams {
	if utf8.RuneCountInString(name) > maxTitle {
		name = string([]rune(name)[:maxTitle-1]) + "…"
	}
	return &stripe.CheckoutSessionLineItemParams{
		Quantity: stripe.Int64(1),
		PriceData: &stripe.CheckoutSessionLineItemPriceDataParams{
			Currency: stripe.String(currency), UnitAmount: stripe.Int64(amount),
			ProductData: &stripe.CheckoutSessionLineItemPriceDataProductDataParams{Name: stripe.String(name)},
		},
	}
}

// Lookup retrieves the payment's session. No error of it is a final no.
func (g *Gateway) Lookup(ctx context.Context, p tickets.Payment) (checkout.Standing, error) {
	if p.Remote == "" {
		return checkout.Standing{State: checkout.StandingAbsent}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	params := &stripe.CheckoutSessionParams{}
	params.Context = ctx
	params.AddExpand("payment_intent.latest_charge") // it knows the card's brand and last four digits
	s, err := g.sessions.Get(p.Remote, params)
	if absent(err) {
		return checkout.Standing{State: checkout.StandingAbsent}, nil
	}
	if err != nil {
		return checkout.Standing{}, fmt.Errorf("retrieve stripe session of %s: %w", p.ID, plain(err))
	}
	st, err := parseState(s.LastResponse.RawJSON)
	if err != nil {
		return checkout.Standing{}, fmt.Errorf("retrieve stripe session of %s: %s", p.ID, err.Error()) // not a final no
	}
	if st.ID != p.Remote {
		return checkout.Standing{}, fmt.Errorf("retrieve stripe session of %s: the answer is about %s", p.ID, st.ID)
	}
	out, err := st.standing(clean(s.LastResponse.RawJSON))
	if err == nil && out.State == checkout.StandingAsync {
		out.State, out.Reason = g.settling(ctx, st)
	}
	return out, err
}

// settling tells a method that has not settled yet from one that failed: the session is complete and unpaid in both,
// the PaymentIntent is not. When it cannot be asked, waiting is right.
func (g *Gateway) settling(ctx context.Context, s state) (checkout.StandingState, string) {
	if s.PaymentIntent == "" {
		return checkout.StandingAsync, ""
	}
	params := &stripe.PaymentIntentParams{}
	params.Context = ctx
	pi, err := g.intents.Get(string(s.PaymentIntent), params)
	if err != nil {
		g.c.Log.InfoContext(ctx, "stripe payment intent not retrieved", "remote", s.ID, "error", plain(err))
		return checkout.StandingAsync, ""
	}
	switch pi.Status {
	case stripe.PaymentIntentStatusRequiresPaymentMethod, stripe.PaymentIntentStatusCanceled:
		if e := pi.LastPaymentError; e != nil {
			return checkout.StandingFailed, e.Msg
		}
		return checkout.StandingFailed, string(pi.Status)
	default:
		return checkout.StandingAsync, ""
	}
}

// Close expires the payment's session and tells how it stands afterwards. What the expire call answers is not believed,
// neither a yes nor a no: "only open sessions can be expired" is also what one hears of a session that was just paid.
// No error of it is a final no.
func (g *Gateway) Close(ctx context.Context, p tickets.Payment) (checkout.Standing, error) {
	if p.Remote == "" {
		return checkout.Standing{State: checkout.StandingAbsent}, nil
	}
	expired := g.expire(ctx, p)
	st, err := g.Lookup(ctx, p)
	if err != nil {
		return st, errors.Join(err, expired)
	}
	if st.State == checkout.StandingOpen && expired != nil {
		g.c.Log.WarnContext(ctx, "stripe session not closed", "session", string(p.ID), "remote", p.Remote, "error", expired)
	}
	return st, nil
}

func (g *Gateway) expire(ctx context.Context, p tickets.Payment) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	// Without a key of ours: Stripe would repeat a stored 500 for a day. Expiring twice does no harm.
	params := &stripe.CheckoutSessionExpireParams{}
	params.Context = ctx
	if _, err := g.sessions.Expire(p.Remote, params); err != nil {
		return fmt.Errorf("expire stripe session of %s: %w", p.ID, plain(err))
	}
	return nil
}
