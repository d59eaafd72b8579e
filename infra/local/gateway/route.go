package gateway

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/rolecall/rolecall/infra/local/template"
)

// node is one level of the resource tree.
type node struct {
	literals  map[string]*node
	parameter *node
	name      string // of the parameter that this node stands for
	greedy    bool   // {name+} takes the rest of the path
	methods   map[string]template.Route
}

func newNode() *node {
	return &node{literals: map[string]*node{}, methods: map[string]template.Route{}}
}

func routes(list []template.Route) (*node, error) {
	root := newNode()
	for _, route := range list {
		at := root
		for _, segment := range segments(route.Path) {
			next, err := at.child(segment)
			if err != nil {
				return nil, fmt.Errorf("route %s %s: %w", route.Method, route.Path, err)
			}
			at = next
		}
		if _, taken := at.methods[route.Method]; taken {
			return nil, fmt.Errorf("route %s %s: there is already one like it", route.Method, route.Path)
		}
		at.methods[route.Method] = route
	}
	return root, nil
}

func (n *node) child(segment string) (*node, error) {
	name, isParameter := strings.CutPrefix(strings.TrimSuffix(segment, "}"), "{")
	if !isParameter {
		if n.literals[segment] == nil {
			n.literals[segment] = newNode()
		}
		return n.literals[segment], nil
	}
	name, greedy := strings.CutSuffix(name, "+")
	if n.parameter == nil {
		n.parameter = newNode()
		n.parameter.name, n.parameter.greedy = name, greedy
	}
	// API Gateway refuses siblings {a} and {b} when it is deployed.
	if n.parameter.name != name || n.parameter.greedy != greedy {
		return nil, fmt.Errorf("the parameter {%s} already stands where {%s} does", n.parameter.name, name)
	}
	return n.parameter, nil
}

// find answers the route of a request and its parameters, undecoded. API Gateway
// looks for a method at a path, not for a path alone: at each level a literal
// wins over a parameter, but only if the method is found behind it.
func (n *node) find(method string, rest []string) (template.Route, map[string]string, bool) {
	if len(rest) == 0 {
		route, ok := n.method(method)
		return route, map[string]string{}, ok
	}
	if next := n.literals[rest[0]]; next != nil {
		if route, parameters, ok := next.find(method, rest[1:]); ok {
			return route, parameters, true
		}
	}
	at := n.parameter
	if at == nil || rest[0] == "" {
		return template.Route{}, nil, false
	}
	value, rest := rest[0], rest[1:]
	if at.greedy {
		value, rest = strings.Join(append([]string{value}, rest...), "/"), nil
	}
	route, parameters, ok := at.find(method, rest)
	if ok {
		parameters[at.name] = value
	}
	return route, parameters, ok
}

func (n *node) method(method string) (template.Route, bool) {
	route, ok := n.methods[method]
	if !ok && slices.Contains(anyMethods, method) {
		route, ok = n.methods["ANY"]
	}
	return route, ok
}

// anyMethods are those that a route for ANY takes, unless there is one for the
// method itself.
var anyMethods = []string{
	http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPatch, http.MethodPost, http.MethodPut,
}

// segments of a path; trailing slashes are ignored.
func segments(path string) []string {
	path = strings.TrimRight(strings.TrimPrefix(path, "/"), "/")
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}
