package acceptance_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/rolecall/rolecall/infra/local/seed"
)

var update = flag.Bool("update", false, "write the answers to events into testdata")

// testEvents runs every file in events/ through the function that its name
// begins with, in the order of their names, and compares the answer.
func testEvents(t *testing.T, s service) {
	files, err := filepath.Glob(root + "/events/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no events: %v", err)
	}
	s.invoke(t, "onboard-tenant", `{"tenant":"hooli"}`, &struct{}{}) // to be deleted
	var asked []string
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		folder := s.folderOf(name)
		asked = append(asked, folder)
		t.Run(name, func(t *testing.T) {
			event, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			result, err := s.Invoke(t.Context(), folder, event)
			if err != nil {
				t.Fatal(err)
			}
			s.drain(t)
			compare(t, "testdata/"+name+".golden", render(result.FunctionError, result.Payload))
		})
	}
	for _, f := range s.Template().Functions {
		if !slices.Contains(asked, f.Folder) {
			t.Errorf("no event for %s", f.Folder)
		}
	}
}

// folderOf returns the function with the longest name that the event's name
// begins with.
func (s service) folderOf(event string) string {
	folder := ""
	for _, f := range s.Template().Functions {
		if strings.HasPrefix(event+"-", f.Folder+"-") && len(f.Folder) > len(folder) {
			folder = f.Folder
		}
	}
	return folder
}

// render writes an answer for reading: one of an API function as HTTP.
func render(functionError string, payload []byte) string {
	var response events.APIGatewayProxyResponse
	if functionError != "" {
		return masked(fmt.Sprintf("%s function error\n\n%s\n", functionError, indented(payload)))
	}
	if json.Unmarshal(payload, &response) != nil || response.StatusCode == 0 {
		return masked(indented(payload) + "\n")
	}
	var lines []string
	for name, values := range response.MultiValueHeaders {
		lines = append(lines, name+": "+strings.Join(values, ", "))
	}
	slices.Sort(lines)
	return masked(fmt.Sprintf("%d\n%s\n\n%s\n", response.StatusCode, strings.Join(lines, "\n"), indented([]byte(response.Body))))
}

var (
	times  = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	hashes = regexp.MustCompile(`W/"\d{12,}"`) // of lists, whose versions are their content
	tokens = regexp.MustCompile(`"(token|tokenId|client|secret|requestId|waitSeconds)": ?("[^"]*"|\d+)`)
	listed = regexp.MustCompile(`("resourceType": "Token",\s+"resourceId": )"[^"]*"`)
	record = regexp.MustCompile(`\d{8}T\d{6}\.\d{3}Z-[\w-]{8}`) // id of an audit record
	made   = regexp.MustCompile(`\b[0-9a-f]{32}\b`)             // id of a user, or of a role whose creator chose none
)

// masked hides what differs from run to run.
func masked(s string) string {
	s = record.ReplaceAllString(times.ReplaceAllString(s, "TIME"), "RECORD")
	s = listed.ReplaceAllString(s, `$1"MADE"`)
	s = made.ReplaceAllStringFunc(s, func(id string) string {
		if slices.ContainsFunc(seed.Users(), func(u seed.User) bool { return u.ID == id }) {
			return id
		}
		return "MADE"
	})
	return hashes.ReplaceAllString(tokens.ReplaceAllString(s, `"$1": "MADE"`), `W/"HASH"`)
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (write it with go test ./infra/acceptance -update)", err)
	}
	if got != string(want) {
		t.Errorf("answer:\n%s\nwant, as in %s:\n%s", got, file, want)
	}
}
