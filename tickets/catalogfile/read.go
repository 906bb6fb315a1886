package catalogfile

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxDepth bounds nesting: the deepest legal path (products[].skus[].prices[].weekdays[]) is half as deep.
const maxDepth = 16

// reader collects the problems of one file.
type reader struct {
	name  string
	found []found
}

type found struct {
	line, column int
	Problem
}

// tree parses the YAML and returns the root, or nil when there is a problem with it.
func (r *reader) tree(data []byte) (root ast.Node) {
	defer func() {
		if v := recover(); v != nil {
			r.add(nil, "", "this is not YAML that can be read", "check the file with a YAML editor")
			root = nil
		}
	}()
	switch {
	case len(data) > maxFile:
		r.add(nil, "", fmt.Sprintf("the file has more than %d bytes", maxFile), "name a catalog file")
		return nil
	case !utf8.Valid(data):
		r.add(nil, "", "the file is not UTF-8 text", "save it as UTF-8")
		return nil
	case nesting(data) > maxDepth:
		r.add(nil, "", "brackets are nested too deeply", "a catalog has at most five levels")
		return nil
	}
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	for _, doc := range file.Docs {
		switch doc.Body.(type) {
		case nil, *ast.NullNode, *ast.CommentGroupNode:
			continue
		}
		if root != nil {
			r.add(doc.Body, "", "a second document begins here", "keep one document in the file")
			return nil
		}
		root = doc.Body
	}
	if root == nil {
		r.add(nil, "", "the file is empty", "begin with merchant:, pools: and products:; boxoffice init writes an example")
	}
	return root
}

// nesting is the depth of flow brackets, counted without regard to quotes: an upper bound that keeps the parser's
// recursion small.
func nesting(data []byte) int {
	depth, most := 0, 0
	for _, b := range data {
		switch b {
		case '[', '{':
			depth++
			most = max(most, depth)
		case ']', '}':
			depth = max(depth-1, 0)
		}
	}
	return most
}

func (r *reader) syntax(err error) {
	what := "this is not YAML"
	p := found{Problem: Problem{Fix: "mind the indentation (spaces, no tabs), and quote texts that hold a colon and a blank"}}
	var ye yaml.Error
	if errors.As(err, &ye) {
		what += ": " + ye.GetMessage()
		if t := ye.GetToken(); t != nil && t.Position != nil {
			p.line, p.column = t.Position.Line, t.Position.Column
		}
	}
	p.What = what
	r.found = append(r.found, p)
}

// add reports a problem at a node; a nil node is the file as a whole.
func (r *reader) add(n ast.Node, path, what, fix string) {
	f := found{Problem: Problem{Path: path, What: what, Fix: fix}}
	if n != nil {
		n = first(n)
		if t := n.GetToken(); t != nil && t.Position != nil {
			f.line, f.column = t.Position.Line, t.Position.Column
		}
	}
	r.found = append(r.found, f)
}

// first is the node whose place is shown for n: a mapping's own token is its first colon, which nobody would look at.
func first(n ast.Node) ast.Node {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		return m.Values[0].Key
	}
	if m, ok := n.(*ast.MappingValueNode); ok {
		return m.Key
	}
	return n
}

// problems returns what was found in the order of the lines, or nil.
func (r *reader) problems() error {
	if len(r.found) == 0 {
		return nil
	}
	slices.SortStableFunc(r.found, func(a, b found) int {
		if a.line != b.line {
			return a.line - b.line
		}
		return a.column - b.column
	})
	out := make(Problems, len(r.found))
	for i, f := range r.found {
		f.Where = r.name
		if f.line > 0 {
			f.Where = fmt.Sprintf("%s:%d:%d", r.name, f.line, f.column)
		}
		out[i] = f.Problem
	}
	return out
}

// object is one mapping of the file with its keys checked. Its getters return zero values for what is absent or
// wrong; what is wrong they report.
type object struct {
	*reader
	kind string // a name of keys
	path string
	node ast.Node
	vals map[string]ast.Node
}

// object reads n as a mapping of kind. It returns nil, after reporting, when n is not a mapping.
func (r *reader) object(n ast.Node, kind, path string) *object {
	o := &object{reader: r, kind: kind, path: path, node: n, vals: map[string]ast.Node{}}
	var pairs []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		pairs = m.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{m}
	default:
		r.add(n, path, "this is not a list of keys", "write keys below it, indented: "+strings.Join(keys[kind], ", "))
		return nil
	}
	seen := map[string]bool{}
	for _, v := range pairs {
		if name, ok := r.key(v, path); ok {
			o.take(name, v, seen)
		}
	}
	return o
}

