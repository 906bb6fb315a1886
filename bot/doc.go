// Package bot is the shop's door on Telegram: it takes updates in, holds the conversation with customers and staff, and
// is the only sender of messages. It translates and does not decide; the verbs are package checkout's.
//
// The way of an update:
//
//	Telegram ── webhook ──► Door ──┐
//	         ── getUpdates ► Poller┴► Inbox.Accept: committed to the store, once per update_id, then answered
//	                                      │ in order per chat and per person, many chats at once
//	                                      ▼
//	                                   Handler (the conversation) ──► checkout
//	                                      │
//	                                      ▼
//	                                   Sender ──► Client ──► Bot API
//
// An update is acknowledged only after it is durable, and is marked done only after its handler returned: what stops in
// between is handled again after the restart. Handlers are therefore written so that handling twice does no harm.
//
// [Sender] keeps to Telegram's limits (per chat, per group, for bulk), obeys every retry_after, lets the newest edit of a
// message win, notices who cannot be reached, and falls back to a plainer form where a Bot API refuses newer fields.
//
// Of github.com/go-telegram/bot only the models and the calls are used. Its webhook handler acknowledges before the work
// is safe, its dispatcher keeps no order inside a chat and contains no panics; [Door], [Poller] and [Inbox] take their
// place.
//
// [Bot] is the conversation. A person has one live message, which each press edits (live.go); a button says the whole
// move (data.go) and is checked against its flow, version and owner, so that nothing depends on the memory of a process.
// It also renders deliveries: it is notify's Sender (message.go).
//
// Wiring, in short:
//
//	client, err := bot.NewClient(bot.ClientConfig{Token: token, URL: apiURL, Log: log})
//	sender, err := bot.NewSender(bot.SenderConfig{Client: client, Store: store, Log: log})
//	conversation, err := bot.New(bot.Config{Desk: desk, Store: store, Sender: sender, Username: client.Username, …})
//	inbox, err := bot.NewInbox(bot.InboxConfig{Bot: client.ID(), Store: store, Handler: conversation, Log: log})
//	door, err := bot.NewDoor(bot.DoorConfig{Secret: secret, Inbox: inbox, Log: log})
//	mux.Handle("POST /webhooks/telegram", door)
//	go inbox.Run(ctx)
//	go setup.Run(ctx)
package bot
