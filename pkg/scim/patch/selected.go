package patch

import (
	"slices"

	"github.com/rolecall/rolecall/pkg/scim"
)

// selected applies an operation to some values of a multi-valued attribute, or
// to a sub-attribute of them.
func (t *target) selected(o *Operation) error {
	values := slices.Clone(t.holder.Values(t.Attribute.Name))
	places := t.places(values)
	if len(places) == 0 {
		return t.nothingSelected(o, values)
	}
	if o.Op == Remove || o.Op == Replace && o.Value == nil {
		return t.removeSelected(values, places)
	}
	change, err := t.change(o)
	if err != nil || change == nil {
		return err
	}
	for _, place := range places {
		if values[place], err = t.changed(values[place], change); err != nil {
			return err
		}
	}
	if err := t.settlePrimary(values, places, change); err != nil {
		return err
	}
	return t.assign(distinct(t.Attribute, values))
}

func (t *target) places(values []any) []int {
	var places []int
	for i := range values {
		if !t.HasFilter() || t.Selects(values[i]) {
			places = append(places, i)
		}
	}
	return places
}

func (t *target) nothingSelected(o *Operation, values []any) error {
	missingIsRemoved := t.options.MissingIsRemoved || !t.HasFilter() || t.removesValue()
	if o.Op == Remove && missingIsRemoved {
		return nil
	}
	if (o.Op == Add || o.Op == Replace && t.Attribute.Lenient) && o.Value != nil {
		return t.addImplied(o, values)
	}
	return noTarget("No value of %s is selected by the path: add one first, or correct the path.", t.Attribute.Name)
}

// addImplied adds a value that the filter would have selected.
func (t *target) addImplied(o *Operation, values []any) error {
	implied, ok := scim.Object{}, t.Attribute.Type == scim.Complex
	if ok && t.HasFilter() {
		implied, ok = t.Implied()
	}
	if !ok {
		return noTarget("No value of %s is selected by the path, and it does not say by eq what a new one must have: send the new value without a filter.", t.Attribute.Name)
	}
	change, err := t.change(o)
	if err != nil {
		return err
	}
	dropReadOnly(implied, t.Attribute)
	for name, value := range change.(scim.Object) {
		implied[name] = value
	}
	name := t.Attribute.Name
	complete, err := elements(t.Attribute, []any{implied}, name)
	if err != nil {
		return err
	}
	l := newList(t.Attribute)
	l.start(values)
	for _, value := range complete {
		if err := l.add(value, name); err != nil {
			return err
		}
	}
	return t.assign(l.values)
}

// removesValue says whether the path leads to the sub-attribute without which its
// values are nothing, so that to remove it is to remove them.
func (t *target) removesValue() bool {
	return t.Attribute.Lenient && t.SubAttribute != nil && t.SubAttribute.Required && t.SubAttribute.Name == "value"
}

// removeSelected removes values, or a sub-attribute of them.
func (t *target) removeSelected(values []any, places []int) error {
	if t.SubAttribute == nil || t.removesValue() {
		for i := len(places) - 1; i >= 0; i-- {
			values = slices.Delete(values, places[i], places[i]+1)
		}
		return t.assign(values)
	}
	for _, place := range places {
		object := values[place].(scim.Object).Clone()
		if err := assign(object, t.SubAttribute, t.String(), nil); err != nil {
			return err
		}
		values[place] = object
	}
	return t.assign(slices.DeleteFunc(values, isUnassigned))
}

// change reads the value of an operation: sub-attributes to set, all of them
// when a selected value is replaced, or the new value itself if it is not
// complex.
func (t *target) change(o *Operation) (any, error) {
	name := t.String()
	value := o.Value
	if list, ok := value.([]any); ok && len(list) == 1 && (t.SubAttribute == nil || !t.SubAttribute.MultiValued) {
		value = list[0]
	}
	if t.SubAttribute == nil {
		if value == nil {
			return nil, nil
		}
		change, err := coerceOne(t.Attribute, value, name)
		if changes, ok := change.(scim.Object); ok && err == nil && o.Op == Replace && !t.isBare(o.Value) {
			change, err = whole(t.Attribute, changes), checkRequired(t.Attribute, changes, name)
		}
		return change, err
	}
	sub, err := coerce(t.SubAttribute, value, name)
	return scim.Object{t.SubAttribute.Name: sub}, err
}

// isBare says whether a string stands for the sub-attribute value.
func (t *target) isBare(value any) bool {
	_, isText := value.(string)
	_, isDocument := documentOf(t.Attribute, value)
	return isText && !isDocument
}

// changed returns what becomes of a selected value.
func (t *target) changed(value, change any) (any, error) {
	changes, ok := change.(scim.Object)
	if !ok {
		return change, nil
	}
	old := value.(scim.Object)
	object := old.Clone()
	if err := mergeInto(object, t.Attribute, changes, t.Attribute.Name); err != nil {
		return nil, err
	}
	if !same(old["value"], object["value"]) {
		dropReadOnly(object, t.Attribute)
	}
	return object, checkRequired(t.Attribute, object, t.Attribute.Name)
}

// whole returns changes that unassign all that they do not set.
func whole(a *scim.Attribute, changes scim.Object) scim.Object {
	complete := scim.Object{}
	for i := range a.SubAttributes {
		if sub := &a.SubAttributes[i]; sub.Mutability != scim.ReadOnly {
			complete[sub.Name] = changes[sub.Name]
		}
	}
	return complete
}

// dropReadOnly removes what described the value before: the server knows what
// describes the new one.
func dropReadOnly(object scim.Object, a *scim.Attribute) {
	for i := range a.SubAttributes {
		if sub := &a.SubAttributes[i]; sub.Mutability == scim.ReadOnly {
			delete(object, sub.Name)
		}
	}
}

func (t *target) settlePrimary(values []any, places []int, change any) error {
	if !isPrimary(change) {
		return nil
	}
	if len(places) > 1 {
		return invalidValue("%s can have one primary value, but the path selects %d.", t.Attribute.Name, len(places))
	}
	onePrimary(values, places[0])
	return nil
}

// distinct drops values that have become the same as one before them.
func distinct(a *scim.Attribute, values []any) []any {
	l := newList(a)
	for _, value := range values {
		if place := l.find(value); place < 0 || !same(l.values[place], value) {
			l.append(value)
		}
	}
	return l.values
}