// key is the name of a pair.
func (r *reader) key(v *ast.MappingValueNode, path string) (string, bool) {
	if _, merge := v.Key.(*ast.MergeKeyNode); merge {
		r.add(v.Key, path, "<< is not read here", "write the keys out")
		return "", false
	}
	if t := v.Key.GetToken(); t != nil {
		return t.Value, true
	}
	return "", false
}

func (o *object) take(name string, v *ast.MappingValueNode, seen map[string]bool) {
	at := o.at(name)
	switch {
	case seen[name]:
		o.add(v.Key, at, "this key is there twice", "keep one of them")
	case slices.Contains(keys[o.kind], name):
		if _, null := v.Value.(*ast.NullNode); !null && v.Value != nil { // "photo:" with nothing after it is as good as absent
			o.vals[name] = v.Value
		}
	case slices.Contains(later[o.kind], name):
		o.add(v.Key, at, name+" is not available in this version", "take the key out")
	case homes[name] != "" && homes[name] != o.kind:
		o.add(v.Key, at, "there is no such key here", "write it below the "+homes[name])
	case aliases[name] != "" && slices.Contains(keys[o.kind], aliases[name]):
		o.add(v.Key, at, "there is no such key", "did you mean "+aliases[name]+"?")
	default:
		o.add(v.Key, at, "there is no such key", suggest(name, keys[o.kind]))
	}
	seen[name] = true
}

// at is the path of a key.
func (o *object) at(key string) string {
	if o.path == "" {
		return key
	}
	return o.path + "." + key
}

// wrong reports a problem of the key's value.
func (o *object) wrong(key, what, fix string) { o.add(o.vals[key], o.at(key), what, fix) }

// need reports whether the key is there, and its absence.
func (o *object) need(key, fix string) bool {
	if o.vals[key] != nil {
		return true
	}
	o.add(o.node, o.at(key), "this key is missing", fix)
	return false
}

// child reads the key's value as a mapping of kind; nil when absent or wrong.
func (o *object) child(key, kind string) *object {
	if o.vals[key] == nil {
		return nil
	}
	return o.reader.object(o.vals[key], kind, o.at(key))
}

// list returns the entries of a sequence.
func (o *object) list(key string) []ast.Node {
	n := o.vals[key]
	if n == nil {
		return nil
	}
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		o.wrong(key, "this is not a list", "write one entry a line, each beginning with a dash, or [a, b]")
		return nil
	}
	return s.Values
}

// children reads a sequence of mappings of kind and calls each.
func (o *object) children(key, kind string, each func(*object)) {
	for i, n := range o.list(key) {
		if c := o.reader.object(n, kind, fmt.Sprintf("%s[%d]", o.at(key), i)); c != nil {
			each(c)
		}
	}
}

// scalar is the text of a plain value as it stands in the file.
func (r *reader) scalar(n ast.Node, path string) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		r.add(n, path, "anchors (&), aliases (*) and tags (!) are not read", "write the value out, or put quotes around it")
	default:
		r.add(n, path, "this takes one value", "write it on one line, in quotes if need be")
	}
	return "", false
}

// text is the key's value without white space around it; "" when absent or wrong.
func (o *object) text(key string) string {
	if o.vals[key] == nil {
		return ""
	}
	s, _ := o.scalar(o.vals[key], o.at(key))
	return strings.TrimSpace(s)
}

// enum is one of a few words; "" when absent or wrong.
func (o *object) enum(key string, words ...string) string {
	s := o.text(key)
	if s == "" && o.vals[key] == nil || slices.Contains(words, s) {
		return s
	}
	o.wrong(key, fmt.Sprintf("%q is not known here", s), suggest(s, words))
	return ""
}

// boolean is true or false.
func (o *object) boolean(key string) bool {
	n := o.vals[key]
	if n == nil {
		return false
	}
	b, ok := n.(*ast.BoolNode)
	if !ok {
		o.wrong(key, "this takes true or false", "write true, without quotes, or take the key out")
		return false
	}
	return b.Value
}

// integer is a whole number from lo to hi; 0 when absent or wrong.
func (o *object) integer(key string, lo, hi int64) int64 {
	if o.vals[key] == nil {
		return 0
	}
	s, ok := o.scalar(o.vals[key], o.at(key))
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil {
		o.wrong(key, fmt.Sprintf("%q is not a whole number", clip(s)), fmt.Sprintf("write digits only, from %d to %d", lo, hi))
		return 0
	}
	if n < lo || n > hi {
		o.wrong(key, fmt.Sprintf("%d is out of range", n), fmt.Sprintf("write a number from %d to %d", lo, hi))
		return 0
	}
	return n
}

// clip shortens a value for a message.
func clip(s string) string {
	if utf8.RuneCountInString(s) <= 40 {
		return s
	}
	return string([]rune(s)[:40]) + "…"
}
