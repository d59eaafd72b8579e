package scim

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxBodySize is the longest request body, in bytes.
const MaxBodySize = 1 << 20

// Decode reads the body of a create or replace request and checks its types
// against the schemas of resourceType. Attribute names and URNs are accepted
// in any case (RFC 7643 section 2.1). Unknown attributes, readOnly attributes
// and nulls are left out, but must be JSON. id says whether clients choose ids
// (Immutable) or not (ReadOnly). Whether required attributes are there is not
// checked, except inside complex values. Errors are *Error.
func Decode(body io.Reader, resourceType *ResourceType, id Mutability) (Object, error) {
	text, err := readBody(body)
	if err != nil {
		return nil, err
	}
	d := decoder{scanner{text: text}}
	if d.peek() != '{' {
		return nil, Errorf(http.StatusBadRequest, InvalidSyntax, "The body must be a JSON object, but %s came.", d.valueKind()).WithCode(CodeBadFormat)
	}
	object, err := d.resource(resourceType, id)
	if err != nil {
		return nil, err
	}
	if d.peek(); d.at < len(d.text) {
		return nil, d.unexpected("nothing more behind the object")
	}
	return object, nil
}

func readBody(body io.Reader) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	text, err := io.ReadAll(io.LimitReader(body, MaxBodySize+1))
	if err != nil {
		return nil, Errorf(http.StatusBadRequest, InvalidSyntax, "The body could not be read to its end: send it again.")
	}
	if len(text) > MaxBodySize {
		return nil, Errorf(http.StatusRequestEntityTooLarge, "", "The body is longer than %d bytes: send less in one request.", MaxBodySize).WithCode(CodeTooLong)
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) // RFC 8259 section 8.1 lets a byte order mark be ignored
	if !utf8.Valid(text) {
		return nil, notUTF8(text)
	}
	return text, nil
}

func notUTF8(text []byte) error {
	s := scanner{text: text}
	at := 0
	for {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size <= 1 {
			return s.fail(at, "the text is not UTF-8: encode the body in UTF-8")
		}
		at += size
	}
}

type decoder struct{ scanner }

func (d *decoder) resource(resourceType *ResourceType, id Mutability) (Object, error) {
	common := [...]Attribute{
		{Name: "schemas", Type: Reference, MultiValued: true},
		{Name: "id", Type: String, Mutability: id},
		{Name: "externalId", Type: String},
		{Name: "meta", Type: Complex, Mutability: ReadOnly},
	}
	object := Object{}
	err := d.members(func(name string) error {
		if extension := resourceType.findExtension(name); extension != nil {
			return d.extension(object, extension)
		}
		attribute := findAttribute(common[:], name)
		if attribute == nil {
			attribute = findAttribute(resourceType.Schema.Attributes, name)
		}
		return d.attribute(object, attribute, "")
	})
	return object, err
}

func (d *decoder) extension(object Object, schema *Schema) error {
	switch d.peek() {
	case 'n':
		return d.literal("null")
	case '{':
		value, err := d.complex(schema.Attributes, "")
		object[schema.ID] = value
		return err
	}
	return d.wrongType(schema.ID, "an object")
}

// complex reads an object of these attributes. path stands before their names
// in errors.
func (d *decoder) complex(attributes []Attribute, path string) (Object, error) {
	object := Object{}
	err := d.members(func(name string) error {
		return d.attribute(object, findAttribute(attributes, name), path)
	})
	if err != nil {
		return nil, err
	}
	for i := range attributes {
		if a := &attributes[i]; a.Required && path != "" && object[a.Name] == nil {
			return nil, Errorf(http.StatusBadRequest, InvalidValue, "%s is required: send %s.", path+a.Name, a.Expected()).WithCode(CodeMissing)
		}
	}
	return object, nil
}

// members reads an object and refuses a name that comes twice.
func (d *decoder) members(member func(name string) error) error {
	seen := make(map[string]struct{}, 8)
	return d.object(func(name string) error {
		key := lowerString(name)
		if _, twice := seen[key]; twice {
			return d.twice(name)
		}
		seen[key] = struct{}{}
		return member(name)
	})
}

func (d *decoder) twice(name string) error {
	return Errorf(http.StatusBadRequest, InvalidSyntax, "The attribute %q comes twice before %s: send it once. Names are compared without regard to case.",
		shorten(name), d.position(d.at)).WithCode(CodeBadFormat)
}

func lowerString(s string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			return rune(lower(byte(r)))
		}
		return r
	}, s)
}

