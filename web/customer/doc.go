// Package customer is the shop's pages for customers:
//
//	GET /o/{token}        an order's status: what we wait for, the time left, the tickets, the way back to the chat.
//	                      Gateways send the browser here; what it then says is what the provider answered, never
//	                      what the browser claims
//	GET /o/{token}.json   the same in a few words, which the page's script asks for until something changes
//	GET /T/{text}         a ticket's page, by the signed text that its QR holds; in any case of letters
//	GET /T/{text}.png     its QR, size pixels wide (120 to 1024)
//	GET /t/{ticket_code}  the same page by a ticket's code, for members and programs only: codes are typed and guessed
//	GET /                 the shop's name and the way to its chat
//	GET /assets/{name}    the pages' style and script
//
// Whoever has the address of a ticket or an order may see it; that is what the 64 signed bytes and 128 secret bits in
// them are for. Unknown, forged and foreign ones are answered alike, with the same page and 404.
//
// Pages work without script, follow light and dark, fit a phone of 360 pixels and print on A6 and A4. They load
// nothing from elsewhere. They speak the customer's language, or what ?lang= says.
//
// What this package is not: it changes nothing, but for asking the provider how a payment stands.
package customer
