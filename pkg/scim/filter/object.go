package filter

import (
	"time"

	"github.com/rolecall/rolecall/pkg/scim"
)

// elementField reads from one value of a multi-valued attribute.
func elementField(path scim.Path) Field[any] {
	return Field[any]{Value: func(element *any) Value { return elementValue(path, *element) }}
}

// elementValue reads the last part of path from a value of its attribute.
func elementValue(path scim.Path, element any) Value {
	if path.SubAttribute != nil {
		object, _ := element.(scim.Object)
		element = object[path.SubAttribute.Name]
	}
	return valueOf(path.Last(), element)
}

func valueOf(a *scim.Attribute, value any) Value {
	switch value := value.(type) {
	case string:
		if a.Type == scim.DateTime {
			moment, err := time.Parse(time.RFC3339, value)
			if err != nil {
				return Value{}
			}
			return Time(moment)
		}
		return Text(value)
	case bool:
		return Bool(value)
	case int64:
		return Integer(value)
	case float64:
		return Decimal(value)
	case scim.Object:
		return Complex(len(value) > 0)
	case []any:
		var several []string
		for _, one := range value {
			if s, ok := one.(string); ok {
				several = append(several, s)
			}
		}
		return Texts(several)
	}
	return Value{}
}
