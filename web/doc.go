// Package web is the shop's HTTP server: it puts the rooms together (customer pages, the JSON API), adds health,
// metrics and the doors that others made (Telegram's webhook, the notices of payment providers, the sandbox's payment
// page), and wraps all of them in what every request gets: an id, a line in the log, headers that keep browsers strict,
// a limit on its body, and an answer even when a handler panics.
//
// Secrets in addresses (status pages, tickets) never reach the log.
//
//	h, err := web.New(web.Config{Customer: pages, API: a, PublicURL: url, Log: log, Callback: desk.Callback()})
//	srv := web.Server(":8080", h)
//
// What this package is not: it renders nothing and knows no verbs. Pages are web/customer's, programs' answers are
// web/api's, numbers are web/metrics'.
package web
