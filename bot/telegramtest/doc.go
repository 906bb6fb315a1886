// Package telegramtest is a Telegram Bot API inside this process, for tests and for the demo.
//
// A [Server] speaks the wire protocol of https://core.telegram.org/bots/api to one bot: the same paths, encodings,
// refusals and words, webhooks with retries and per-chat order, true long polling. Any client library works against it
// when told its address. On the other side stands the typed driver: [User] and [Chat] are the people and the rooms the
// bot talks to.
//
//	tg := telegramtest.Start(t, telegramtest.Options{})
//	go runBot(tg.URL(), tg.Token())
//	mei := tg.AddUser(telegramtest.Profile{FirstName: "Mei", LanguageCode: "zh-hans"})
//	mei.Send("/start")
//	mei.Press("Buy")                        // waits for a message with such a button
//	mei.WaitForText("How many?")
//	fmt.Println(mei.Chat().Transcript())
//	// at the end Start has the test fail for everything in tg.Problems()
//
// [Server.Inject] makes calls fail on demand, [Server.Calls] lists what the bot called, [NewPage] serves the chats to a
// browser, [Server.Save] keeps them in a file.
//
// It is not a Telegram client and not a proxy: nothing leaves the machine. Rules that Telegram keeps secret (flood
// limits, how long a callback lives) are modelled with round numbers, off or configurable. Parse mode HTML is complete;
// Markdown modes are refused, and so are payments, stickers, polls and everything else a ticket shop does not send:
// an unknown method answers 404 as Telegram does.
package telegramtest
