package infra_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// image holds the attributes of an item, as streams encode them: each with its type.
type image map[string]value

type value map[string]json.RawMessage

// size is how many bytes the attributes have for DynamoDB, names included. It fails
// for what is not encoded as streams do.
func (i image) size() (bytes int, err error) {
	for name, v := range i {
		size, err := v.size()
		if err != nil {
			return 0, fmt.Errorf("attribute %s: %w", name, err)
		}
		bytes += len(name) + size
	}
	return bytes, nil
}

// overhead is what a list or a map takes, and element each of its elements.
const overhead, element = 3, 1

func (v value) size() (bytes int, err error) {
	if len(v) != 1 {
		return 0, fmt.Errorf("want one type, not %d", len(v))
	}
	for kind, content := range v {
		switch kind {
		case "S", "N", "B":
			return scalar(kind, content)
		case "SS", "NS", "BS":
			return set(kind[:1], content)
		case "BOOL", "NULL":
			var b bool
			return 1, json.Unmarshal(content, &b)
		case "L":
			var list []value
			if err := json.Unmarshal(content, &list); err != nil {
				return 0, err
			}
			bytes := overhead
			for _, v := range list {
				size, err := v.size()
				if err != nil {
					return 0, err
				}
				bytes += element + size
			}
			return bytes, nil
		case "M":
			var members image
			if err := json.Unmarshal(content, &members); err != nil {
				return 0, err
			}
			size, err := members.size()
			return overhead + len(members)*element + size, err
		default:
			return 0, fmt.Errorf("there is no type %s", kind)
		}
	}
	return 0, nil
}

var decimal = regexp.MustCompile(`^-?(0|[1-9]\d*)(\.\d+)?$`)

// scalar reads a value that JSON has as a string, numbers and bytes, too.
func scalar(kind string, content json.RawMessage) (bytes int, err error) {
	var text string
	if err := json.Unmarshal(content, &text); err != nil {
		return 0, err
	}
	switch kind {
	case "B":
		decoded, err := base64.StdEncoding.DecodeString(text)
		return len(decoded), err
	case "N":
		if !decimal.MatchString(text) {
			return 0, fmt.Errorf("%s is no number", text)
		}
		// Two significant digits take a byte, and the exponent and the sign one each.
		digits := strings.Trim(strings.NewReplacer("-", "", ".", "").Replace(text), "0")
		return (len(digits)+1)/2 + 1 + strings.Count(text, "-"), nil
	}
	return len(text), nil
}

func set(kind string, content json.RawMessage) (bytes int, err error) {
	var elements []json.RawMessage
	if err := json.Unmarshal(content, &elements); err != nil {
		return 0, err
	}
	if len(elements) == 0 {
		return 0, errors.New("a set cannot be empty")
	}
	for _, element := range elements {
		size, err := scalar(kind, element)
		if err != nil {
			return 0, err
		}
		bytes += size
	}
	return bytes, nil
}

// TestImageSize: sizes of records that AWS has sent or documents.
func TestImageSize(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]int{
		`{"Id":{"N":"101"}}`:                                                                         5,
		`{"Id":{"N":"101"},"Message":{"S":"New item!"}}`:                                             21,
		`{"Id":{"N":"101"},"Message":{"S":"This item has changed"}}`:                                 33,
		`{"streamnative":{"S":"user2"},"name":{"S":"Alice"},"age":{"N":"30"},"email":{"S":"a@b.c"}}`: 41,
		`{"a":{"L":[{"BOOL":true},{"M":{"b":{"NULL":true}}}]}}`:                                      1 + 3 + 1 + 1 + 1 + 3 + 1 + 1 + 1,
	} {
		var i image
		if err := json.Unmarshal([]byte(document), &i); err != nil {
			t.Fatal(err)
		}
		if got, err := i.size(); err != nil || got != want {
			t.Errorf("%s has %d bytes, %v; want %d", document, got, err, want)
		}
	}
	for _, document := range []string{`{"a":{"N":101}}`, `{"a":{"N":"x"}}`, `{"a":{"S":"a","N":"1"}}`, `{"a":{"X":"1"}}`, `{"a":{"B":"!"}}`, `{"a":{"SS":[]}}`, `{"a":{"BOOL":"true"}}`} {
		var i image
		if err := json.Unmarshal([]byte(document), &i); err != nil {
			t.Fatal(err)
		}
		if _, err := i.size(); err == nil {
			t.Errorf("%s is taken", document)
		}
	}
}
