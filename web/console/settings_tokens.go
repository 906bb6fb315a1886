package console

import (
	"errors"
	"net/http"
	"slices"

	"boxoffice/tickets"
)

// maxTokenName is the longest name of a token, in letters.
const maxTokenName = 60

// tokens lists the API tokens.
func tokens(v *visit) error {
	var rows []tickets.APIToken
	err := v.view(func(r tickets.Reader) error {
		rows = nil
		list, err := r.Tokens()
		for _, t := range list {
			if t.Merchant == v.Cat.Merchant.ID {
				rows = append(rows, t)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	slices.Reverse(rows)
	return v.page(http.StatusOK, "settings_tokens", v.Words.T("console_settings.tab.tokens"), rows)
}

// tokenForm is the form of a new token, with what was typed.
type tokenForm struct {
	Name   string
	Scopes []scopeChoice
	Wrong  map[string]string
}

type scopeChoice struct {
	Scope   string
	Checked bool
}

// mayScope reports whether the visitor may give a scope: money and everything are an owner's to give.
func (v *visit) mayScope(scope string) bool {
	strong := scope == tickets.ScopeAll || scope == tickets.ScopeMoney
	return slices.Contains(tickets.Scopes, scope) && (!strong || v.Member.Role == tickets.RoleOwner)
}

func (v *visit) tokenForm(name string, chosen []string) tokenForm {
	f := tokenForm{Name: name}
	for _, s := range tickets.Scopes {
		if v.mayScope(s) {
			f.Scopes = append(f.Scopes, scopeChoice{s, slices.Contains(chosen, s)})
		}
	}
	return f
}

func tokenNew(v *visit) error {
	return v.page(http.StatusOK, "token_new", v.Words.T("console_settings.tokens.add"), v.tokenForm("", nil))
}

func tokenAdd(v *visit) error {
	name := typed(v.PostFormValue("name"), maxTokenName)
	chosen := v.PostForm["scope"]
	f := v.tokenForm(name, chosen)
	switch {
	case name == "":
		f.Wrong = map[string]string{"name": v.Words.T("console_settings.tokens.wrong_name")}
	case len(chosen) == 0 || slices.ContainsFunc(chosen, func(s string) bool { return !v.mayScope(s) }):
		f.Wrong = map[string]string{"scope": v.Words.T("console_settings.tokens.wrong_scope")}
	}
	if f.Wrong != nil {
		return v.page(http.StatusUnprocessableEntity, "token_new", v.Words.T("console_settings.tokens.add"), f)
	}
	secret, tok, err := v.k.Desk.NewToken(v.Context(), name, chosen)
	if err := v.tried("token_add", string(tok.ID), "", "", name, err); err != nil {
		return err
	}
	return v.showOnce(v.Words.T("console_settings.tokens.added", "Name", name), v.Words.T("console_settings.tokens.use"), "/console/settings/tokens", "", secret)
}

func tokenRemove(v *visit) error {
	id := tickets.TokenID(v.PathValue("id"))
	var name string
	err := v.view(func(r tickets.Reader) error {
		list, err := r.Tokens()
		for _, t := range list {
			if t.ID == id {
				name = t.Name
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	err = v.k.Desk.Store.Update(v.Context(), func(tx tickets.Tx) error { return tx.DeleteToken(id) })
	if errors.Is(err, tickets.NotFound) {
		return err
	}
	if err := v.tried("token_remove", string(id), "", name, "", err); err != nil {
		return err
	}
	v.flash("good", "console_settings.tokens.removed", "Name", name)
	return v.redirect("/console/settings/tokens")
}
