package scim

// Object is a resource or complex value as a client sent it. Keys are
// attribute names as spelled in the schema, and URNs of extensions. Values are
// string, bool, int64, float64, Object, or []any of these.
type Object map[string]any

// String returns a string value, and whether there is one.
func (o Object) String(name string) (string, bool) {
	value, ok := o[name].(string)
	return value, ok
}

// Bool returns a boolean value, and whether there is one.
func (o Object) Bool(name string) (value, ok bool) {
	value, ok = o[name].(bool)
	return value, ok
}

// Object returns a complex value or an extension, nil if there is none. A nil
// Object can be read like an empty one.
func (o Object) Object(name string) Object {
	value, _ := o[name].(Object)
	return value
}

// Values returns the values of a multi-valued attribute.
func (o Object) Values(name string) []any {
	values, _ := o[name].([]any)
	return values
}

// Clone returns a copy that shares nothing with o.
func (o Object) Clone() Object {
	if o == nil {
		return nil
	}
	clone := make(Object, len(o))
	for name, value := range o {
		clone[name] = cloneValue(value)
	}
	return clone
}

func cloneValue(value any) any {
	switch value := value.(type) {
	case Object:
		return value.Clone()
	case []any:
		values := make([]any, len(value))
		for i := range value {
			values[i] = cloneValue(value[i])
		}
		return values
	}
	return value
}
