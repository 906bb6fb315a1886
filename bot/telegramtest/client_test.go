package telegramtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"boxoffice/bot/telegramtest"
)

// client is the library the product uses, pointed at the server.
func client(t *testing.T, s *telegramtest.Server) *tg.Bot {
	t.Helper()
	b, err := tg.New(s.Token(), tg.WithServerURL(s.URL()), tg.WithNotAsyncHandlers())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// poll runs a bot in its plainest form: own long polling, one handler, updates in order.
func poll(t *testing.T, s *telegramtest.Server, handle func(context.Context, *models.Update)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for offset := int64(0); ctx.Err() == nil; {
			body, _ := json.Marshal(map[string]any{"offset": offset, "timeout": 50})
			r, _ := http.NewRequestWithContext(ctx, http.MethodPost, s.URL()+"/bot"+s.Token()+"/getUpdates", bytes.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				return
			}
			var reply struct{ Result []*models.Update }
			_ = json.NewDecoder(resp.Body).Decode(&reply)
			_ = resp.Body.Close()
			for _, u := range reply.Result {
				handle(context.WithoutCancel(ctx), u)
				offset = u.ID + 1
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func picture(t *testing.T, side int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, side, side))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAVisitorIsServedThroughTheClientLibrary(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{})
	b := client(t, s)
	poll(t, s, func(ctx context.Context, u *models.Update) {
		switch {
		case u.Message != nil:
			_, err := b.SendMessage(ctx, &tg.SendMessageParams{
				ChatID: u.Message.Chat.ID, Text: "<b>Welcome</b>, " + u.Message.From.FirstName, ParseMode: models.ParseModeHTML,
				ReplyMarkup: &models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{
					{{Text: "Buy now", CallbackData: "buy", Style: "success"}, {Text: "Sold", Disabled: &models.DisabledButton{}}},
					{{Text: "Map", URL: "https://example.com/map"}},
				}},
			})
			if err != nil {
				t.Error(err)
			}
		case u.CallbackQuery != nil:
			if _, err := b.AnswerCallbackQuery(ctx, &tg.AnswerCallbackQueryParams{
				CallbackQueryID: u.CallbackQuery.ID, Text: "Good choice", ShowAlert: true,
			}); err != nil {
				t.Error(err)
			}
			if _, err := b.EditMessageText(ctx, &tg.EditMessageTextParams{
				ChatID: u.CallbackQuery.From.ID, MessageID: u.CallbackQuery.Message.Message.ID, Text: "Bought\n2 tickets",
			}); err != nil {
				t.Error(err)
			}
		}
	})
	mei := s.AddUser(telegramtest.Profile{FirstName: "Mei", LanguageCode: "zh-hans"})
	mei.Send("/start x")
	if a := mei.Press("Buy"); a.Text != "Good choice" || !a.Alert {
		t.Errorf("the press was answered with %+v", a)
	}
	mei.WaitForText("Bought")
	want := "Mei: /start x\nBot (edited): Bought\n  2 tickets\n"
	if got := mei.Chat().Transcript(); got != want {
		t.Errorf("transcript:\n%s\nwant:\n%s", got, want)
	}
}

func TestPhotosAreUploadedReusedAndSwapped(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{})
	b, ctx := client(t, s), within(t)
	u := s.AddUser(telegramtest.Profile{})
	u.Send("hi")
	first, err := b.SendPhoto(ctx, &tg.SendPhotoParams{
		ChatID: u.ID, Caption: "Ticket 1", Photo: &models.InputFileUpload{Filename: "q.png", Data: bytes.NewReader(picture(t, 200))},
	})
	if err != nil {
		t.Fatal(err)
	}
	id := first.Photo[len(first.Photo)-1].FileID
	if !bytes.Equal(s.File(id), picture(t, 200)) {
		t.Error("the stored photo is not the uploaded one")
	}
	again, err := b.SendPhoto(ctx, &tg.SendPhotoParams{ChatID: u.ID, Photo: &models.InputFileString{Data: id}})
	if err != nil || again.Photo[0].FileID != id {
		t.Fatalf("sending by file_id: %v", err)
	}
	swapped, err := b.EditMessageMedia(ctx, &tg.EditMessageMediaParams{ChatID: u.ID, MessageID: again.ID, Media: &models.InputMediaPhoto{
		Media: "attach://q.png", MediaAttachment: bytes.NewReader(picture(t, 300)), Caption: "<i>Ticket 2</i>", ParseMode: models.ParseModeHTML,
	}})
	if err != nil || swapped.Photo[0].Width != 300 || swapped.Caption != "Ticket 2" {
		t.Fatalf("swap: %v, %+v", err, swapped)
	}
	album, err := b.SendMediaGroup(ctx, &tg.SendMediaGroupParams{ChatID: u.ID, Media: []models.InputMedia{
		&models.InputMediaPhoto{Media: id, Caption: "one"},
		&models.InputMediaPhoto{Media: "attach://two", MediaAttachment: bytes.NewReader(picture(t, 40))},
	}})
	if err != nil || len(album) != 2 || album[0].MediaGroupID == "" || album[0].MediaGroupID != album[1].MediaGroupID {
		t.Fatalf("album: %v, %+v", err, album)
	}
	if _, err := b.SendDocument(ctx, &tg.SendDocumentParams{ChatID: u.ID, Document: &models.InputFileUpload{
		Filename: "visit.ics", Data: strings.NewReader("BEGIN:VCALENDAR"),
	}}); err != nil {
		t.Fatal(err)
	}
	f, err := b.GetFile(ctx, &tg.GetFileParams{FileID: id})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(b.FileDownloadLink(f))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var got bytes.Buffer
	if _, err := got.ReadFrom(resp.Body); err != nil || !bytes.Equal(got.Bytes(), picture(t, 200)) {
		t.Errorf("download: %v, %d bytes", err, got.Len())
	}
}

