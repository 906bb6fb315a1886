// Package metrics is what the shop counts, for Prometheus. It hears of things through plain functions that cmd hands to
// the desk, the bot, the dispatcher and the server, so that none of them knows Prometheus:
//
//	m, err := metrics.New(metrics.Config{Store: store, Log: log})
//	desk.Observe = checkout.Observer{Placed: m.Placed, Captured: m.Captured, Noticed: m.Noticed}
//	site.Observe = func(s web.Seen) { m.Requested(s.Route, s.Method, s.Status, s.Took) }
//	site.Metrics = m.Handler() // for tokens; or on an address of its own, without
//
// Two sorts of numbers: counters and histograms of what happened in this process, and gauges read from the store when
// somebody asks (orders by stage, live holds, what waits), which are cheap by the store's contract.
//
// Labels have few values: routes are patterns, and names of methods are the Bot API's. No id is ever a label.
package metrics

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"boxoffice/tickets"
)

// Config is what metrics need.
type Config struct {
	Store    tickets.Store
	Registry *prometheus.Registry // nil is a new one, with the process's and Go's own numbers
	Version  string               // of the program; "" is not shown
	Log      *slog.Logger
}

// Metrics counts. Its functions are safe for concurrent use.
type Metrics struct {
	registry   *prometheus.Registry
	log        *slog.Logger
	placed     *prometheus.CounterVec
	captured   *prometheus.CounterVec
	money      *prometheus.CounterVec
	notices    *prometheus.HistogramVec
	requests   *prometheus.HistogramVec
	telegram   *prometheus.HistogramVec
	updates    *prometheus.HistogramVec
	acked      prometheus.Histogram
	deliveries *prometheus.HistogramVec
	jobs       *prometheus.HistogramVec
}

// buckets are seconds: from what a page takes to what a provider may.
var buckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// New makes and registers everything. It fails when the registry has a collector of the same name. It does no I/O.
func New(c Config) (*Metrics, error) {
	if c.Store == nil || c.Log == nil {
		return nil, errors.New("metrics: Store and Log are required")
	}
	m := &Metrics{registry: c.Registry, log: c.Log}
	if m.registry == nil {
		m.registry = prometheus.NewRegistry()
		m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	}
	m.placed = counter("orders_placed_total", "Orders placed.", "channel")
	m.captured = counter("captures_total", "Money that arrived, by what became of it.", "gateway", "disposition", "currency")
	m.money = counter("captured_minor_units_total", "Money that pays for orders, in minor units (ISO 4217).", "gateway", "currency")
	m.notices = histogram("notice_seconds", "Notices of payment providers, by outcome: from arrival to durable and judged.", "gateway", "outcome")
	m.requests = histogram("http_request_seconds", "Requests answered, by route.", "route", "method", "status")
	m.telegram = histogram("telegram_call_seconds", "Calls to the Bot API.", "method", "outcome")
	m.updates = histogram("telegram_update_seconds", "Updates of the chat platform: from arrival to done.", "outcome")
	m.acked = prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: namespace, Name: "telegram_ack_seconds", Help: "Webhook updates: from arrival to durable and answered.", Buckets: buckets,
	})
	m.deliveries = histogram("delivery_seconds", "Messages tried, by kind and the state after: from being due to the attempt.", "kind", "state")
	m.jobs = histogram("job_seconds", "Passes that run by the clock.", "job", "outcome")
	all := []prometheus.Collector{
		m.placed, m.captured, m.money, m.notices, m.requests, m.telegram, m.updates, m.acked, m.deliveries, m.jobs, &counts{store: c.Store, log: c.Log},
	}
	if c.Version != "" {
		info := prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: namespace, Name: "build_info", Help: "The program.", ConstLabels: prometheus.Labels{"version": c.Version},
		})
		info.Set(1)
		all = append(all, info)
	}
	for _, x := range all {
		if err := m.registry.Register(x); err != nil {
			return nil, err
		}
	}
	return m, nil
}

const namespace = "boxoffice"

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

func histogram(name, help string, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
}

// Handler answers GET /metrics. It asks for no token: mount it on an address of its own, or behind one.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorLog: errorLog{m.log}, ErrorHandling: promhttp.ContinueOnError})
}

// errorLog is what promhttp complains to.
type errorLog struct{ log *slog.Logger }

