package iam

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// assumeRole is a call of STS.
type assumeRole struct {
	roleARN     string
	sessionName string
	duration    time.Duration
	tags        []tag
}

type tag struct{ key, value string }

var (
	sessionNameForm = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	tagForm         = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
)

const maxTags = 50

// parseAssumeRole reads a call and checks it as STS does.
func parseAssumeRole(payload []byte) (assumeRole, *Fault) {
	form, err := url.ParseQuery(string(payload))
	if err != nil {
		return assumeRole{}, newFault(http.StatusBadRequest, "MalformedQueryString", "%v", err)
	}
	if action, version := form.Get("Action"), form.Get("Version"); action != "AssumeRole" || version != "2011-06-15" {
		return assumeRole{}, newFault(http.StatusBadRequest, "InvalidAction", "The action %s of the version %q is not supported locally.", action, version)
	}
	for name := range form {
		if !supported(name) {
			return assumeRole{}, newFault(http.StatusBadRequest, "ValidationError", "The parameter %s is not supported locally.", name)
		}
	}
	call := assumeRole{roleARN: form.Get("RoleArn"), sessionName: form.Get("RoleSessionName"), duration: time.Hour}
	if call.tags, err = parseTags(form); err != nil {
		return assumeRole{}, newFault(http.StatusBadRequest, "ValidationError", "%v", err)
	}
	if seconds := form.Get("DurationSeconds"); seconds != "" {
		n, err := strconv.Atoi(seconds)
		if err != nil || n < 900 || n > 3600 { // a function's own credentials are of a role: chained sessions last an hour at most
			return assumeRole{}, newFault(http.StatusBadRequest, "ValidationError", "DurationSeconds %q is not within 900 and 3600.", seconds)
		}
		call.duration = time.Duration(n) * time.Second
	}
	if !sessionNameForm.MatchString(call.sessionName) {
		return assumeRole{}, newFault(http.StatusBadRequest, "ValidationError", "RoleSessionName %q must match %s.", call.sessionName, sessionNameForm)
	}
	return call, nil
}

func supported(name string) bool {
	switch name {
	case "Action", "Version", "RoleArn", "RoleSessionName", "DurationSeconds":
		return true
	}
	return strings.HasPrefix(name, "Tags.member.")
}

func parseTags(form url.Values) ([]tag, error) {
	var tags []tag
	seen := map[string]bool{}
	for i := 1; form.Has(fmt.Sprintf("Tags.member.%d.Key", i)); i++ {
		t := tag{form.Get(fmt.Sprintf("Tags.member.%d.Key", i)), form.Get(fmt.Sprintf("Tags.member.%d.Value", i))}
		folded := strings.ToLower(t.key)
		switch {
		case t.key == "" || utf8.RuneCountInString(t.key) > 128 || utf8.RuneCountInString(t.value) > 256:
			return nil, fmt.Errorf("tag %q: its key must have 1 to 128 characters, its value at most 256", t.key)
		case !tagForm.MatchString(t.key) || !tagForm.MatchString(t.value) || strings.HasPrefix(folded, "aws:"):
			return nil, fmt.Errorf("tag %q: its key or value has illegal characters", t.key)
		case seen[folded]:
			return nil, fmt.Errorf("tag %q is given twice: keys are compared without case", t.key)
		case i > maxTags:
			return nil, fmt.Errorf("a session has at most %d tags", maxTags)
		}
		seen[folded] = true
		tags = append(tags, t)
	}
	return tags, nil
}