// shorten keeps a client's long text out of an error's detail.
func shorten(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// attribute reads the value of an attribute into object. A nil definition is
// an unknown attribute.
func (d *decoder) attribute(object Object, a *Attribute, path string) error {
	if a == nil || a.Mutability == ReadOnly {
		return d.skip()
	}
	if d.peek() == 'n' {
		return d.literal("null")
	}
	var value any
	var err error
	if a.MultiValued {
		value, err = d.multiValued(a, path)
	} else {
		value, err = d.value(a, path+a.Name)
	}
	if err != nil {
		return err
	}
	object[a.Name] = value
	return nil
}

func (d *decoder) multiValued(a *Attribute, path string) (any, error) {
	if d.peek() != '[' && a.Lenient {
		value, err := d.value(a, path+a.Name)
		return []any{value}, err
	}
	if d.peek() != '[' {
		return nil, d.wrongType(path+a.Name, "an array")
	}
	values := []any{}
	err := d.array(func(index int) error {
		value, err := d.value(a, path+a.Name+"["+strconv.Itoa(index)+"]")
		values = append(values, value)
		return err
	})
	return values, err
}

// value reads one value of a's type.
func (d *decoder) value(a *Attribute, name string) (any, error) {
	b := d.peek()
	if b == '"' && a.Lenient {
		return d.lenient(a, name)
	}
	switch a.Type {
	case Boolean:
		if b == 't' {
			return true, d.literal("true")
		}
		if b == 'f' {
			return false, d.literal("false")
		}
	case Integer, Decimal:
		if isNumberStart(b) {
			return d.numberValue(a, name)
		}
	case Complex:
		if b == '{' {
			return d.complex(a.SubAttributes, name+".")
		}
	default:
		if b == '"' {
			return d.stringValue(a, name)
		}
	}
	return nil, d.wrongType(name, a.Expected())
}

// lenient reads a string that stands for another kind of value.
func (d *decoder) lenient(a *Attribute, name string) (any, error) {
	at := d.at
	text, err := d.string()
	if err != nil {
		return nil, err
	}
	switch {
	case a.Type == Boolean && EqualNames(text, "true"):
		return true, nil
	case a.Type == Boolean && EqualNames(text, "false"):
		return false, nil
	case a.Type == Complex && strings.HasPrefix(strings.TrimSpace(text), "{"):
		return d.document(a, name, at, text)
	case a.Type == Complex && findAttribute(a.SubAttributes, "value") != nil:
		return Object{"value": text}, nil
	}
	return nil, d.badFormat(name, at, a.Expected())
}

// document reads an object that came as JSON in a string.
func (d *decoder) document(a *Attribute, name string, at int, text string) (any, error) {
	inner := decoder{scanner{text: []byte(text)}}
	inner.peek()
	object, err := inner.complex(a.SubAttributes, name+".")
	inner.peek()
	if message, refused := err.(*Error); refused && message.ScimType == InvalidSyntax || !refused && inner.at < len(inner.text) {
		return nil, d.badFormat(name, at, "one JSON object, if it is JSON in a string")
	}
	return object, err
}

func (d *decoder) numberValue(a *Attribute, name string) (any, error) {
	at := d.at
	text, err := d.number()
	if err != nil {
		return nil, err
	}
	if a.Type == Integer {
		value, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, d.badFormat(name, at, "a whole number without fraction or exponent")
		}
		return value, nil
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, d.badFormat(name, at, "a number of double precision")
	}
	return value, nil
}

func (d *decoder) stringValue(a *Attribute, name string) (any, error) {
	at := d.at
	text, err := d.string()
	if err != nil {
		return nil, err
	}
	if expected := a.CheckText(text); expected != "" {
		return nil, d.badFormat(name, at, expected)
	}
	return text, nil
}

// CheckText says in words what a string value of a must be, and returns the
// empty string when text is that (RFC 7643 sections 2.3.5 and 2.3.6).
func (a *Attribute) CheckText(text string) (expected string) {
	switch a.Type {
	case DateTime:
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			return "a date and time such as 2026-01-31T12:00:00Z"
		}
	case Binary:
		if _, err := base64.StdEncoding.DecodeString(text); err != nil {
			return "base64"
		}
	}
	return ""
}

// Expected says in words what a value of a's type must be.
func (a *Attribute) Expected() string {
	switch a.Type {
	case Boolean:
		return "true or false, without quotes"
	case Integer, Decimal:
		return "a number"
	case Complex:
		return "an object"
	}
	return "a string"
}

func (d *decoder) wrongType(name, expected string) error {
	kind := d.valueKind()
	at := d.position(d.at)
	if err := d.skip(); err != nil {
		return err // what stands there is not JSON at all
	}
	return Errorf(http.StatusBadRequest, InvalidValue, "%s must be %s, but %s came at %s.", name, expected, kind, at).WithCode(CodeBadFormat)
}

func (d *decoder) badFormat(name string, at int, expected string) error {
	return Errorf(http.StatusBadRequest, InvalidValue, "%s must be %s; see %s.", name, expected, d.position(at)).WithCode(CodeBadFormat)
}

// CheckSchemas returns an *Error unless the object's schemas name the core
// schema of resourceType and otherwise only its extensions (RFC 7643 section
// 3).
func CheckSchemas(object Object, resourceType *ResourceType) error {
	core := resourceType.Schema.ID
	found := false
	for _, value := range object.Values("schemas") {
		urn, _ := value.(string)
		switch {
		case equalFold(urn, core):
			found = true
		case resourceType.findExtension(urn) == nil:
			return Errorf(http.StatusBadRequest, InvalidValue, "schemas names %q, which is no schema of a %s: send %s.",
				shorten(urn), resourceType.Name, allSchemas(resourceType)).WithCode(CodeUnsupported)
		}
	}
	if !found {
		return Errorf(http.StatusBadRequest, InvalidValue, "schemas is required: send an array that holds %q.", core).WithCode(CodeMissing)
	}
	return nil
}

func allSchemas(resourceType *ResourceType) string {
	names := fmt.Sprintf("%q", resourceType.Schema.ID)
	for _, extension := range resourceType.Extensions {
		names += fmt.Sprintf(" and, if needed, %q", extension.ID)
	}
	return names
}
