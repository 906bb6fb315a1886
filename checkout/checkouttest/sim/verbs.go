package sim

// This file lists the verbs of the product that commit: those that schedules aim at, which the gate asks for, and those
// that no schedule comes to.

// often says how many commits of a verb come until the process dies at one, where the dice want crashes at all: it is
// more for what happens more, so that crashes are spread evenly over verbs. Measured.
var often = map[string]float64{
	"apply": 1.2, "AskRefund": 2.5, "Cancel": 2.3, "MarkPaid": 5, "Pay": 22, "Place": 32, "PreCheckout": 2.3, "RefundMoney": 1.5, "chase": 90,
	"completeOrder": 1, "gateway close": 10, "gateway lookup": 60, "gateway lookup refund": 1.5, "gateway open": 20, "gateway refund": 3,
	"notify giveBack": 2, "judgeNotice": 11, "lapse": 11, "notify lease": 60, "newKey": 3, "openPage": 24, "orderCode": 18, "payFree": 3, "postpone": 10,
	"receive": 20, "record": 20, "notify record": 90, "rememberDate": 90, "repaid": 3, "repay": 6, "telegram send": 100,
}

// rate is how likely a crash is at one point of a name.
func rate(name string) float64 { return 0.9 / max(often[name]/4, 1) }

// aims are all verbs at whose commits the process must die often enough, and how often schedules aim at one: the more the
// fewer crashes such a schedule has. Measured, so that each comes to some 1,500 in ten thousand schedules.
var aims = []struct {
	verb   string
	weight int
}{
	{"Admit", 105}, {"AskRefund", 42}, {"Cancel", 119}, {"CloseCase", 108}, {"CloseDates", 51}, {"EndTickets", 167}, {"FailIssue", 121},
	{"HurryClosing", 170}, {"HurryRefund", 163}, {"Issue", 108}, {"MarkPaid", 40}, {"MatchMoney", 154}, {"MoveDate", 50}, {"Pay", 94},
	{"Place", 54}, {"PreCheckout", 59}, {"RefundMoney", 49}, {"ReissueTicket", 46}, {"Replay", 34}, {"SettleRefund", 49},
	{"UndoAdmission", 74}, {"UnsettleRefund", 56}, {"WriteOff", 37}, {"agree", 100}, {"anew", 141}, {"apply", 30}, {"applyLate", 161},
	{"chase", 30}, {"closeOrder", 87}, {"closePage", 71}, {"completeOrder", 150}, {"judgeNotice", 30}, {"lapse", 98}, {"lookAtRefunds", 39},
	{"looked", 48}, {"moveClosed", 43}, {"moveReversed", 364}, {"newKey", 30}, {"notify giveBack", 70}, {"notify lease", 30},
	{"notify record", 30}, {"openPage", 39}, {"orderCode", 30}, {"payFree", 136}, {"postpone", 30}, {"putOff", 131}, {"receive", 30},
	{"record", 30}, {"refundClosed", 75}, {"rememberDate", 63}, {"repaid", 46}, {"repay", 30},
}

// aim picks a verb to aim at.
func aim(d *dice) string {
	sum := 0
	for _, a := range aims {
		sum += a.weight
	}
	n := d.IntN(sum)
	for _, a := range aims {
		if n -= a.weight; n < 0 {
			return a.verb
		}
	}
	return ""
}

// deeds are verbs that share their commits with others, and must be met for themselves.
var deeds = []string{
	"ApplyMoney", "ApproveRefund", "MoveMoney", "MoveOrder", "RejectRefund", "RetryRefund", "TakeBackRefund",
}

// Verbs lists the verbs that schedules aim at.
func Verbs() []string {
	var out []string
	for _, a := range aims {
		out = append(out, a.verb)
	}
	return out
}

// Elsewhere are the verbs that commit and that no schedule comes to, and what is known of them all the same. A run fails
// when one is met: then it belongs to aims.
var Elsewhere = map[string]string{
	"Adopt": once, "adopt": once,
	"steady":   "the simulated clock does not jump: its own tests do that",
	"TakeCase": noMoney, "GiveBackCase": noMoney, "Note": noMoney, "Evidence": noMoney, "MoveMerchantChat": noMoney,
	"Record": noMoney, "tallyOn": noMoney, "tallyVisits": noMoney, "countViews": noMoney,
	"Erase": erasing, "forgetOrders": erasing, "forgetNotices": erasing,
	"AddMember": members, "GiveRole": members, "GivePassword": members, "RemoveMember": members, "EndSignIns": members, "TidySignIns": members,
	"invite": members, "Join": members, "NewToken": members,
	"judgeStored":       "the gateway stays configured",
	"notify ResendOnce": messages, "notify dueNow": messages,
}

const (
	once     = "it is done once, at the first start of a shop with this version"
	noMoney  = "it moves no money, no place and no ticket"
	erasing  = "customers are erased in tests of their own"
	members  = "who may do what does not change in a schedule"
	messages = "the dispatcher's own tests do that"
)
