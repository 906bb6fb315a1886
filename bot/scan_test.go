package bot_test

import (
	"bytes"
	"image"
	"image/png"
	"testing"

	"boxoffice/tickets"
	"boxoffice/tickets/qr"
)

func TestStaffSendAPhotoOfATicket(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	lee, mei := s.customer("Lee", "en"), s.customer("Mei", "en")
	k := s.tickets(s.buy(mei, "sentosa_family", "Today", ""))[0]
	if err := s.store.Update(s.ctx, func(tx tickets.Tx) error {
		return tx.PutMember(tickets.Member{ID: "mem_1", Merchant: k.Merchant, TelegramID: lee.ID, Name: "Lee", Role: tickets.RoleGate, At: k.At})
	}); err != nil {
		t.Fatal(err)
	}
	picture, err := qr.PNG(tickets.QRContent("https://shop.example", k.Text), 500)
	if err != nil {
		t.Fatal(err)
	}
	p := s.script(lee)
	lee.SendPhoto(picture, "")
	m := p.wait("GOOD")
	if data := dataOf(t, m, "Admit 1"); data == "" {
		t.Error("no button to let one in")
	}
	p.press("Admit all 3")
	lee.SendPhoto(picture, "")
	p.wait("already used")

	var blank bytes.Buffer
	if err := png.Encode(&blank, image.NewGray(image.Rect(0, 0, 400, 300))); err != nil {
		t.Fatal(err)
	}
	lee.SendPhoto(blank.Bytes(), "")
	p.wait("NO CODE FOUND")
	other, err := qr.PNG("https://example.com/menu", 300)
	if err != nil {
		t.Fatal(err)
	}
	lee.SendPhoto(other, "")
	p.wait("NOT A TICKET")

	q := s.script(mei) // a customer's photo means nothing
	mei.SendPhoto(picture, "")
	q.wait("I can only read text")
}
