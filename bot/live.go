package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/go-telegram/bot/models"

	"boxoffice/tickets"
)

// A person has one live message: each press edits it, each typed word posts it anew below. While they choose, what it
// shows is the conversation's step; after Confirm it shows the order.
//
// An update may be handled twice. The conversation is stored before anything is shown, and remembers the last press, so
// that the second time only shows again what the first one did.

// The steps of a conversation.
const (
	stepMenu    = "menu"
	stepProduct = "product"
	stepDays    = "days"
	stepMonth   = "month"
	stepTimes   = "times"
	stepUnits   = "units"
	stepSummary = "summary"
	stepElse    = "else"  // what was chosen is sold out: other slots with room
	stepOrder   = "order" // there is an order; Conversation.Order
	stepStopped = "stopped"
)

// Names in Conversation.Extra.
const (
	extraPress = "press" // id of the last press handled
	extraData  = "data"  // its data
	extraHeard = "heard" // the last message handled
	extraLive  = "live"  // "order:message …": which message shows which order, the newest last
	extraAsked = "asked" // the same of the messages that asked what is to become of its money
	extraNote  = "note"  // one sentence above the screen, shown once
	extraFrom  = "from"  // first day of the list of days
	extraAsk   = "ask"   // what the next words that are typed are asked for
	extraTyped = "typed" // what was typed for a deed of staff
)

// doubleTap is how soon the same press again is taken for one.
const doubleTap = 3 * time.Second

func (t *talk) extra(name string) string {
	s, _ := t.conv.Extra[name].(string)
	return s
}

func (t *talk) setExtra(name, value string) {
	if t.conv.Extra == nil {
		t.conv.Extra = map[string]any{}
	}
	if value == "" {
		delete(t.conv.Extra, name)
		return
	}
	t.conv.Extra[name] = value
}

// goTo changes the step: buttons of the picture before are old from now on.
func (t *talk) goTo(step string) {
	t.conv.Step = step
	t.conv.Version++
	t.setExtra(extraNote, "")
}

// begin starts a choosing anew. What the live message showed is forgotten; an order's message stays with its order.
func (t *talk) begin() error {
	flow, err := newFlow(t.now, t.Rand)
	if err != nil {
		return fmt.Errorf("new flow: %w", err)
	}
	extra := t.conv.Extra
	t.conv = tickets.Conversation{Chat: t.chat, User: t.who.ID, Flow: flow, Step: stepMenu, Extra: extra}
	t.setExtra(extraNote, "")
	t.setExtra(extraFrom, "")
	return nil
}

// data is of a button of the present picture.
func (t *talk) data(a act, arg string) string {
	return move{flow: t.conv.Flow, version: t.conv.Version, act: a, arg: arg}.String()
}

// save stores the conversation. The messages of orders are merged: deliveries write them too.
func (t *talk) save(ctx context.Context) error {
	t.conv.Changed = tickets.Milli(t.now)
	t.setExtra(extraNote, t.extra(extraNote)) // so that there is a map
	conv, lives := t.conv, ""
	err := t.Store.Update(ctx, func(tx tickets.Tx) error {
		have, err := tx.Conversation(conv.Chat, conv.User)
		if err != nil && !errors.Is(err, tickets.NotFound) {
			return err
		}
		theirs, _ := have.Extra[extraLive].(string)
		lives = mergeLives(t.lives, theirs, t.extra(extraLive))
		conv.Extra = maps.Clone(t.conv.Extra)
		if lives != "" {
			conv.Extra[extraLive] = lives
		}
		if theirs, ok := have.Extra[extraAsked].(string); ok && t.extra(extraAsked) == t.asked { // deliveries write it
			conv.Extra[extraAsked] = theirs
		}
		return tx.PutConversation(conv)
	})
	if err != nil {
		return fmt.Errorf("save conversation: %w", err)
	}
	t.lives = lives
	t.setExtra(extraLive, lives)
	return nil
}

