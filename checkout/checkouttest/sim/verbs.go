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
	{"Admit", 116}, {"AskRefund", 44}, {"Cancel", 117}, {"CloseCase", 114}, {"CloseDates", 42}, {"EndTickets", 158}, {"FailIssue", 120},
	{"HurryClosing", 163}, {"HurryRefund", 176}, {"Issue", 104}, {"MarkPaid", 43}, {"MatchMoney", 150}, {"MoveDate", 50}, {"Pay", 97},
	{"Place", 47}, {"PreCheckout", 60}, {"RefundMoney", 49}, {"ReissueTicket", 45}, {"Replay", 33}, {"SettleRefund", 41},
	{"UndoAdmission", 71}, {"UnsettleRefund", 57}, {"WriteOff", 40}, {"agree", 99}, {"anew", 134}, {"apply", 33}, {"applyLate", 166},
	{"chase", 30}, {"closeOrder", 80}, {"closePage", 56}, {"completeOrder", 143}, {"judgeNotice", 30}, {"lapse", 100}, {"lookAtRefunds", 37},
	{"looked", 34}, {"moveClosed", 48}, {"moveReversed", 399}, {"newKey", 30}, {"notify giveBack", 67}, {"notify lease", 30},
	{"notify record", 30}, {"openPage", 40}, {"orderCode", 32}, {"payFree", 141}, {"postpone", 30}, {"putOff", 129}, {"receive", 30},
	{"record", 30}, {"refundClosed", 73}, {"rememberDate", 65}, {"repaid", 51}, {"repay", 30},
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
