package config

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxFile bounds a configuration file and a secret's file, so that a wrong
// path (a device, a database) is refused and not read to its end.
const maxFile = 1 << 20

// reader walks one file's tree and fills a Config.
type reader struct {
	path  string
	into  *Config
	found Problems
}

// readFile lays the file at path over c.
func (c *Config) readFile(path string) Problems {
	r := reader{path: path, into: c}
	raw, err := readSmall(path)
	if err != nil {
		r.found.add("", "", "cannot read the configuration: "+err.Error(), "name another file with --config, or write one with boxoffice init")
		return r.found
	}
	file, err := parser.ParseBytes(raw, 0)
	if err != nil {
		r.syntax(err)
		return r.found
	}
	for i, doc := range file.Docs {
		switch body := doc.Body.(type) {
		case nil, *ast.NullNode, *ast.CommentGroupNode:
		case *ast.MappingNode:
			if i > 0 {
				r.problem(body, "", "a second document begins here", "keep one document in the file")
				return r.found
			}
			r.mapping("", body)
		default:
			r.problem(body, "", "this is not a list of keys", "write lines such as listen: \":8080\"")
		}
	}
	return r.found
}

// readSmall reads a file of at most maxFile bytes.
func readSmall(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("%s is not a small plain file", path)
	}
	return os.ReadFile(path)
}

// syntax reports what the YAML parser said, without the excerpt of the file
// that its own text has: there may be a secret in it.
func (r *reader) syntax(err error) {
	where, what := r.path, "this is not YAML"
	var ye yaml.Error
	if errors.As(err, &ye) {
		what += ": " + ye.GetMessage()
		if t := ye.GetToken(); t != nil && t.Position != nil {
			where = fmt.Sprintf("%s:%d:%d", r.path, t.Position.Line, t.Position.Column)
		}
	}
	r.found.add("", where, what, "mind the indentation (spaces, no tabs), and quote values with a colon and a blank in them")
}

func (r *reader) where(n ast.Node) string {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return fmt.Sprintf("%s:%d:%d", r.path, t.Position.Line, t.Position.Column)
	}
	return r.path
}

func (r *reader) problem(n ast.Node, key, what, fix string) {
	r.found.add(key, r.where(n), what, fix)
}

// mapping reads the keys under prefix ("" or "telegram.").
func (r *reader) mapping(prefix string, m *ast.MappingNode) {
	for _, v := range m.Values {
		name := prefix + v.Key.GetToken().Value
		if k, ok := findKey(name); ok {
			r.value(k, v.Value)
			continue
		}
		if sub, ok := v.Value.(*ast.MappingNode); ok && isGroup(name) {
			r.mapping(name+".", sub)
			continue
		}
		if _, null := v.Value.(*ast.NullNode); null && isGroup(name) {
			continue
		}
		if isGroup(name) {
			r.problem(v.Value, name, "this holds keys of its own", "write them below it, indented")
			continue
		}
		what, fix := unknownKey(name, keyNames())
		r.problem(v.Key, name, what, fix)
	}
}

// isGroup reports whether name is the first half of some key.
func isGroup(name string) bool {
	for _, k := range keys {
		if strings.HasPrefix(k.name, name+".") {
			return true
		}
	}
	return false
}

// value reads one key's value.
func (r *reader) value(k key, n ast.Node) {
	if _, null := n.(*ast.NullNode); null {
		return // "telegram.token:" with nothing after it is as good as absent
	}
	r.into.origins[k.name] = fmt.Sprintf("%s:%d", r.path, n.GetToken().Position.Line)
	field := k.field(r.into)
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		if s, ok := r.scalar(k.name, n); ok {
			r.report(k, n, assign(field, s))
		}
		return
	}
	var elems []string
	for _, e := range seq.Values {
		if g, ok := e.(*ast.MappingNode); ok && k.name == "gateways" {
			if word, ok := r.gateway(g); ok {
				elems = append(elems, word)
			}
			continue
		}
		if s, ok := r.scalar(k.name, e); ok {
			elems = append(elems, s)
		}
	}
	r.report(k, n, assignList(field, elems))
}

// scalar returns the text of a single value as it stands in the file, so that
// 3.40 stays 3.40 and a chat id is never a float.
func (r *reader) scalar(name string, n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	case *ast.NullNode:
		return "", true
	}
	r.problem(n, name, "this takes a plain value", "write it on one line, in quotes if need be")
	return "", false
}

// gateway reads the long form, {name: stripe, fee: {percent: 3.4, fixed: 50},
// methods: {paynow: {fee: {percent: 1}}}}, into the one-word form.
func (r *reader) gateway(m *ast.MappingNode) (string, bool) {
	var g Gateway
	before := len(r.found)
	for _, v := range m.Values {
		switch name := v.Key.GetToken().Value; name {
		case "name":
			g.Name, _ = r.scalar("gateways", v.Value)
		case "fee":
			r.fee(&g.Fee, v.Value)
		case "methods":
			r.methods(&g, v.Value)
		default:
			r.problem(v.Key, "gateways", fmt.Sprintf("a gateway has no %q", name), "write name, fee and methods")
		}
	}
	if g.Name == "" && len(r.found) == before {
		r.problem(m, "gateways", "this gateway has no name", "write - name: stripe")
	}
	return g.String(), len(r.found) == before
}