// show makes the live message show the present step: by an edit, or by a new message where there is none.
func (t *talk) show(ctx context.Context) error {
	note := t.extra(extraNote)
	m, err := t.screen(ctx)
	if err != nil {
		return err
	}
	if err := t.save(ctx); err != nil {
		return err
	}
	if err := t.answer(ctx, "", false); err != nil {
		return err
	}
	if t.conv.Message != 0 {
		photo, gone, err := t.redrawStep(ctx, m, note)
		if err != nil {
			return err
		}
		if !gone && photo != t.conv.Photo {
			t.conv.Photo = photo
			return t.save(ctx)
		}
		if !gone {
			return nil
		}
	}
	return t.post(ctx, m)
}

// redrawStep edits the live message. An order's may change at the same time.
func (t *talk) redrawStep(ctx context.Context, m Message, note string) (photo, gone bool, err error) {
	if t.conv.Step == stepOrder {
		gone, err = t.drawOrder(ctx, t.conv.Message, t.conv.Photo, t.conv.Order, drawing{note: note})
		return t.conv.Photo, gone, err
	}
	if t.conv.Step == stepMenu && t.conv.Photo { // the list is of all products, not of the pictured one
		return false, true, t.drop(ctx, t.conv.Message)
	}
	gone, err = t.redraw(ctx, t.conv.Message, t.conv.Photo, m)
	if m.Photo != nil && errors.Is(err, tickets.Invalid) { // the merchant's picture is not to be had
		m.Photo = nil
		gone, err = t.redraw(ctx, t.conv.Message, t.conv.Photo, m)
	}
	return t.conv.Photo || m.Photo != nil, gone, err
}

// redraw edits a message. gone says that a new one is needed: it was deleted, or a picture would have to become text.
func (t *talk) redraw(ctx context.Context, message int, photo bool, m Message) (gone bool, err error) {
	switch {
	case photo && m.Photo == nil && length(m.HTML) > maxCaption:
		return true, t.Sender.Delete(ctx, t.chat, message)
	case photo && m.Photo == nil:
		err = t.Sender.EditCaption(ctx, t.chat, message, m)
	default:
		_, err = t.Sender.Edit(ctx, t.chat, message, m)
	}
	var refused *apiError
	if errors.As(err, &refused) && refused.has("no text in the message") && length(m.HTML) <= maxCaption { // it is a picture
		err = t.Sender.EditCaption(ctx, t.chat, message, m)
	}
	if errors.Is(err, ErrGone) {
		return true, nil
	}
	return false, err
}

// post sends the live message anew and remembers it.
func (t *talk) post(ctx context.Context, m Message) error {
	r, err := t.Sender.Send(ctx, t.chat, m)
	if m.Photo != nil && errors.Is(err, tickets.Invalid) {
		m.Photo = nil
		r, err = t.Sender.Send(ctx, t.chat, m)
	}
	if err != nil {
		return err
	}
	t.conv.Message, t.conv.Photo = r.Message, m.Photo != nil
	if t.conv.Step == stepOrder {
		t.setExtra(extraLive, setLive(t.extra(extraLive), t.conv.Order, r.Message))
	}
	return t.save(ctx)
}

// repost shows the present step below what the person wrote, and takes the live message above away.
func (t *talk) repost(ctx context.Context) error {
	old := t.conv.Message
	t.conv.Message, t.conv.Photo = 0, false
	if err := t.show(ctx); err != nil {
		return err
	}
	return t.drop(ctx, old)
}

// drop deletes a message that has been replaced.
func (t *talk) drop(ctx context.Context, message int) error {
	if message == 0 {
		return nil
	}
	err := t.Sender.Delete(ctx, t.chat, message)
	if err != nil && !errors.Is(err, tickets.Blocked) {
		t.Log.WarnContext(ctx, "old message not deleted", "chat", t.chat, "message", message, "error", err)
	}
	return nil
}

