package gateway

import (
	"fmt"
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

// find answers the route of a path and its parameters, undecoded. At each level a
// literal wins over a parameter, without a way back.
func (n *node) find(method, path string) (template.Route, map[string]string, bool) {
	parameters := map[string]string{}
	at, rest := n, segments(path)
	for len(rest) > 0 {
		if next := at.literals[rest[0]]; next != nil {
			at, rest = next, rest[1:]
			continue
		}
		at = at.parameter
		if at == nil || rest[0] == "" {
			return template.Route{}, nil, false
		}
		if at.greedy {
			parameters[at.name] = strings.Join(rest, "/")
			break
		}
		parameters[at.name] = rest[0]
		rest = rest[1:]
	}
	route, ok := at.methods[method]
	if !ok {
		route, ok = at.methods["ANY"]
	}
	return route, parameters, ok
}

// segments of a path; trailing slashes are ignored.
func segments(path string) []string {
	path = strings.TrimRight(strings.TrimPrefix(path, "/"), "/")
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}