func TestRefusalsReachTheLibraryAsItsErrors(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{AllowProblems: true})
	b, ctx := client(t, s), within(t)
	u := s.AddUser(telegramtest.Profile{})
	send := func(chat int64) error {
		_, err := b.SendMessage(ctx, &tg.SendMessageParams{ChatID: chat, Text: "hello"})
		return err
	}
	if err := send(u.ID); !errors.Is(err, tg.ErrorBadRequest) || !strings.Contains(err.Error(), "chat not found") {
		t.Errorf("writing first: %v", err)
	}
	g := s.AddGroup("Staff", u)
	g.AddBot(u, false)
	if err := send(u.ID); !errors.Is(err, tg.ErrorForbidden) || !strings.Contains(err.Error(), "bot can't initiate conversation") {
		t.Errorf("writing first to a group's member: %v", err)
	}
	u.Send("hi")
	if err := send(u.ID); err != nil {
		t.Errorf("writing back: %v", err)
	}
	u.Block()
	if err := send(u.ID); !errors.Is(err, tg.ErrorForbidden) || !strings.Contains(err.Error(), "bot was blocked by the user") {
		t.Errorf("blocked: %v", err)
	}
	u.Unblock()
	s.Inject(telegramtest.Fault{Method: "sendMessage", ChatID: u.ID, Times: 1, RetryAfter: 7})
	var flood *tg.TooManyRequestsError
	if err := send(u.ID); !errors.As(err, &flood) || flood.RetryAfter != 7 {
		t.Errorf("flood: %v", err)
	}
	next := g.Migrate()
	var moved *tg.MigrateError
	if err := send(g.ID()); !errors.As(err, &moved) || int64(moved.MigrateToChatID) != next.ID() {
		t.Errorf("migrated: %v", err)
	}
	next.KickBot(u)
	if err := send(next.ID()); !errors.Is(err, tg.ErrorForbidden) || !strings.Contains(err.Error(), "bot was kicked from the supergroup chat") {
		t.Errorf("kicked: %v", err)
	}
	if err := send(99); !errors.Is(err, tg.ErrorBadRequest) || !strings.Contains(err.Error(), "chat not found") {
		t.Errorf("unknown chat: %v", err)
	}
}
