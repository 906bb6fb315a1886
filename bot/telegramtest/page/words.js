// The few words of the page itself, as the messenger would say them in the person's language.

const en = {
  bot: "bot", typing: "typing", start: "Start", message: "Message", commands: "Commands", restart: "Clear this chat",
  clear: "Clear all messages in this chat? The shop keeps its orders.", yes: "Clear", no: "Cancel",
  copied: "Copied to the clipboard", about: "What can this bot do?", edited: "edited", today: "Today",
  yesterday: "Yesterday", pinned: "Pinned message", send: "Send", quiet: "Nothing here yet", expand: "Enlarge",
  members: (n) => `${n + 1} members`, joined: (who) => `${who} joined the group`, down: "To the newest",
};

const hans = {
  bot: "机器人", typing: "正在输入", start: "开始", message: "消息", commands: "命令", restart: "清空聊天",
  clear: "清空此聊天的所有消息？商店会保留订单。", yes: "清空", no: "取消", copied: "已复制到剪贴板",
  about: "这个机器人能做什么？", edited: "已编辑", today: "今天", yesterday: "昨天", pinned: "置顶消息", send: "发送",
  quiet: "还没有消息", expand: "放大", members: (n) => `${n + 1} 位成员`, joined: (who) => `${who} 加入了群组`, down: "到最新消息",
};

const hant = {
  ...hans, bot: "機器人", typing: "正在輸入", start: "開始", message: "訊息", restart: "清空聊天", commands: "指令",
  clear: "清空此聊天的所有訊息？商店會保留訂單。", copied: "已複製到剪貼簿", about: "這個機器人能做什麼？", edited: "已編輯",
  pinned: "置頂訊息", send: "傳送", quiet: "還沒有訊息", members: (n) => `${n + 1} 位成員`, joined: (who) => `${who} 加入了群組`,
  down: "到最新訊息",
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
