package api

import (
	_ "embed"
	"net/http"
)

// contract is the API's OpenAPI document, as /openapi.yaml serves it.
//
//go:embed openapi.yaml
var contract []byte

func openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Write(contract)
}
