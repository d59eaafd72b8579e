package patch

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/rolecall/rolecall/pkg/scim"
)

// inOperation says in an error which operation it is about.
func inOperation(index int, err error) error {
	var message *scim.Error
	if !errors.As(err, &message) {
		return err
	}
	numbered := *message
	numbered.Detail = fmt.Sprintf("Operation %d: %s", index+1, message.Detail)
	return &numbered
}

func syntax(format string, args ...any) error {
	return scim.Errorf(http.StatusBadRequest, scim.InvalidSyntax, format, args...).WithCode(scim.CodeBadFormat)
}

func invalidValue(format string, args ...any) error {
	return scim.Errorf(http.StatusBadRequest, scim.InvalidValue, format, args...).WithCode(scim.CodeBadFormat)
}

func wrongType(name, expected string, value any) error {
	return invalidValue("%s must be %s, but %s came.", name, expected, came(value))
}

func missing(name, expected string) error {
	return scim.Errorf(http.StatusBadRequest, scim.InvalidValue, "%s is required: send %s.", name, expected).WithCode(scim.CodeMissing)
}

func notMutable(format string, args ...any) error {
	return scim.Errorf(http.StatusBadRequest, scim.NotMutable, format, args...).WithCode(scim.CodeUnsupported)
}

func noTarget(format string, args ...any) error {
	return scim.Errorf(http.StatusBadRequest, scim.NoTarget, format, args...).WithCode(scim.CodeUnsupported)
}

func tooMuch(format string, args ...any) error {
	return scim.Errorf(http.StatusRequestEntityTooLarge, "", format, args...).WithCode(scim.CodeTooLong)
}

// came describes a value that was not expected.
func came(value any) string {
	switch value := value.(type) {
	case nil:
		return "nothing"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case []any:
		if len(value) == 0 {
			return "an empty array"
		}
		return "an array"
	}
	return "an object"
}

// shorten keeps a client's long text out of an error's detail.
func shorten(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
