package console

import "html/template"

// icons are strokes on a field of 24 by 24, drawn for this console.
var icons = map[string]string{
	"today":    `<path d="M4 11l8-7 8 7v9H4z"/><path d="M10 20v-6h4v6"/>`,
	"orders":   `<path d="M6 3h12v18l-3-2-3 2-3-2-3 2z"/><path d="M9 8h6M9 12h6"/>`,
	"bell":     `<path d="M6 16V11a6 6 0 0112 0v5l2 2H4z"/><path d="M10 21h4"/>`,
	"ticket":   `<path d="M3 7h18v3a2 2 0 000 4v3H3v-3a2 2 0 000-4z"/><path d="M14 7v10" stroke-dasharray="2 2"/>`,
	"gate":     `<path d="M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4"/><path d="M7 12h10"/>`,
	"calendar": `<path d="M4 6h16v14H4z"/><path d="M4 10h16M8 3v4M16 3v4"/>`,
	"catalog":  `<path d="M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z"/>`,
	"people":   `<circle cx="9" cy="8" r="3.5"/><path d="M3 20a6 6 0 0112 0M16 5a3.5 3.5 0 010 6.5M17.5 14.5A6 6 0 0121 20"/>`,
	"money":    `<path d="M3 7h18v10H3z"/><circle cx="12" cy="12" r="2.5"/>`,
	"message":  `<path d="M4 5h16v11H9l-5 4z"/>`,
	"notice":   `<path d="M12 3v12M7 10l5 5 5-5M4 20h16"/>`,
	"trend":    `<path d="M4 20V4M4 20h16M7 15l4-5 3 3 5-7"/>`,
	"settings": `<circle cx="12" cy="12" r="3"/><path d="M12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.1 2.1M16.3 16.3l2.1 2.1M5.6 18.4l2.1-2.1M16.3 7.7l2.1-2.1"/>`,
	"log":      `<path d="M5 4h11l3 3v13H5z"/><path d="M8 11h8M8 15h8M8 7h4"/>`,
	"search":   `<circle cx="11" cy="11" r="6"/><path d="M16 16l5 5"/>`,
	"menu":     `<path d="M4 6h16M4 12h16M4 18h16"/>`,
	"out":      `<path d="M14 4h6v16h-6M3 12h12M8 7l-5 5 5 5"/>`,
	"check":    `<path d="M5 13l4 4L19 7"/>`,
	"cross":    `<path d="M6 6l12 12M18 6L6 18"/>`,
	"warn":     `<path d="M12 4l9 16H3z"/><path d="M12 10v4M12 17v.5"/>`,
	"clock":    `<circle cx="12" cy="12" r="8"/><path d="M12 8v4l3 2"/>`,
	"next":     `<path d="M9 5l7 7-7 7"/>`,
	"back":     `<path d="M15 5l-7 7 7 7"/>`,
	"plus":     `<path d="M12 5v14M5 12h14"/>`,
	"camera":   `<path d="M3 8h4l2-3h6l2 3h4v11H3z"/><circle cx="12" cy="13" r="3.5"/>`,
	"copy":     `<path d="M8 8h12v12H8z"/><path d="M16 8V4H4v12h4"/>`,
	"key":      `<circle cx="8" cy="15" r="4"/><path d="M11 12l9-9M16 7l3 3"/>`,
}

// icon is a picture that says nothing to a screen reader: words stand beside it.
func icon(name string) template.HTML {
	return template.HTML(`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">` + icons[name] + `</svg>`) //nolint:gosec // our own text
}
