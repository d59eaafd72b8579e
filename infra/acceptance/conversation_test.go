package acceptance_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"
)

// conversation is what a client sends and what it must be told, in a file of
// testdata/conversations:
//
//	Where it is documented that this client sends this.
//	surfaces: tenant, standard
//	-- create request --
//	POST /Users
//
//	{"userName":"a"}
//	-- create response --
//	201
//	Location: {base}/Users/{id}
//
//	{"id":"{id}","meta":{"version":"…"},"title":null}
//
// Paths are those below the surface's. Requests bear an administrator's token, or
// {token} once an answer had it. A path that begins with two slashes is one of the
// whole service, and bears none. In braces stand {base}, the surface's address;
// {tenant}; {client} and {secret} of a client that may do everything; and names
// that answers give to what they hold there.
//
// An answer must have the members that are shown, others too: "…" stands for any
// value, null for none, "…" at the end of an array for more values. Values of an
// array may come in any order. An answer that shows no body must have none. Lists
// are shown with Resources, whatever the surface's spelling.
type conversation struct {
	surfaces []string
	steps    []step
}

type step struct {
	name           string
	method, target string
	header         http.Header
	body           string
	status         int
	wantHeader     http.Header
	want           map[string]any // nil without a body
}

func readConversation(file string) (conversation, error) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		return conversation{}, err
	}
	c := conversation{surfaces: surfacesOf(string(archive.Comment))}
	for i := 0; i+1 < len(archive.Files); i += 2 {
		request, response := archive.Files[i], archive.Files[i+1]
		name, isRequest := strings.CutSuffix(request.Name, " request")
		if !isRequest || response.Name != name+" response" {
			return c, fmt.Errorf("%q is followed by %q", request.Name, response.Name)
		}
		s := step{name: name}
		if err := s.readRequest(string(request.Data)); err != nil {
			return c, fmt.Errorf("%s: %w", request.Name, err)
		}
		if err := s.readResponse(string(response.Data)); err != nil {
			return c, fmt.Errorf("%s: %w", response.Name, err)
		}
		c.steps = append(c.steps, s)
	}
	if len(c.steps) == 0 || len(archive.Files)%2 != 0 {
		return c, fmt.Errorf("%d requests and responses", len(archive.Files))
	}
	return c, nil
}

func surfacesOf(comment string) []string {
	for line := range strings.Lines(comment) {
		if names, ok := strings.CutPrefix(line, "surfaces: "); ok {
			return strings.Split(strings.TrimSpace(names), ", ")
		}
	}
	return []string{"tenant", "standard"}
}

func (s *step) readRequest(text string) (err error) {
	var line string
	if line, s.header, s.body, err = cutMessage(text); err != nil {
		return err
	}
	var ok bool
	if s.method, s.target, ok = strings.Cut(line, " "); !ok {
		return fmt.Errorf("%q is no method and path", line)
	}
	return nil
}

func (s *step) readResponse(text string) (err error) {
	var line, body string
	if line, s.wantHeader, body, err = cutMessage(text); err != nil {
		return err
	}
	if s.status, err = strconv.Atoi(line); err != nil || body == "" {
		return err
	}
	return json.Unmarshal([]byte(body), &s.want)
}

// cutMessage cuts a message into its first line, its headers and its body.
func cutMessage(text string) (line string, header http.Header, body string, err error) {
	line, rest, _ := strings.Cut(text, "\n")
	head, body, _ := strings.Cut("\n"+rest, "\n\n")
	fields, err := textproto.NewReader(bufio.NewReader(strings.NewReader(strings.TrimSpace(head) + "\n\n"))).ReadMIMEHeader()
	return line, http.Header(fields), strings.TrimSpace(body), err
}

// encodeQuery encodes the values of a query, unless they have been encoded in
// the client's own way.
func encodeQuery(target string) string {
	path, query, _ := strings.Cut(target, "?")
	if query == "" || strings.ContainsAny(query, "%+") {
		return target
	}
	pairs := strings.Split(query, "&")
	for i := range pairs {
		name, value, _ := strings.Cut(pairs[i], "=")
		pairs[i] = name + "=" + strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
	}
	return path + "?" + strings.Join(pairs, "&")
}

// names are what stands for names in braces.
type names map[string]string

var inBraces = regexp.MustCompile(`\{[A-Za-z]+\}`)

// fill replaces the names in text. Those that are not known stay.
func (n names) fill(text string) string {
	return inBraces.ReplaceAllStringFunc(text, func(braced string) string {
		if value, known := n[strings.Trim(braced, "{}")]; known {
			return value
		}
		return braced
	})
}
