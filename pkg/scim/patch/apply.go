package patch

import (
	"strings"

	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/scim/filter"
)

// Apply applies a request to a resource of a type, all of it or nothing (RFC
// 7644 section 3.5.2). The resource is not modified. changed is false when the
// result has the same values, in whatever order those of multi-valued
// attributes are; the result is then the resource itself. Otherwise it
// shares nothing with the resource. Errors are *scim.Error and name the
// operation, from 1.
func Apply(resource scim.Object, request Request, resourceType *scim.ResourceType, options Options) (result scim.Object, changed bool, err error) {
	p := patcher{resource: resource.Clone(), resourceType: resourceType, options: options}
	if p.resource == nil {
		p.resource = scim.Object{}
	}
	for i := range request.Operations {
		if err := p.apply(&request.Operations[i]); err != nil {
			return nil, false, inOperation(i, err)
		}
	}
	if sameResource(resource, p.resource) {
		return resource, false, nil
	}
	p.tidy()
	return p.resource, true, nil
}

type patcher struct {
	resource     scim.Object // the result so far
	resourceType *scim.ResourceType
	options      Options
	visited      int // values of multi-valued attributes
}

// maxVisited bounds the work that a short request can cause: many operations on
// an attribute of many values.
const maxVisited = 4 << 20

func (p *patcher) apply(o *Operation) error {
	if o.Path == "" {
		return p.withoutPath(o)
	}
	path, err := p.parsePath(o.Path)
	if err != nil {
		return err
	}
	if isReadOnly(path) {
		return notMutable("%s is readOnly: leave it out.", path)
	}
	return p.at(path, o)
}

func (p *patcher) parsePath(text string) (*filter.Path, error) {
	return filter.ParsePath(text, p.resourceType, filter.Options{
		UnquotedStrings: p.options.UnquotedStrings,
		RepeatedSpaces:  true,
		QuotedBooleans:  true,
	})
}

func isReadOnly(path *filter.Path) bool {
	return path.Attribute != nil && path.Attribute.Mutability == scim.ReadOnly ||
		path.SubAttribute != nil && path.SubAttribute.Mutability == scim.ReadOnly
}

// withoutPath applies an operation to the resource itself.
func (p *patcher) withoutPath(o *Operation) error {
	if o.Op == Remove {
		return noTarget("remove needs a path: send the attribute to remove.")
	}
	members, ok := o.Value.(scim.Members)
	if !ok {
		return wrongType("value, without a path,", "an object of attributes", o.Value)
	}
	return p.members(o.Op, members, "")
}

// members applies an operation to each attribute of a value. prefix is the URN
// of their schema and a colon, if they stand in an object of that name.
func (p *patcher) members(op Op, members scim.Members, prefix string) error {
	for _, member := range members {
		name := prefix + member.Name
		if prefix == "" && scim.EqualNames(name, p.resourceType.Schema.ID) {
			if err := p.coreObject(op, member.Value); err != nil {
				return err
			}
			continue
		}
		path, err := p.parsePath(name)
		if err != nil && strings.Contains(member.Name, "[") {
			return err
		}
		if err != nil || isReadOnly(path) {
			continue
		}
		if err := p.at(path, &Operation{Op: op, Value: member.Value, HasValue: true}); err != nil {
			return err
		}
	}
	return nil
}

// coreObject applies an operation to attributes that are sent below the URN of
// the core schema, as those of extensions are.
func (p *patcher) coreObject(op Op, value any) error {
	if value == nil {
		return nil
	}
	members, ok := value.(scim.Members)
	if !ok {
		return wrongType(p.resourceType.Schema.ID, "an object", value)
	}
	return p.members(op, members, p.resourceType.Schema.ID+":")
}

// at applies an operation to what a path leads to.
func (p *patcher) at(path *filter.Path, o *Operation) error {
	if path.Attribute == nil {
		return p.extension(path, o)
	}
	if path.Extension == nil && path.Attribute.Name == "schemas" {
		return p.schemas(path, o)
	}
	t := target{Path: path, holder: p.holder(path.Extension), options: p.options}
	if p.visited += len(t.holder.Values(path.Attribute.Name)); p.visited > maxVisited {
		return tooMuch("The operations up to here go through more than %d values: send fewer operations in one request.", maxVisited)
	}
	switch {
	case !path.Attribute.MultiValued:
		return t.single(o)
	case path.HasFilter() || path.SubAttribute != nil:
		return t.selected(o)
	}
	return t.multiValued(o)
}

// holder returns the object that holds the attributes of the core schema, or
// of an extension.
func (p *patcher) holder(extension *scim.Schema) scim.Object {
	if extension == nil {
		return p.resource
	}
	holder := p.resource.Object(extension.ID)
	if holder == nil {
		holder = scim.Object{}
		p.resource[extension.ID] = holder
	}
	return holder
}

// extension applies an operation to a whole extension.
func (p *patcher) extension(path *filter.Path, o *Operation) error {
	if o.Op == Remove || o.Op == Replace && o.Value == nil {
		return p.removeExtension(path.Extension)
	}
	if o.Value == nil {
		return nil
	}
	members, ok := o.Value.(scim.Members)
	if !ok {
		return wrongType(path.Extension.ID, "an object", o.Value)
	}
	return p.members(o.Op, members, path.Extension.ID+":")
}

func (p *patcher) removeExtension(extension *scim.Schema) error {
	holder := p.holder(extension)
	for i := range extension.Attributes {
		a := &extension.Attributes[i]
		if a.Mutability == scim.ReadOnly {
			continue
		}
		if err := assign(holder, a, extension.ID+":"+a.Name, nil); err != nil {
			return err
		}
	}
	return nil
}

// tidy drops extensions that hold nothing, and makes schemas name the others
// (RFC 7644 section 3.5.2).
func (p *patcher) tidy() {
	urns := []any{p.resourceType.Schema.ID}
	for _, extension := range p.resourceType.Extensions {
		if len(p.resource.Object(extension.ID)) > 0 {
			urns = append(urns, extension.ID)
		} else {
			delete(p.resource, extension.ID)
		}
	}
	p.resource["schemas"] = urns
}
