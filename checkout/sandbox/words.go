package sandbox

// words are the page's texts in one language.
type words struct {
	Sandbox, Order, Fee, Left, Over, Pay, Decline, Back string
	Paid, Failed, Closed, Waiting, Planned              string
	Fold, FoldNote, Minutes                             string
	Later, Slow, SlowFail, Late                         string
	Twice, Less, More, Currency, Zero, Test, Silent     string
	Missing                                             string

	// BackFold a payment.
	BackFold, BackNote, Charge                                       string
	Dashboard, Whole, Half                                           string
	NextRefund, RefundSlow, RefundSlowFail, Bounce, Fail, Lost, Next string
	UnderWay, Settles, Returns                                       string
	Bank, Warn, Drop, Dispute, Review, Won, LostCase, Take, Bring    string
	Pending, Succeeded, FailedRefund                                 string
	Warning, Opened, Reading, WonState, LostState, Dropped           string
	Taken                                                            string
}

// wordsIn returns the texts of a language tag, English where there are none.
func wordsIn(lang string) (words, string) {
	if w, ok := catalogue[lang]; ok {
		return w, lang
	}
	return catalogue["en"], "en"
}

var catalogue = map[string]words{
	"en": {
		Sandbox: "Sandbox · no real money", Order: "Order", Fee: "of which fee", Left: "Time left",
		Over: "The time is over. The shop may give the places to somebody else.",
		Pay:  "Pay", Decline: "Decline", Back: "Back to the shop",
		Paid: "Paid", Failed: "Payment declined", Closed: "This payment page is closed",
		Waiting: "Your bank is working on it", Planned: "A payment is on its way",
		Fold: "Play the provider", FoldNote: "What payment providers do on bad days. These work in every state, on a closed page too.",
		Minutes: "Minutes", Later: "Pay then, if still open", Slow: "Slow bank: settles then", SlowFail: "Slow bank: fails then",
		Late: "Money arrives then, no matter what", Twice: "Pay twice", Less: "Pay half", More: "Pay a tenth more",
		Currency: "Pay in another currency", Zero: "Pay nothing", Test: "Pay with test-mode money",
		Silent: "Pay, but never tell the shop", Missing: "There is no such payment page.",

		BackFold: "Play the bank", BackNote: "Refunds and disputes: what the provider's staff and the customer's bank may do once the money is there.",
		Charge: "Charge", Dashboard: "In the provider's dashboard", Whole: "Refund all that is left", Half: "Refund half",
		NextRefund: "The shop's next refund", RefundSlow: "Slow: succeeds then", RefundSlowFail: "Slow: fails then", Bounce: "Succeeds, comes back then",
		Fail: "Fails at once", Lost: "Happens, the reply is lost", Next: "Next", UnderWay: "A refund under way", Settles: "Succeeds now", Returns: "Fails now",
		Bank: "The customer's bank", Warn: "Early fraud warning", Drop: "Drop the warning", Dispute: "Open a dispute", Review: "Read the evidence",
		Won: "Dispute won by the shop", LostCase: "Dispute lost by the shop", Take: "Withdraw the funds", Bring: "Reinstate the funds",
		Pending: "pending", Succeeded: "refunded", FailedRefund: "failed", Warning: "fraud warning", Opened: "disputed",
		Reading: "evidence sent", WonState: "dispute won", LostState: "dispute lost", Dropped: "warning dropped", Taken: "funds withdrawn",
	},
	"zh-Hans": {
		Sandbox: "模拟支付 · 不涉及真实资金", Order: "订单", Fee: "其中手续费", Left: "剩余时间",
		Over: "支付时间已过，商家可能会把名额让给其他人。",
		Pay:  "支付", Decline: "拒绝支付", Back: "返回商家",
		Paid: "已支付", Failed: "支付被拒绝", Closed: "此支付页面已关闭",
		Waiting: "银行正在处理", Planned: "一笔付款即将到账",
		Fold: "扮演支付机构", FoldNote: "支付机构在不顺利时会做的事。任何状态下都可以使用，页面关闭后也可以。",
		Minutes: "分钟", Later: "届时支付（若页面仍开放）", Slow: "慢速银行：届时到账", SlowFail: "慢速银行：届时失败",
		Late: "届时到账，无论如何", Twice: "支付两次", Less: "只付一半", More: "多付一成",
		Currency: "用其他货币支付", Zero: "支付零元", Test: "用测试模式的钱支付",
		Silent: "支付，但从不通知商家", Missing: "没有这个支付页面。",

		BackFold: "扮演银行", BackNote: "退款与争议：到账之后，支付机构员工和顾客的银行可能会做的事。",
		Charge: "扣款", Dashboard: "在支付机构后台", Whole: "退还全部余额", Half: "退还一半",
		NextRefund: "商家的下一笔退款", RefundSlow: "较慢：届时成功", RefundSlowFail: "较慢：届时失败", Bounce: "先成功，届时被退回",
		Fail: "立即失败", Lost: "已退款，但回复丢失", Next: "下一笔", UnderWay: "进行中的退款", Settles: "现在成功", Returns: "现在失败",
		Bank: "顾客的银行", Warn: "欺诈预警", Drop: "撤销预警", Dispute: "发起争议", Review: "审阅证据",
		Won: "商家胜诉", LostCase: "商家败诉", Take: "扣回资金", Bring: "归还资金",
		Pending: "处理中", Succeeded: "已退款", FailedRefund: "失败", Warning: "欺诈预警", Opened: "争议中",
		Reading: "证据已提交", WonState: "已胜诉", LostState: "已败诉", Dropped: "预警已撤销", Taken: "资金已扣回",
	},
	"zh-Hant": {
		Sandbox: "模擬付款 · 不涉及真實資金", Order: "訂單", Fee: "其中手續費", Left: "剩餘時間",
		Over: "付款時間已過，商家可能會把名額讓給其他人。",
		Pay:  "付款", Decline: "拒絕付款", Back: "返回商家",
		Paid: "已付款", Failed: "付款被拒絕", Closed: "此付款頁面已關閉",
		Waiting: "銀行正在處理", Planned: "一筆款項即將入帳",
		Fold: "扮演支付機構", FoldNote: "支付機構在不順利時會做的事。任何狀態下都可以使用，頁面關閉後也可以。",
		Minutes: "分鐘", Later: "屆時付款（若頁面仍開放）", Slow: "慢速銀行：屆時入帳", SlowFail: "慢速銀行：屆時失敗",
		Late: "屆時入帳，無論如何", Twice: "付款兩次", Less: "只付一半", More: "多付一成",
		Currency: "用其他貨幣付款", Zero: "付款零元", Test: "用測試模式的錢付款",
		Silent: "付款，但從不通知商家", Missing: "沒有這個付款頁面。",

		BackFold: "扮演銀行", BackNote: "退款與爭議：入帳之後，支付機構員工和顧客的銀行可能會做的事。",
		Charge: "扣款", Dashboard: "在支付機構後台", Whole: "退還全部餘額", Half: "退還一半",
		NextRefund: "商家的下一筆退款", RefundSlow: "較慢：屆時成功", RefundSlowFail: "較慢：屆時失敗", Bounce: "先成功，屆時被退回",
		Fail: "立即失敗", Lost: "已退款，但回覆遺失", Next: "下一筆", UnderWay: "進行中的退款", Settles: "現在成功", Returns: "現在失敗",
		Bank: "顧客的銀行", Warn: "詐騙預警", Drop: "撤銷預警", Dispute: "提出爭議", Review: "審閱證據",
		Won: "商家勝訴", LostCase: "商家敗訴", Take: "扣回資金", Bring: "歸還資金",
		Pending: "處理中", Succeeded: "已退款", FailedRefund: "失敗", Warning: "詐騙預警", Opened: "爭議中",
		Reading: "證據已提交", WonState: "已勝訴", LostState: "已敗訴", Dropped: "預警已撤銷", Taken: "資金已扣回",
	},
}