// methods reads the fees of single methods.
func (r *reader) methods(g *Gateway, n ast.Node) {
	const fix = "write methods: {paynow: {fee: {percent: 1}}}"
	m, ok := n.(*ast.MappingNode)
	if !ok {
		r.problem(n, "gateways", "methods are listed by name", fix)
		return
	}
	for _, v := range m.Values {
		method := MethodFee{Method: v.Key.GetToken().Value}
		of, ok := v.Value.(*ast.MappingNode)
		if !ok || len(of.Values) != 1 || of.Values[0].Key.GetToken().Value != "fee" {
			r.problem(v.Key, "gateways", fmt.Sprintf("the method %q takes a fee and nothing else", method.Method), fix)
			continue
		}
		r.fee(&method.Fee, of.Values[0].Value)
		g.Methods = append(g.Methods, method)
	}
}

func (r *reader) fee(fee *Fee, n ast.Node) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		r.problem(n, "gateways", "a fee has two parts", "write fee: {percent: 3.4, fixed: 50}")
		return
	}
	parts := map[string]func(string) error{
		"percent": func(s string) (err error) { fee.BasisPoints, err = parsePercent(s); return err },
		"fixed":   func(s string) (err error) { fee.Fixed, err = parseFixed(s); return err },
	}
	for _, v := range m.Values {
		read, ok := parts[v.Key.GetToken().Value]
		if !ok {
			r.problem(v.Key, "gateways", fmt.Sprintf("a fee has no %q", v.Key.GetToken().Value), "write percent and fixed")
			continue
		}
		if s, ok := r.scalar("gateways", v.Value); ok {
			r.report(key{name: "gateways"}, v.Value, read(s))
		}
	}
}

func (r *reader) report(k key, n ast.Node, err error) {
	if err != nil {
		what, fix, _ := strings.Cut(err.Error(), "; ")
		r.problem(n, k.name, what, fix)
	}
}

// readEnv lays the variables of the keys that want holds for over c.
func (c *Config) readEnv(environ []string, want func(key) bool) Problems {
	env := lookup(environ)
	var found Problems
	for _, k := range keys {
		if !want(k) {
			continue
		}
		name := k.env()
		value, origin := env[name], name
		if path := env[name+"_FILE"]; path != "" && k.secret() {
			origin = "file named by " + name + "_FILE"
			if value != "" {
				found.add(k.name, name, "both this and "+name+"_FILE are set", "keep one of them")
				continue
			}
			raw, err := readSmall(path)
			if err != nil {
				found.add(k.name, name+"_FILE", "cannot read the secret: "+err.Error(), "the file must be readable by the user who runs boxoffice")
				continue
			}
			if value = strings.TrimSpace(string(raw)); value == "" {
				found.add(k.name, name+"_FILE", path+" is empty", "put the secret into it, or unset the variable")
				continue
			}
		}
		if value == "" {
			continue
		}
		c.origins[k.name] = origin
		if err := assign(k.field(c), value); err != nil {
			what, fix, _ := strings.Cut(err.Error(), "; ")
			found.add(k.name, origin, what, fix)
		}
	}
	return found
}

// checkEnv finds variables that set nothing although somebody meant them to: a
// slip of the pen, and _FILE behind what is no secret. Other names that begin
// with BOXOFFICE_ are left alone; Kubernetes makes some up for a service of
// that name.
func checkEnv(environ []string) Problems {
	known := map[string]bool{pathVariable: true}
	names := []string{pathVariable}
	for _, k := range keys {
		known[k.env()] = true
		names = append(names, k.env())
		if k.secret() {
			known[k.env()+"_FILE"] = true
			names = append(names, k.env()+"_FILE")
		}
	}
	var found Problems
	for _, e := range environ {
		name, _, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, envPrefix) || known[name] {
			continue
		}
		if known[strings.TrimSuffix(name, "_FILE")] {
			found.add("", name, "only secrets are read from a file", "set "+strings.TrimSuffix(name, "_FILE"))
			continue
		}
		if near := nearest(name, names); near != "" && distance(name, near) <= 2 {
			found.add("", name, "there is no such variable", "did you mean "+near+"?")
		}
	}
	return found
}

// lookup turns the form of os.Environ into a map.
func lookup(environ []string) map[string]string {
	env := make(map[string]string, len(environ))
	for _, e := range environ {
		if name, value, ok := strings.Cut(e, "="); ok {
			env[name] = value
		}
	}
	return env
}
