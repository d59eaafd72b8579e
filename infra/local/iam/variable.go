package iam

import (
	"fmt"
	"regexp"
	"strings"
)

// principalTag begins the condition keys of the caller's tags.
const principalTag = "aws:principaltag/"

var variable = regexp.MustCompile(`\$\{[^}]*\}?`)

// checkVariables lets through the policy variables of a value that substitute knows.
func checkVariables(value string) error {
	for _, v := range variable.FindAllString(value, -1) {
		key := variableKey(v)
		if name, ok := strings.CutPrefix(key, principalTag); !ok || name == "" || strings.ContainsAny(name, ",' ") || !strings.HasSuffix(v, "}") {
			return fmt.Errorf("the policy variable %s is not supported", v)
		}
	}
	return nil
}

// substitute puts the values of condition keys in place of a value's variables. A variable whose key is missing has no value, and so
// what it stands in is equal to nothing.
func substitute(value string, context map[string][]string) (text string, ok bool) {
	if !strings.Contains(value, "${") {
		return value, true
	}
	ok = true
	text = variable.ReplaceAllStringFunc(value, func(v string) string {
		values := context[variableKey(v)]
		if len(values) != 1 {
			ok = false
			return ""
		}
		return values[0]
	})
	return text, ok
}

func variableKey(v string) string {
	return strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(v, "${"), "}"))
}