// Println logs one complaint.
func (e errorLog) Println(v ...any) {
	for _, x := range v {
		if err, ok := x.(error); ok {
			e.log.Warn("metrics not complete", "error", err)
		}
	}
}

// Placed is for checkout.Observer.
func (m *Metrics) Placed(o tickets.Order) { m.placed.WithLabelValues(string(o.Channel)).Inc() }

// Captured is for checkout.Observer.
func (m *Metrics) Captured(c tickets.Capture) {
	m.captured.WithLabelValues(c.Gateway, string(c.Disposition), string(c.Amount.Currency)).Inc()
	if c.Applied > 0 {
		m.money.WithLabelValues(c.Gateway, string(c.Amount.Currency)).Add(float64(c.Applied))
	}
}

// Noticed is for checkout.Observer.
func (m *Metrics) Noticed(gateway, outcome string, took time.Duration) {
	m.notices.WithLabelValues(gateway, outcome).Observe(took.Seconds())
}

// Requested hears of an answered request; route is "" when no route took it.
func (m *Metrics) Requested(route, method string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Observe(took.Seconds())
}

// Called hears of a call to the Bot API: its method, and an outcome of few values such as "ok", "429" or "timeout".
func (m *Metrics) Called(method, outcome string, took time.Duration) {
	m.telegram.WithLabelValues(method, outcome).Observe(took.Seconds())
}

// Updated hears of an update that was worked on: outcome is of few values such as "ok" or "error".
func (m *Metrics) Updated(outcome string, took time.Duration) {
	m.updates.WithLabelValues(outcome).Observe(took.Seconds())
}

// Acked hears of a webhook update that was stored and answered.
func (m *Metrics) Acked(took time.Duration) { m.acked.Observe(took.Seconds()) }

// Delivered hears of an attempt to deliver: the state after it, and how late it was.
func (m *Metrics) Delivered(kind string, state tickets.DeliveryState, late time.Duration) {
	m.deliveries.WithLabelValues(kind, string(state)).Observe(max(late, 0).Seconds())
}

// Ran hears of a pass: how long it took, how much it did, and what went wrong.
func (m *Metrics) Ran(job string, took time.Duration, _ int, err error) {
	outcome := "ok"
	if err != nil {
		outcome = "error"
	}
	m.jobs.WithLabelValues(job, outcome).Observe(took.Seconds())
}

// countsWithin bounds the reading of the store's counts.
const countsWithin = 2 * time.Second

// counts reads the store's counts at each scrape.
type counts struct {
	store tickets.Store
	log   *slog.Logger
}

var (
	ordersDesc     = prometheus.NewDesc("boxoffice_orders", "Orders by stage.", []string{"stage"}, nil)
	holdsDesc      = prometheus.NewDesc("boxoffice_live_holds", "Holds whose places are counted as held.", nil, nil)
	incomingDesc   = prometheus.NewDesc("boxoffice_incoming_pending", "Updates stored and not done.", nil, nil)
	noticesDesc    = prometheus.NewDesc("boxoffice_notices_pending", "Notices stored and not judged.", nil, nil)
	deliveriesDesc = prometheus.NewDesc("boxoffice_deliveries_pending", "Deliveries not final.", nil, nil)
	readableDesc   = prometheus.NewDesc("boxoffice_store_readable", "1 when the store could be read for this answer.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c *counts) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{ordersDesc, holdsDesc, incomingDesc, noticesDesc, deliveriesDesc, readableDesc} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. When the store cannot be read it says so, and leaves its numbers out: a zero
// would be a lie.
func (c *counts) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), countsWithin)
	defer cancel()
	var n tickets.Counts
	err := c.store.View(ctx, func(r tickets.Reader) (err error) {
		n, err = r.Counts()
		return err
	})
	if err != nil {
		c.log.Warn("store not counted", "error", err)
		ch <- prometheus.MustNewConstMetric(readableDesc, prometheus.GaugeValue, 0)
		return
	}
	ch <- prometheus.MustNewConstMetric(readableDesc, prometheus.GaugeValue, 1)
	for stage, count := range n.Orders {
		ch <- prometheus.MustNewConstMetric(ordersDesc, prometheus.GaugeValue, float64(count), string(stage))
	}
	for desc, v := range map[*prometheus.Desc]int64{
		holdsDesc: n.LiveHolds, incomingDesc: n.IncomingPending, noticesDesc: n.NoticesPending, deliveriesDesc: n.DeliveriesPending,
	} {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(v))
	}
}
