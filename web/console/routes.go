package console

import (
	"boxoffice/tickets"
	"boxoffice/tickets/qr"
)

// Acts that are no act of a role.
const (
	anyone tickets.Act = ""       // also who has not signed in
	member tickets.Act = "member" // every member
	own    tickets.Act = "own"    // every member, also who must change their password first
)

// route is one row of the table: who may, and what happens.
type route struct {
	pattern string
	act     tickets.Act
	proof   bool // the member must have proved within proofLife who they are: money, roles, secrets
	serve   handler
	body    int64 // the most bytes that it takes; 0 is maxForm
}

// routes has every route of the console. A row that is not here is not reachable.
func (k *Console) routes() []route {
	return []route{
		// Signing in, and the member's own things.
		{pattern: "GET /console/login", act: anyone, serve: loginForm},
		{pattern: "POST /console/login", act: anyone, serve: login},
		{pattern: "POST /console/logout", act: own, serve: logout},
		{pattern: "GET /console/login/second", act: anyone, serve: secondForm},
		{pattern: "POST /console/login/second", act: anyone, serve: second},
		{pattern: "POST /console/login/passkey/ask", act: anyone, serve: passkeyAsk},
		{pattern: "POST /console/login/passkey", act: anyone, serve: passkeyLogin},
		{pattern: "GET /console/login/link", act: anyone, serve: linkForm},
		{pattern: "POST /console/login/link", act: anyone, serve: linkAsk},
		{pattern: "GET /console/login/link/{token}", act: anyone, serve: linkOpen},
		{pattern: "POST /console/login/link/{token}", act: anyone, serve: linkTake},
		{pattern: "GET /console/prove", act: member, serve: proveForm},
		{pattern: "POST /console/prove", act: member, serve: prove},
		{pattern: "POST /console/prove/passkey/ask", act: member, serve: passkeyAsk},
		{pattern: "POST /console/prove/passkey", act: member, serve: passkeyProve},
		{pattern: "GET /console/me", act: member, serve: me},
		{pattern: "POST /console/me/look", act: member, serve: meLook},
		{pattern: "GET /console/me/password", act: own, serve: mePasswordForm},
		{pattern: "POST /console/me/password", act: own, serve: mePassword},
		{pattern: "GET /console/me/totp", act: member, proof: true, serve: totpForm},
		{pattern: "GET /console/me/totp.png", act: member, proof: true, serve: totpPicture},
		{pattern: "POST /console/me/totp", act: member, proof: true, serve: totpAdd},
		{pattern: "POST /console/me/totp/remove", act: member, proof: true, serve: totpRemove},
		{pattern: "POST /console/me/recovery", act: member, proof: true, serve: recoveryNew},
		{pattern: "GET /console/me/passkeys/new", act: member, proof: true, serve: passkeyNew},
		{pattern: "POST /console/me/passkeys/ask", act: member, proof: true, serve: passkeyBegin},
		{pattern: "POST /console/me/passkeys", act: member, proof: true, serve: passkeyAdd},
		{pattern: "POST /console/me/passkeys/{at}/remove", act: member, proof: true, serve: passkeyRemove},
		{pattern: "POST /console/me/sign-ins", act: member, serve: signInEnd},

		// Today and trends.
		{pattern: "GET /console/{$}", act: member, serve: home},
		{pattern: "GET /console/live/counts", act: member, serve: (*visit).liveCounts},
		{pattern: "GET /console/trends", act: tickets.ActToday, serve: trends},
		{pattern: "GET /console/trends/picture/{name}", act: tickets.ActToday, serve: trendPicture},
		{pattern: "GET /console/trends/numbers.csv", act: tickets.ActToday, serve: trendsCSV},

		// Orders: the lists.
		{pattern: "GET /console/orders", act: tickets.ActOrders, serve: orderList},
		{pattern: "GET /console/orders/export", act: tickets.ActOrders, serve: orderExport},
		{pattern: "GET /console/orders/views", act: tickets.ActOrders, serve: viewList},
		{pattern: "POST /console/orders/views", act: tickets.ActOrders, serve: viewSave},
		{pattern: "POST /console/orders/views/{id}", act: tickets.ActOrders, serve: viewChange},
		{pattern: "POST /console/orders/views/shared", act: actShareViews, serve: viewShare},
		{pattern: "POST /console/orders/views/shared/{id}", act: actShareViews, serve: viewChangeShared},

		// One order, and what can be done with it.
		{pattern: "GET /console/orders/{id}", act: tickets.ActOrders, serve: orderShow},
		{pattern: "GET /console/orders/{id}/live", act: tickets.ActOrders, serve: orderLive},
		{pattern: "GET /console/orders/{id}/do/cancel", act: tickets.ActAsk, serve: orderCancelForm},
		{pattern: "POST /console/orders/{id}/do/cancel", act: tickets.ActAsk, serve: orderCancel},
		{pattern: "GET /console/orders/{id}/do/refund", act: tickets.ActAsk, proof: true, serve: orderRefundForm},
		{pattern: "POST /console/orders/{id}/do/refund", act: tickets.ActAsk, proof: true, serve: orderRefund},
		{pattern: "GET /console/orders/{id}/refunds/{refund}", act: tickets.ActRefund, proof: true, serve: orderDecideForm},
		{pattern: "POST /console/orders/{id}/refunds/{refund}", act: tickets.ActRefund, proof: true, serve: orderDecide},
		{pattern: "GET /console/orders/{id}/do/paid", act: tickets.ActMoney, proof: true, serve: orderPaidForm},
		{pattern: "POST /console/orders/{id}/do/paid", act: tickets.ActMoney, proof: true, serve: orderPaid},
		{pattern: "GET /console/orders/{id}/do/issue", act: tickets.ActIssue, serve: orderIssueForm},
		{pattern: "POST /console/orders/{id}/do/issue", act: tickets.ActIssue, serve: orderIssue},
		{pattern: "GET /console/orders/{id}/do/move", act: tickets.ActIssue, serve: orderMoveForm},
		{pattern: "POST /console/orders/{id}/do/move", act: tickets.ActIssue, serve: orderMove},
		{pattern: "GET /console/orders/{id}/tickets/{ticket}/reissue", act: tickets.ActIssue, serve: orderReissueForm},
		{pattern: "POST /console/orders/{id}/tickets/{ticket}/reissue", act: tickets.ActIssue, serve: orderReissue},
		{pattern: "GET /console/orders/{id}/do/resend", act: actResend, serve: orderResendForm},
		{pattern: "POST /console/orders/{id}/do/resend", act: actResend, serve: orderResend},
		{pattern: "POST /console/orders/{id}/messages/{message}/resend", act: actResend, serve: orderMessageResend},
		{pattern: "POST /console/orders/{id}/do/note", act: tickets.ActAsk, serve: orderNote},

		// Money: refunds, disputes, cases.
		{pattern: "GET /console/refunds", act: tickets.ActOrders, serve: refundList},
		{pattern: "GET /console/refunds/{refund}", act: tickets.ActOrders, serve: refundShow},
		{pattern: "GET /console/disputes", act: tickets.ActOrders, serve: disputeList},
		{pattern: "GET /console/disputes/{dispute}", act: tickets.ActOrders, serve: disputeShow},
		{pattern: "GET /console/disputes/{dispute}/evidence", act: tickets.ActAsk, serve: disputeEvidence},
		{pattern: "GET /console/cases", act: tickets.ActAsk, serve: caseList},
		{pattern: "GET /console/cases/{case}", act: tickets.ActAsk, serve: caseShow},
		{pattern: "POST /console/cases/{case}/take", act: tickets.ActAsk, serve: caseTake},
		{pattern: "POST /console/cases/{case}/give-back", act: tickets.ActAsk, serve: caseGiveBack},
		{pattern: "GET /console/cases/{case}/approve", act: tickets.ActRefund, proof: true, serve: deedForm("approve")},
		{pattern: "POST /console/cases/{case}/approve", act: tickets.ActRefund, proof: true, serve: deedDo("approve")},
		{pattern: "GET /console/cases/{case}/reject", act: tickets.ActRefund, proof: true, serve: deedForm("reject")},
		{pattern: "POST /console/cases/{case}/reject", act: tickets.ActRefund, proof: true, serve: deedDo("reject")},
		{pattern: "GET /console/cases/{case}/retry", act: tickets.ActRefund, proof: true, serve: deedForm("retry")},
		{pattern: "POST /console/cases/{case}/retry", act: tickets.ActRefund, proof: true, serve: deedDo("retry")},
		{pattern: "GET /console/cases/{case}/settle", act: tickets.ActMoney, proof: true, serve: deedForm("settle")},
		{pattern: "POST /console/cases/{case}/settle", act: tickets.ActMoney, proof: true, serve: deedDo("settle")},
		{pattern: "GET /console/cases/{case}/return", act: tickets.ActRefund, proof: true, serve: deedForm("return")},
		{pattern: "POST /console/cases/{case}/return", act: tickets.ActRefund, proof: true, serve: deedDo("return")},
		{pattern: "GET /console/cases/{case}/keep", act: tickets.ActMoney, proof: true, serve: deedForm("keep")},
		{pattern: "POST /console/cases/{case}/keep", act: tickets.ActMoney, proof: true, serve: deedDo("keep")},
		{pattern: "GET /console/cases/{case}/use", act: tickets.ActMoney, proof: true, serve: deedForm("use")},
		{pattern: "POST /console/cases/{case}/use", act: tickets.ActMoney, proof: true, serve: deedDo("use")},
		{pattern: "GET /console/cases/{case}/move", act: tickets.ActMoney, proof: true, serve: deedForm("move")},
		{pattern: "POST /console/cases/{case}/move", act: tickets.ActMoney, proof: true, serve: deedDo("move")},
		{pattern: "GET /console/cases/{case}/give", act: tickets.ActRefund, proof: true, serve: deedForm("give")},
		{pattern: "POST /console/cases/{case}/give", act: tickets.ActRefund, proof: true, serve: deedDo("give")},
		{pattern: "GET /console/cases/{case}/leave", act: tickets.ActRefund, proof: true, serve: deedForm("leave")},
		{pattern: "POST /console/cases/{case}/leave", act: tickets.ActRefund, proof: true, serve: deedDo("leave")},
		{pattern: "GET /console/cases/{case}/end", act: tickets.ActRefund, proof: true, serve: deedForm("end")},
		{pattern: "POST /console/cases/{case}/end", act: tickets.ActRefund, proof: true, serve: deedDo("end")},
		{pattern: "GET /console/cases/{case}/issue", act: tickets.ActIssue, proof: true, serve: deedForm("issue")},
		{pattern: "POST /console/cases/{case}/issue", act: tickets.ActIssue, proof: true, serve: deedDo("issue")},
		{pattern: "GET /console/cases/{case}/paid", act: tickets.ActMoney, proof: true, serve: deedForm("paid")},
		{pattern: "POST /console/cases/{case}/paid", act: tickets.ActMoney, proof: true, serve: deedDo("paid")},
		{pattern: "GET /console/cases/{case}/unpaid", act: tickets.ActRefund, proof: true, serve: deedForm("unpaid")},
		{pattern: "POST /console/cases/{case}/unpaid", act: tickets.ActRefund, proof: true, serve: deedDo("unpaid")},
		{pattern: "GET /console/cases/{case}/match", act: tickets.ActMoney, proof: true, serve: caseMatchForm},
		{pattern: "POST /console/cases/{case}/match", act: tickets.ActMoney, proof: true, serve: caseMatch},
		{pattern: "GET /console/refunds/{refund}/unsettle", act: tickets.ActMoney, proof: true, serve: refundUnsettleForm},
		{pattern: "POST /console/refunds/{refund}/unsettle", act: tickets.ActMoney, proof: true, serve: refundUnsettle},

		// Tickets, messages, notices, customers.
		{pattern: "GET /console/search", act: tickets.ActOrders, serve: search},
		{pattern: "GET /console/tickets", act: tickets.ActOrders, serve: ticketList},
		{pattern: "GET /console/customers", act: tickets.ActOrders, serve: customerList},
		{pattern: "GET /console/customers/{id}", act: tickets.ActOrders, serve: customerShow},
		{pattern: "GET /console/customers/{id}/data.json", act: tickets.ActPersonal, proof: true, serve: customerData},
		{pattern: "GET /console/customers/{id}/erase", act: tickets.ActPersonal, proof: true, serve: customerEraseForm},
		{pattern: "POST /console/customers/{id}/erase", act: tickets.ActPersonal, proof: true, serve: customerErase},
		{pattern: "GET /console/messages", act: tickets.ActOrders, serve: messageList},
		{pattern: "GET /console/messages/resend", act: actResend, serve: messagesResendForm},
		{pattern: "POST /console/messages/resend", act: actResend, serve: messagesResend},
		{pattern: "POST /console/messages/{id}/resend", act: actResend, serve: messageResend},
		{pattern: "GET /console/notices", act: tickets.ActOrders, serve: noticeList},
		{pattern: "GET /console/notices/{id}", act: tickets.ActOrders, serve: noticeShow},
		{pattern: "POST /console/notices/{id}/replay", act: actReplay, serve: noticeReplay},

		// Calendar and catalog.
		{pattern: "GET /console/calendar", act: tickets.ActToday, serve: calendarMonth},
		{pattern: "GET /console/calendar/{date}", act: tickets.ActToday, serve: calendarDay},
		{pattern: "GET /console/calendar/edit", act: tickets.ActCatalog, serve: calendarEditForm},
		{pattern: "GET /console/calendar/close", act: tickets.ActCatalog, proof: true, serve: calendarCloseForm},
		{pattern: "POST /console/calendar/close", act: tickets.ActCatalog, proof: true, serve: calendarClose},
		{pattern: "GET /console/calendar/closings/{id}", act: tickets.ActToday, serve: closingShow},
		{pattern: "GET /console/calendar/closings/{id}/live", act: tickets.ActToday, serve: closingLive},
		{pattern: "GET /console/calendar/closings/{id}/hurry", act: tickets.ActRefund, proof: true, serve: closingHurryForm},
		{pattern: "POST /console/calendar/closings/{id}/hurry", act: tickets.ActRefund, proof: true, serve: closingHurry},
		{pattern: "GET /console/catalog", act: tickets.ActToday, serve: catalogList},
		{pattern: "GET /console/catalog/catalog.yaml", act: tickets.ActToday, serve: catalogDownload},
		{pattern: "GET /console/catalog/file", act: tickets.ActCatalog, serve: catalogFileForm},
		{pattern: "POST /console/catalog/file", act: tickets.ActCatalog, body: 2 * maxCatalogFile, serve: catalogFile},
		{pattern: "POST /console/catalog/apply", act: tickets.ActCatalog, body: 4 * maxCatalogFile, serve: catalogApply},
		{pattern: "GET /console/catalog/new", act: tickets.ActCatalog, serve: catalogNew},
		{pattern: "POST /console/catalog/new", act: tickets.ActCatalog, body: maxCatalogFile, serve: catalogProductEdit},
		{pattern: "GET /console/catalog/products/{id}", act: tickets.ActToday, serve: catalogProduct},
		{pattern: "POST /console/catalog/products/{id}", act: tickets.ActCatalog, body: maxCatalogFile, serve: catalogProductEdit},
		{pattern: "POST /console/catalog/products/{id}/order", act: tickets.ActCatalog, serve: catalogOrder},
		{pattern: "GET /console/catalog/pools", act: tickets.ActToday, serve: catalogPools},
		{pattern: "POST /console/catalog/pools", act: tickets.ActCatalog, body: maxCatalogFile, serve: catalogPoolsEdit},
		{pattern: "POST /console/calendar/edit", act: tickets.ActCatalog, serve: calendarEdit},

		// The gate.
		{pattern: "GET /console/gate", act: tickets.ActAdmit, serve: gate},
		{pattern: "POST /console/gate/place", act: tickets.ActAdmit, serve: gatePlace},
		{pattern: "POST /console/gate/scan", act: tickets.ActAdmit, body: qr.MaxPicture + maxForm, serve: gateScan},
		{pattern: "POST /console/gate/admit", act: tickets.ActAdmit, serve: gateAdmit},
		{pattern: "GET /console/gate/undo", act: tickets.ActAdmit, serve: gateUndoForm},
		{pattern: "POST /console/gate/undo", act: tickets.ActAdmit, serve: gateUndo},
		{pattern: "GET /console/gate/visitors", act: tickets.ActAdmit, serve: gateVisitors},

		// Settings, members, the log.
		{pattern: "GET /console/settings", act: tickets.ActSettings, serve: settings},
		{pattern: "POST /console/settings/link", act: tickets.ActLink, proof: true, serve: settingsLink},
		{pattern: "GET /console/settings/gateways", act: tickets.ActSettings, serve: gateways},
		{pattern: "POST /console/settings/gateways/{name}/test", act: tickets.ActSettings, serve: gatewayTest},
		{pattern: "GET /console/settings/tokens", act: tickets.ActSettings, serve: tokens},
		{pattern: "GET /console/settings/tokens/new", act: tickets.ActSettings, proof: true, serve: tokenNew},
		{pattern: "POST /console/settings/tokens", act: tickets.ActSettings, proof: true, serve: tokenAdd},
		{pattern: "POST /console/settings/tokens/{id}/remove", act: tickets.ActSettings, proof: true, serve: tokenRemove},
		{pattern: "GET /console/settings/texts", act: tickets.ActSettings, serve: texts},
		{pattern: "POST /console/settings/texts", act: tickets.ActSettings, serve: textsSave},
		{pattern: "GET /console/settings/privacy", act: tickets.ActSettings, serve: privacy},
		{pattern: "GET /console/log", act: tickets.ActLog, serve: actLog},
		{pattern: "GET /console/log/export", act: tickets.ActLog, proof: true, serve: actLogExport},
		{pattern: "GET /console/members", act: tickets.ActInvite, serve: members},
		{pattern: "GET /console/members/new", act: tickets.ActInvite, proof: true, serve: memberNew},
		{pattern: "POST /console/members", act: tickets.ActInvite, proof: true, serve: memberAdd},
		{pattern: "POST /console/members/invite", act: tickets.ActInvite, proof: true, serve: memberInvite},
		{pattern: "GET /console/members/{id}", act: tickets.ActInvite, proof: true, serve: memberShow},
		{pattern: "POST /console/members/{id}/role", act: tickets.ActInvite, proof: true, serve: memberRole},
		{pattern: "POST /console/members/{id}/password", act: tickets.ActInvite, proof: true, serve: memberPassword},
		{pattern: "POST /console/members/{id}/remove", act: tickets.ActInvite, proof: true, serve: memberRemove},
	}
}
