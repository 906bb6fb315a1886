// The few words of the page itself, as the messenger would say them in the person's language.

const en = {
  bot: "bot", typing: "typing", start: "Start", message: "Message", commands: "Commands", restart: "Clear this chat",
  clear: "Clear all messages in this chat? The shop keeps its orders.", yes: "Clear", no: "Cancel",
  copied: "Copied to the clipboard", about: "What can this bot do?", edited: "edited", today: "Today",
  yesterday: "Yesterday", pinned: "Pinned message", send: "Send", quiet: "Nothing here yet", expand: "Enlarge",
  members: (n) => `${n + 1} members`, joined: (who) => `${who} joined the group`, down: "To the newest",
  checkout: "Checkout", invoice: "Invoice", paid: "✓ Paid", paidBy: "Paid by", total: "Total", close: "Close", payFor: (sum) => `Pay ${sum}`,
  balance: (n) => `${n} Stars`, youPaid: (sum) => `You paid ${sum}`, gotBack: (sum) => `${sum} came back to you`,
  bank: "You are the bank, too. What does it do?", banks: { approve: "Takes the money", decline: "Declines", time_out: "Does not answer" },
  ends: {
    declined: "Your bank declined. Nothing was charged.", timed_out: "The payment was not confirmed in time. Nothing was charged.",
    no_stars: "You do not have enough Stars.",
  },
};

const hans = {
  bot: "机器人", typing: "正在输入", start: "开始", message: "消息", commands: "命令", restart: "清空聊天",
  clear: "清空此聊天的所有消息？商店会保留订单。", yes: "清空", no: "取消", copied: "已复制到剪贴板",
  about: "这个机器人能做什么？", edited: "已编辑", today: "今天", yesterday: "昨天", pinned: "置顶消息", send: "发送",
  quiet: "还没有消息", expand: "放大", members: (n) => `${n + 1} 位成员`, joined: (who) => `${who} 加入了群组`, down: "到最新消息",
  checkout: "付款", invoice: "账单", paid: "✓ 已付款", paidBy: "付款方式", total: "总计", close: "关闭", payFor: (sum) => `支付 ${sum}`,
  balance: (n) => `${n} 颗星星`, youPaid: (sum) => `您已支付 ${sum}`, gotBack: (sum) => `${sum} 已退还给您`,
  bank: "在这里，您也是银行。银行怎么做？", banks: { approve: "扣款", decline: "拒绝", time_out: "不回应" },
  ends: { declined: "银行拒绝了这笔付款，没有扣款。", timed_out: "付款未能及时确认，没有扣款。", no_stars: "您的星星不够。" },
};

const hant = {
  ...hans, bot: "機器人", typing: "正在輸入", start: "開始", message: "訊息", restart: "清空聊天", commands: "指令",
  clear: "清空此聊天的所有訊息？商店會保留訂單。", copied: "已複製到剪貼簿", about: "這個機器人能做什麼？", edited: "已編輯",
  pinned: "置頂訊息", send: "傳送", quiet: "還沒有訊息", members: (n) => `${n + 1} 位成員`, joined: (who) => `${who} 加入了群組`,
  down: "到最新訊息", invoice: "帳單", paidBy: "付款方式", total: "總計", close: "關閉", balance: (n) => `${n} 顆星星`,
  gotBack: (sum) => `${sum} 已退還給您`, bank: "在這裡，您也是銀行。銀行怎麼做？", banks: { approve: "扣款", decline: "拒絕", time_out: "不回應" },
  ends: { declined: "銀行拒絕了這筆付款，沒有扣款。", timed_out: "付款未能及時確認，沒有扣款。", no_stars: "您的星星不夠。" },
};

// words picks the language for a Telegram language code such as "zh-hans".
export function words(code = "") {
  const c = code.toLowerCase();
  if (/^zh-(hant|hk|tw|mo)/.test(c)) return hant;
  return c.startsWith("zh") ? hans : en;
}

// locale is the code for dates and numbers, falling back to English.
export function locale(code) {
  try {
    return Intl.getCanonicalLocales(code || "en")[0];
  } catch {
    return "en";
  }
}
