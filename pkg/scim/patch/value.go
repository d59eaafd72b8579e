package patch

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/rolecall/rolecall/pkg/scim"
)

// coerce makes a value of the type of an attribute. name stands for the
// attribute in errors. Nulls stay nil, those of sub-attributes too. Unknown and
// readOnly sub-attributes are left out.
func coerce(a *scim.Attribute, value any, name string) (any, error) {
	if value == nil {
		return nil, nil
	}
	if a.MultiValued {
		list, err := values(a, value, name)
		if err != nil || len(list) == 0 {
			return nil, err
		}
		return list, nil
	}
	return coerceOne(a, value, name)
}

// values makes the values of a multi-valued attribute. A single one may come
// without an array, and a complex one in a string.
func values(a *scim.Attribute, value any, name string) ([]any, error) {
	if document, ok := documentOf(a, value); ok {
		value = document
	}
	if value == nil {
		return nil, nil
	}
	list, ok := value.([]any)
	if !ok {
		one, err := coerceOne(a, value, name)
		return []any{one}, err
	}
	coerced := make([]any, len(list))
	for i := range list {
		one, err := coerceOne(a, list[i], name+"["+strconv.Itoa(i)+"]")
		if err != nil {
			return nil, err
		}
		coerced[i] = one
	}
	return coerced, nil
}

// documentOf reads a JSON object or array that was sent in a string.
func documentOf(a *scim.Attribute, value any) (any, bool) {
	text, ok := value.(string)
	if !ok || a.Type != scim.Complex {
		return nil, false
	}
	if text = strings.TrimSpace(text); text == "" || text[0] != '{' && text[0] != '[' {
		return nil, false
	}
	document, err := scim.DecodeText(text)
	return document, err == nil
}

func coerceOne(a *scim.Attribute, value any, name string) (any, error) {
	switch a.Type {
	case scim.Boolean:
		return coerceBoolean(a, value, name)
	case scim.Integer, scim.Decimal:
		return coerceNumber(a, value, name)
	case scim.Complex:
		return coerceComplex(a, value, name)
	}
	text, ok := value.(string)
	if !ok {
		return nil, wrongType(name, a.Expected(), value)
	}
	if expected := a.CheckText(text); expected != "" {
		return nil, invalidValue("%s must be %s.", name, expected)
	}
	return text, nil
}

func coerceBoolean(a *scim.Attribute, value any, name string) (any, error) {
	switch value := value.(type) {
	case bool:
		return value, nil
	case string:
		if strings.EqualFold(value, "true") {
			return true, nil
		}
		if strings.EqualFold(value, "false") {
			return false, nil
		}
	}
	return nil, wrongType(name, a.Expected(), value)
}

func coerceNumber(a *scim.Attribute, value any, name string) (any, error) {
	number, ok := value.(json.Number)
	if !ok {
		return nil, wrongType(name, a.Expected(), value)
	}
	if a.Type == scim.Integer {
		whole, err := number.Int64()
		if err != nil {
			return nil, invalidValue("%s must be a whole number without fraction or exponent.", name)
		}
		return whole, nil
	}
	decimal, err := number.Float64()
	if err != nil {
		return nil, invalidValue("%s must be a number of double precision.", name)
	}
	return decimal, nil
}

func coerceComplex(a *scim.Attribute, value any, name string) (any, error) {
	if document, ok := documentOf(a, value); ok {
		value = document
	}
	switch value := value.(type) {
	case string:
		if sub := a.SubAttribute("value"); sub != nil && sub.Mutability != scim.ReadOnly {
			one, err := coerce(sub, value, name+".value")
			return scim.Object{sub.Name: one}, err
		}
	case scim.Members:
		return coerceMembers(a, value, name)
	}
	return nil, wrongType(name, a.Expected(), value)
}

func coerceMembers(a *scim.Attribute, members scim.Members, name string) (any, error) {
	object := make(scim.Object, len(members))
	for i := range members {
		sub := a.SubAttribute(members[i].Name)
		if sub == nil || sub.Mutability == scim.ReadOnly {
			continue
		}
		if inner, ok := documentOf(a, members[i].Value); ok && a.MultiValued && sub.Name == "value" {
			if err := addDocument(object, a, inner, name+".value"); err != nil {
				return nil, err
			}
			continue
		}
		value, err := coerce(sub, members[i].Value, name+"."+sub.Name)
		if err != nil {
			return nil, err
		}
		object[sub.Name] = value
	}
	return object, nil
}

// addDocument adds the sub-attributes of a document that was sent in the
// sub-attribute value (Entra ID's app roles). What stands beside it counts more.
func addDocument(object scim.Object, a *scim.Attribute, document any, name string) error {
	members, ok := document.(scim.Members)
	if !ok {
		return wrongType(name, "a string or an object in a string", document)
	}
	for i := range members {
		sub := a.SubAttribute(members[i].Name)
		if sub == nil || sub.Mutability == scim.ReadOnly {
			continue
		}
		if _, there := object[sub.Name]; there {
			continue
		}
		value, err := coerce(sub, members[i].Value, name+"."+sub.Name)
		if err != nil {
			return err
		}
		object[sub.Name] = value
	}
	return nil
}

// element makes a new value of a multi-valued attribute complete: without
// nulls, and with all that is required.
func element(a *scim.Attribute, value any, name string) (any, error) {
	object, ok := value.(scim.Object)
	if !ok {
		return value, nil
	}
	for sub, part := range object {
		if isUnassigned(part) {
			delete(object, sub)
		}
	}
	return object, checkRequired(a, object, name)
}

func checkRequired(a *scim.Attribute, object scim.Object, name string) error {
	for i := range a.SubAttributes {
		if sub := &a.SubAttributes[i]; sub.Required && sub.Mutability != scim.ReadOnly && isUnassigned(object[sub.Name]) {
			return missing(name+"."+sub.Name, sub.Expected())
		}
	}
	return nil
}
