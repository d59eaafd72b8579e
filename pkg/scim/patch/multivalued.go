package patch

import (
	"strconv"

	"github.com/rolecall/rolecall/pkg/scim"
)

// multiValued applies an operation to all of a multi-valued attribute.
func (t *target) multiValued(o *Operation) error {
	name := t.String()
	old := t.holder.Values(t.Attribute.Name)
	if o.Op == Remove && o.Value == nil {
		return assign(t.holder, t.Attribute, name, nil)
	}
	sent, err := values(t.Attribute, o.Value, name)
	if err != nil {
		return err
	}
	if o.Op == Remove {
		return t.assign(without(t.Attribute, old, sent))
	}
	if sent, err = elements(t.Attribute, sent, name); err != nil {
		return err
	}
	l := newList(t.Attribute)
	if o.Op == Add {
		l.start(old)
		for _, value := range sent {
			if err := l.add(value, name); err != nil {
				return err
			}
		}
		return t.assign(l.values)
	}
	before := newList(t.Attribute)
	before.start(old)
	for _, value := range sent {
		before.lendReadOnly(value)
		if err := l.add(value, name); err != nil {
			return err
		}
	}
	return t.assign(l.values)
}

// assign sets all values of the attribute.
func (t *target) assign(values []any) error {
	attribute := *t.Path
	attribute.SubAttribute = nil
	return assign(t.holder, t.Attribute, attribute.String(), values)
}

// elements makes new values complete, and leaves out empty ones.
func elements(a *scim.Attribute, sent []any, name string) ([]any, error) {
	var complete []any
	primaries := 0
	for i := range sent {
		value, err := element(a, sent[i], name+"["+strconv.Itoa(i)+"]")
		if err != nil {
			return nil, err
		}
		if isPrimary(value) {
			primaries++
		}
		if !isUnassigned(value) {
			complete = append(complete, value)
		}
	}
	if primaries > 1 {
		return nil, invalidValue("%s can have one primary value, but %d came.", name, primaries)
	}
	return complete, nil
}

func isPrimary(value any) bool {
	object, _ := value.(scim.Object)
	primary, _ := object.Bool("primary")
	return primary
}

// list is a multi-valued attribute that holds no value twice (RFC 7643 section
// 2.4).
type list struct {
	attribute *scim.Attribute
	values    []any
	places    map[string][]int // of values, by key
}

func newList(a *scim.Attribute) *list { return &list{attribute: a, places: map[string][]int{}} }

// start takes values as they are.
func (l *list) start(values []any) {
	for _, value := range values {
		l.append(value)
	}
}

func (l *list) append(value any) {
	key := keyOf(l.attribute, value)
	l.places[key] = append(l.places[key], len(l.values))
	l.values = append(l.values, value)
}

// find returns the place of a value, of the same type rather than of none, or
// -1.
func (l *list) find(value any) int {
	found := -1
	for _, place := range l.places[keyOf(l.attribute, value)] {
		switch compareTypes(l.attribute, l.values[place], value) {
		case sameType:
			return place
		case noType:
			if found < 0 {
				found = place
			}
		}
	}
	return found
}

// add adds a value, or its sub-attributes to the same value that is there.
func (l *list) add(value any, name string) error {
	place := l.find(value)
	if place < 0 {
		l.append(value)
		place = len(l.values) - 1
	} else if changes, ok := value.(scim.Object); ok {
		if err := l.merge(place, changes, name); err != nil {
			return err
		}
	}
	if isPrimary(value) {
		onePrimary(l.values, place)
	}
	return nil
}

func (l *list) merge(place int, changes scim.Object, name string) error {
	merged := l.values[place].(scim.Object).Clone()
	for i := range l.attribute.SubAttributes {
		if sub := &l.attribute.SubAttributes[i]; sameButForCase(sub, merged[sub.Name], changes[sub.Name]) {
			delete(changes, sub.Name)
		}
	}
	if err := mergeInto(merged, l.attribute, changes, name); err != nil {
		return err
	}
	l.values[place] = merged
	return nil
}

// lendReadOnly gives a value the readOnly sub-attributes of the same value
// that is there already.
func (l *list) lendReadOnly(value any) {
	object, ok := value.(scim.Object)
	place := l.find(value)
	if !ok || place < 0 {
		return
	}
	copyReadOnly(object, l.attribute, l.values[place].(scim.Object))
}

func copyReadOnly(to scim.Object, a *scim.Attribute, from scim.Object) {
	for i := range a.SubAttributes {
		if sub := &a.SubAttributes[i]; sub.Mutability == scim.ReadOnly && from[sub.Name] != nil {
			to[sub.Name] = from[sub.Name]
		}
	}
}

// onePrimary leaves primary at one value alone (RFC 7644 section 3.5.2).
func onePrimary(values []any, place int) {
	for i := range values {
		if i != place && isPrimary(values[i]) {
			second := values[i].(scim.Object).Clone()
			second["primary"] = false
			values[i] = second
		}
	}
}

// without returns the values that were not sent.
func without(a *scim.Attribute, old, sent []any) []any {
	gone := newList(a)
	gone.start(sent)
	var left []any
	for _, value := range old {
		if gone.find(value) < 0 {
			left = append(left, value)
		}
	}
	return left
}
