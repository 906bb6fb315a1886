package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"boxoffice/tickets"
)

// actShareViews is what a role needs to save a list that everybody sees.
const actShareViews = tickets.ActInvite

// How many views a member, or all of them together, keep, and how long a name is in bytes.
const (
	viewsMost    = 30
	viewNameMost = 60
)

// savedView is a filter of orders with a name.
type savedView struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Query string `json:"query"` // of an orderFilter
	By    string `json:"by,omitempty"`
}

func (s savedView) filter() orderFilter {
	q, _ := url.ParseQuery(s.Query) // what cannot be read selects nothing
	return filterOf(q)
}

// URL is the list with the view's filter.
func (s savedView) URL() string { return s.filter().URL() }

// viewsSetting is where a member's views are kept; those of nobody are everybody's.
func viewsSetting(m tickets.MemberID) string {
	if m == "" {
		return "views"
	}
	return "views:" + string(m)
}

func readViews(r tickets.Reader, m tickets.MemberID) ([]savedView, error) {
	raw, err := r.Setting(viewsSetting(m))
	if errors.Is(err, tickets.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []savedView
	if err := json.Unmarshal([]byte(raw), &out); err != nil {
		return nil, fmt.Errorf("saved views of %q: %w", m, err)
	}
	return out, nil
}

func writeViews(tx tickets.Tx, m tickets.MemberID, list []savedView) error {
	raw, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return tx.PutSetting(viewsSetting(m), string(raw))
}

// viewsOf reads a member's own views and everybody's.
func viewsOf(r tickets.Reader, m tickets.MemberID) (own, shared []savedView, err error) {
	if own, err = readViews(r, m); err == nil {
		shared, err = readViews(r, "")
	}
	return own, shared, err
}

// viewsPage is where saved views are renamed and deleted.
type viewsPage struct {
	Views, Shared []savedView
	MayShare      bool
	Most          int
}

func viewList(v *visit) error {
	d := viewsPage{MayShare: v.Member.Role.May(actShareViews), Most: viewNameMost}
	if err := v.view(func(r tickets.Reader) (err error) { d.Views, d.Shared, err = viewsOf(r, v.Member.ID); return err }); err != nil {
		return err
	}
	return v.page(http.StatusOK, "views", v.Words.T("console_list.view.title"), d)
}

// viewSave keeps the filter of a form as a view of the member.
func viewSave(v *visit) error { return v.saveView(v.Member.ID) }

// viewShare keeps it as a view of everybody.
func viewShare(v *visit) error { return v.saveView("") }

func (v *visit) saveView(owner tickets.MemberID) error {
	q, err := url.ParseQuery(v.PostFormValue("query"))
	if err != nil {
		return tickets.Refuse(tickets.Invalid, "the filter of a view: %v", err)
	}
	f, name := filterOf(q), viewName(v.PostFormValue("name"))
	if name == "" {
		v.flash("bad", "console_list.view.nameless")
		return v.redirect(f.URL())
	}
	full := false
	view := savedView{ID: tickets.NewSecret(nil)[:8], Name: name, Query: f.Query(), By: v.Member.Name}
	err = v.k.Desk.Store.Update(v.Context(), func(tx tickets.Tx) error {
		list, err := readViews(tx, owner)
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(s savedView) bool { return s.Name == name }) // saving again replaces
		if full = len(list) >= viewsMost; full {
			return nil
		}
		return writeViews(tx, owner, append(list, view))
	})
	switch {
	case err != nil:
		return err
	case full:
		v.flash("bad", "console_list.view.full", "Most", viewsMost)
	default:
		if owner == "" {
			if err := v.audit("view_share", name, auditOK, view.Query); err != nil {
				return err
			}
		}
		v.flash("good", "console_list.view.saved", "Name", name)
	}
	return v.redirect(f.URL())
}

// viewChange renames or deletes one of the member's views.
func viewChange(v *visit) error { return v.changeView(v.Member.ID) }

// viewChangeShared renames or deletes one of everybody's.
func viewChangeShared(v *visit) error { return v.changeView("") }

func (v *visit) changeView(owner tickets.MemberID) error {
	id, name, away := v.PathValue("id"), viewName(v.PostFormValue("name")), v.PostFormValue("delete") != ""
	if name == "" && !away {
		v.flash("bad", "console_list.view.nameless")
		return v.redirect("/console/orders/views")
	}
	var was string
	err := v.k.Desk.Store.Update(v.Context(), func(tx tickets.Tx) error {
		list, err := readViews(tx, owner)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(s savedView) bool { return s.ID == id })
		if i < 0 {
			return tickets.Refuse(tickets.NotFound, "saved view %q", id)
		}
		was = list[i].Name
		if away {
			list = slices.Delete(list, i, i+1)
		} else {
			list[i].Name = name
		}
		return writeViews(tx, owner, list)
	})
	if err != nil {
		return err
	}
	act, said := "view_rename", "console_list.view.renamed"
	if away {
		act, said, name = "view_delete", "console_list.view.deleted", was
	}
	if owner == "" {
		if err := v.auditChange(act, id, auditOK, "", was, name); err != nil {
			return err
		}
	}
	v.flash("good", said, "Name", name)
	return v.redirect("/console/orders/views")
}

// viewName is a name as it is kept: one line, without what cannot be seen.
func viewName(s string) string {
	s = strings.Join(strings.Fields(strings.Map(visible, s)), " ")
	return shortened(s, viewNameMost)
}
