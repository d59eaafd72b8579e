package patch

import (
	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/scim/filter"
)

// target is the attribute that a path leads to.
type target struct {
	*filter.Path
	holder  scim.Object // has the attribute, or is to have it
	options Options
}

// single applies an operation to a single-valued attribute, or to one of its
// sub-attributes.
func (t *target) single(o *Operation) error {
	var value any
	if o.Op != Remove {
		var err error
		if value, err = coerce(t.Last(), o.Value, t.String()); err != nil {
			return err
		}
	}
	switch {
	case t.SubAttribute != nil:
		return t.merge(scim.Object{t.SubAttribute.Name: value})
	case t.Attribute.Type == scim.Complex && value != nil:
		return t.merge(value.(scim.Object))
	}
	return assign(t.holder, t.Attribute, t.String(), value)
}

// merge sets some sub-attributes of a single complex value and leaves the
// others as they are.
func (t *target) merge(changes scim.Object) error {
	attribute := *t.Path
	attribute.SubAttribute = nil
	name := attribute.String()
	merged := t.holder.Object(t.Attribute.Name).Clone()
	if merged == nil {
		merged = scim.Object{}
	}
	if err := mergeInto(merged, t.Attribute, changes, name); err != nil {
		return err
	}
	if !same(t.holder.Object(t.Attribute.Name)["value"], merged["value"]) {
		dropReadOnly(merged, t.Attribute)
	}
	if len(merged) == 0 {
		return assign(t.holder, t.Attribute, name, nil)
	}
	if err := checkRequired(t.Attribute, merged, name); err != nil {
		return err
	}
	return assign(t.holder, t.Attribute, name, merged)
}

// mergeInto sets the sub-attributes that changes has; nil unassigns.
func mergeInto(value scim.Object, a *scim.Attribute, changes scim.Object, name string) error {
	for i := range a.SubAttributes {
		sub := &a.SubAttributes[i]
		if change, ok := changes[sub.Name]; ok {
			if err := assign(value, sub, name+"."+sub.Name, change); err != nil {
				return err
			}
		}
	}
	return nil
}

// assign sets or, with nil and what else is empty, unassigns an attribute, as
// far as its mutability lets it (RFC 7644 sections 3.5.2 and 3.5.2.2).
func assign(holder scim.Object, a *scim.Attribute, name string, value any) error {
	old := holder[a.Name]
	had := !isUnassigned(old)
	if a.Mutability == scim.Immutable && had && !same(old, value) {
		return notMutable("%s is immutable and has a value already: leave it out.", name)
	}
	if !isUnassigned(value) {
		holder[a.Name] = value
		return nil
	}
	if a.Required && had {
		return notMutable("%s is required and cannot be removed: replace it instead.", name)
	}
	delete(holder, a.Name)
	return nil
}

func isUnassigned(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case []any:
		return len(value) == 0
	case scim.Object:
		return len(value) == 0
	}
	return false
}
