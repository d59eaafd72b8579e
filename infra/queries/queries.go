// Package queries has the queries of CloudWatch Logs Insights that operators use, a
// file each, and finds out what log lines they ask for.
package queries

import (
	"embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

//go:embed *.query
var files embed.FS

// Query is a query and what it reads.
type Query struct {
	Name string // of the file, without its ending
	Text string
	// Messages are those of the log lines that it chooses; none if it chooses by
	// something else.
	Messages []string
	// Fields are those that it reads of the functions' own log lines, in the order of
	// the alphabet. Those of list elements that it unnests are written tenants.0.lagMs.
	Fields []string
}

// All returns the queries in the order of their names, or an error about one that
// Logs Insights would not take, as far as that shows at a glance.
func All() ([]Query, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("queries: %w", err)
	}
	var all []Query
	for _, entry := range entries {
		text, err := files.ReadFile(entry.Name())
		if err != nil {
			return nil, fmt.Errorf("queries: %w", err)
		}
		q, err := parse(strings.TrimSuffix(entry.Name(), ".query"), string(text))
		if err != nil {
			return nil, fmt.Errorf("query %s: %w", entry.Name(), err)
		}
		all = append(all, q)
	}
	return all, nil
}

// Asking returns the queries that choose lines of a message.
func Asking(all []Query, message string) []Query {
	return slices.DeleteFunc(slices.Clone(all), func(q Query) bool { return !slices.Contains(q.Messages, message) })
}

var (
	commands  = []string{"fields", "filter", "stats", "sort", "limit", "unnest"}
	functions = []string{"avg", "count", "max", "min", "pct", "sum", "ispresent", "jsonParse"}
	keywords  = []string{"and", "or", "not", "in", "like", "as", "by", "asc", "desc", "into"}
	// lambdas are the fields of Lambda's own lines, and the one that it adds to ours.
	lambdas = []string{"type", "record", "requestId"}

	word     = regexp.MustCompile(`"[^"]*"|@?[A-Za-z_][A-Za-z0-9_.]*\(?|\d+(?:\.\d+)?|\S`)
	message  = regexp.MustCompile(`message (?:= |in \[)("[^\]\n)]*")`)
	alias    = regexp.MustCompile(`\bas ([A-Za-z0-9]+)`)
	unnested = regexp.MustCompile(`unnest ([A-Za-z0-9]+)\.([A-Za-z0-9]+) into ([A-Za-z0-9]+)`)
	quoted   = regexp.MustCompile(`"([^"]*)"`)
)

func parse(name, text string) (Query, error) {
	comment, body, _ := strings.Cut(text, "\n")
	if !strings.HasPrefix(comment, "# ") || strings.Contains(body, "#") {
		return Query{}, errors.New("want one comment, in the first line, that says what the query answers")
	}
	q := Query{Name: name, Text: text}
	for _, match := range message.FindAllStringSubmatch(body, -1) {
		for _, m := range quoted.FindAllStringSubmatch(match[1], -1) {
			q.Messages = append(q.Messages, m[1])
		}
	}
	var known []string // names that the query gives
	for _, match := range alias.FindAllStringSubmatch(body, -1) {
		known = append(known, match[1])
	}
	elements := map[string]string{} // of lists, with what they are called in a line
	for _, match := range unnested.FindAllStringSubmatch(body, -1) {
		elements[match[3]], elements[match[1]] = match[2]+".0", ""
	}
	for command := range strings.SplitSeq(body, "|") {
		fields, err := read(strings.TrimSpace(command))
		if err != nil {
			return Query{}, err
		}
		for _, field := range fields {
			first, rest, _ := strings.Cut(field, ".")
			element, isElement := elements[first]
			switch {
			case isElement && element != "" && rest != "":
				q.Fields = append(q.Fields, element+"."+rest)
			case isElement, slices.Contains(known, field), slices.Contains(lambdas, first), strings.HasPrefix(field, "@"):
			default:
				q.Fields = append(q.Fields, field)
			}
		}
	}
	slices.Sort(q.Fields)
	q.Fields = slices.Compact(q.Fields)
	return q, nil
}

// read returns the names in a command that are neither functions nor keywords.
func read(command string) (names []string, err error) {
	verb, arguments, _ := strings.Cut(command, " ")
	if !slices.Contains(commands, verb) {
		return nil, fmt.Errorf("unknown command %q", verb)
	}
	if strings.Count(arguments, `"`)%2 != 0 {
		return nil, fmt.Errorf("%s: a quotation mark is missing", verb)
	}
	open := 0
	for _, w := range word.FindAllString(arguments, -1) {
		switch function, call := strings.CutSuffix(w, "("); {
		case call && function != "":
			if !slices.Contains(functions, function) && !slices.Contains(keywords, function) {
				return nil, fmt.Errorf("%s: unknown function %s", verb, function)
			}
			open++
		case w == "(" || w == "[":
			open++
		case w == ")" || w == "]":
			open--
		case w[0] == '@' || w[0] == '_' || w[0] >= 'A' && w[0] <= 'Z' || w[0] >= 'a' && w[0] <= 'z':
			if !slices.Contains(keywords, w) {
				names = append(names, w)
			}
		}
		if open < 0 {
			return nil, fmt.Errorf("%s: a bracket is closed that was not opened", verb)
		}
	}
	if open > 0 {
		return nil, fmt.Errorf("%s: a bracket is not closed", verb)
	}
	return names, nil
}
