package catalogfile

// keys lists what each kind of mapping in the file may hold, in the order in which Write writes it.
var keys = map[string][]string{
	"catalog":  {"merchant", "pools", "products"},
	"merchant": {"id", "names", "zone", "currency", "languages", "prefix", "approve_above", "support", "terms", "privacy"},
	"pool":     {"id", "capacity", "overrides"},
	"override": {"dates", "start", "capacity"},
	"product": {
		"id", "names", "descriptions", "photo", "place", "calendar", "sales", "hidden", "digital", "max_places", "rules", "late_policy",
		"refund_policy", "skus",
	},
	"refund_policy": {"brackets", "approval"},
	"bracket":       {"days", "percent", "fee"},
	"place":         {"names", "address", "lat", "lon"},
	"calendar":      {"from", "to", "weekdays", "closed", "extra", "opens", "closes", "slots"},
	"slot":          {"start", "minutes"},
	"sales":         {"days_ahead", "cutoff_minutes"},
	"sku": {
		"sku_id", "names", "price", "admits", "pool", "prices", "max_per_order", "max_per_customer", "ticket_mode", "fulfilment",
	},
	"price": {"dates", "weekdays", "price"},
}

// later lists keys of things that do not work yet: they are refused by name, so that nobody believes they do.
var later = map[string][]string{
	"catalog":  {"rewards", "vouchers", "promotions", "channels", "suppliers", "waitlist"},
	"merchant": {"rewards", "vouchers", "tax", "invoice"},
	"product":  {"questions", "approval", "waitlist", "rewards", "vouchers", "channels", "seats"},
	"sku":      {"questions", "supplier", "cost", "rewards", "vouchers", "deposit"},
	"pool":     {"seats", "waitlist"},
}

// homes are keys that people write in the wrong place, and where they belong.
var homes = map[string]string{"refund_policy": "product", "digital": "product", "late_policy": "product", "approve_above": "merchant"}

// aliases are names that people write for a key.
var aliases = map[string]string{
	"name": "names", "description": "descriptions", "timezone": "zone", "time_zone": "zone", "tz": "zone", "language": "languages",
	"sku": "sku_id", "weekday": "weekdays", "latitude": "lat", "longitude": "lon", "lng": "lon", "fulfillment": "fulfilment",
	"date": "dates", "amount": "price", "quantity": "capacity", "order_prefix": "prefix", "image": "photo", "time": "start",
	"duration": "minutes", "location": "place", "max_per_user": "max_per_customer",
	"refunds": "refund_policy", "refund": "refund_policy", "day": "days", "percentage": "percent",
}

// languages are what the product speaks; texts in others would never be shown.
var languages = []string{"en", "zh-Hans", "zh-Hant"}

// languageAliases are tags that people write for them.
var languageAliases = map[string]string{
	"zh": "zh-Hans", "cn": "zh-Hans", "zh-cn": "zh-Hans", "zh-sg": "zh-Hans", "zh_hans": "zh-Hans", "zh-hans-cn": "zh-Hans",
	"tw": "zh-Hant", "hk": "zh-Hant", "zh-tw": "zh-Hant", "zh-hk": "zh-Hant", "zh_hant": "zh-Hant", "en-us": "en", "en-gb": "en",
	"en-sg": "en",
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// currencies are the codes of ISO 4217 in use in 2024 that have a minor unit, and XTR for Telegram Stars.
const currencies = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF " +
	"CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG " +
	"HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK " +
	"MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD " +
	"SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYI UYU UYW UZS VED " +
	"VES VND VUV WST XAF XCD XOF XPF XTR YER ZAR ZMW ZWG"

// Bounds of values.
const (
	maxFile     = 1 << 20
	maxID       = 48
	maxName     = 80   // a button and a ticket's heading
	maxNote     = 800  // descriptions and rules share a picture's caption of 1024 with what is around them
	maxAddress  = 200  // one line of a card
	maxPage     = 3500 // terms and privacy are a message of 4096
	maxPrice    = 100_000_000_000
	maxCapacity = 1_000_000
	maxDays     = 730 // as far as sales may open ahead
	maxAdmits   = 255 // what a ticket's signed text can say
	maxUnits    = 10_000
)