// restart is /start: a new flow, shown in a new message. A message that only showed a choice goes away.
func (t *talk) restart(ctx context.Context, change func() error) error {
	old := t.conv.Message
	if t.conv.Step == stepOrder {
		old = 0
	}
	if err := t.begin(); err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	if err := t.show(ctx); err != nil {
		return err
	}
	return t.drop(ctx, old)
}

// pressed handles a button.
func (b *Bot) pressed(ctx context.Context, q *models.CallbackQuery) error {
	chat, kind, message := place(q)
	if words, idle := b.idle(q); idle || chat == 0 {
		return b.Sender.AnswerCallback(ctx, q.ID, words, false)
	}
	t, err := b.meet(ctx, chat, kind != models.ChatTypePrivate, &q.From)
	if err != nil {
		return err
	}
	t.query, t.pressed = q, message
	m, ok := readMove(q.Data)
	switch {
	case !t.group && t.chat != t.who.ID:
		return t.toast(ctx, t.T("bot.button.foreign"))
	case !ok && t.group:
		return t.toast(ctx, t.T("bot.button.old"))
	case !ok:
		return t.outdated(ctx)
	case m.flow == noFlow:
		err = t.direct(ctx, m)
	case t.group:
		return t.toast(ctx, t.T("bot.button.foreign"))
	default:
		err = t.choose(ctx, m)
	}
	if err != nil {
		return err
	}
	return t.answer(ctx, "", false)
}

// place is where a button is: the message may be too old to be shown to us, or be nowhere.
func place(q *models.CallbackQuery) (chat int64, kind models.ChatType, message int) {
	switch {
	case q.Message.Message != nil:
		return q.Message.Message.Chat.ID, q.Message.Message.Chat.Type, q.Message.Message.ID
	case q.Message.InaccessibleMessage != nil:
		m := q.Message.InaccessibleMessage
		kind := m.Chat.Type
		if kind == "" && m.Chat.ID > 0 {
			kind = models.ChatTypePrivate
		}
		return m.Chat.ID, kind, m.MessageID
	default:
		return 0, "", 0
	}
}

// choose handles a button of a flow.
func (t *talk) choose(ctx context.Context, m move) error {
	again := t.extra(extraPress) == t.query.ID
	tapped := t.extra(extraData) == t.query.Data && t.now.Sub(t.conv.Changed) < doubleTap
	switch {
	case m.flow != t.conv.Flow:
		return t.outdated(ctx)
	case again, m.version != t.conv.Version%versions && tapped:
		return t.show(ctx) // handled before a crash, or tapped twice
	case m.version != t.conv.Version%versions:
		return t.outdated(ctx)
	}
	if t.pressed != t.conv.Message { // sent, but not noted before a crash
		t.conv.Message, t.conv.Photo = t.pressed, t.query.Message.Message != nil && len(t.query.Message.Message.Photo) > 0
	}
	t.setExtra(extraAsk, "")
	t.setExtra(extraPress, t.query.ID)
	t.setExtra(extraData, t.query.Data)
	if err := t.act(ctx, m); err != nil {
		return err
	}
	return t.show(ctx)
}

// outdated answers a button that is of no use any more with what is: the present screen, or the menu.
func (t *talk) outdated(ctx context.Context) error {
	if err := t.toast(ctx, t.T("bot.button.old")); err != nil {
		return err
	}
	if t.conv.Flow == "" || t.conv.Step == stepStopped {
		return t.restart(ctx, func() error { return nil })
	}
	if t.pressed == t.conv.Message {
		return t.show(ctx)
	}
	if liveAt(t.extra(extraLive), t.pressed) { // it still shows its order
		return t.repost(ctx)
	}
	if err := t.Sender.EditKeyboard(ctx, t.chat, t.pressed, nil); err != nil && !errors.Is(err, ErrGone) {
		return err
	}
	return t.repost(ctx)
}
