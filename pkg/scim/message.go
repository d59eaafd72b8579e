package scim

import (
	"encoding/json"
	"io"
	"net/http"
)

// Members are the members of a JSON object in the order of the text. No name
// comes twice, whatever its case. Values are nil, bool, string, json.Number,
// Members, or []any of these.
type Members []Member

// Member is one member of a JSON object.
type Member struct {
	Name  string
	Value any
}

// Get returns the member with this name, in any case, and whether there is
// one.
func (m Members) Get(name string) (value any, ok bool) {
	for i := range m {
		if equalFold(m[i].Name, name) {
			return m[i].Value, true
		}
	}
	return nil, false
}

// DecodeMessage reads a body that is no resource but a message, such as a
// PatchOp (RFC 7644 section 3.5.2). It is bounded like Decode. Errors are
// *Error.
func DecodeMessage(body io.Reader) (Members, error) {
	text, err := readBody(body)
	if err != nil {
		return nil, err
	}
	d := decoder{scanner{text: text}}
	if d.peek() != '{' {
		return nil, Errorf(http.StatusBadRequest, InvalidSyntax, "The body must be a JSON object, but %s came.", d.valueKind()).WithCode(CodeBadFormat)
	}
	message, err := d.any()
	if err != nil {
		return nil, err
	}
	if d.peek(); d.at < len(d.text) {
		return nil, d.unexpected("nothing more behind the object")
	}
	return message.(Members), nil
}

// DecodeText reads one JSON value, such as a document inside of a string, in
// the types of Members. Errors are *Error.
func DecodeText(text string) (any, error) {
	d := decoder{scanner{text: []byte(text)}}
	value, err := d.any()
	if err != nil {
		return nil, err
	}
	if d.peek(); d.at < len(d.text) {
		return nil, d.unexpected("nothing more behind the value")
	}
	return value, nil
}

func (d *decoder) any() (any, error) {
	switch b := d.peek(); {
	case b == '{':
		return d.anyObject()
	case b == '[':
		return d.anyArray()
	case b == '"':
		return d.string()
	case b == 't':
		return true, d.literal("true")
	case b == 'f':
		return false, d.literal("false")
	case b == 'n':
		return nil, d.literal("null")
	case isNumberStart(b):
		text, err := d.number()
		return json.Number(text), err
	}
	return nil, d.unexpected("a value")
}

func (d *decoder) anyObject() (any, error) {
	members := make(Members, 0, 4)
	var seen map[string]struct{} // only once there are many
	err := d.object(func(name string) error {
		if len(members) == manyMembers {
			seen = make(map[string]struct{}, 2*manyMembers)
			for i := range members {
				seen[lowerString(members[i].Name)] = struct{}{}
			}
		}
		twice := false
		if seen == nil {
			_, twice = members.Get(name)
		} else {
			_, twice = seen[lowerString(name)]
			seen[lowerString(name)] = struct{}{}
		}
		if twice {
			return d.twice(name)
		}
		value, err := d.any()
		members = append(members, Member{Name: name, Value: value})
		return err
	})
	return members, err
}

// manyMembers is from how many members on a map finds a name sooner.
const manyMembers = 16

func (d *decoder) anyArray() (any, error) {
	values := []any{}
	err := d.array(func(int) error {
		value, err := d.any()
		values = append(values, value)
		return err
	})
	return values, err
}
