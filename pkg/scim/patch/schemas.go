package patch

import (
	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/scim/filter"
)

// schemas checks an operation on the attribute schemas. It changes nothing:
// schemas follows from what the resource holds.
func (p *patcher) schemas(path *filter.Path, o *Operation) error {
	if path.HasFilter() {
		if o.Op != Remove || path.Selects(p.resourceType.Schema.ID) {
			return notMutable("schemas follows from the attributes of the resource: change those.")
		}
		return nil
	}
	urns, err := values(path.Attribute, o.Value, "schemas")
	if err != nil {
		return err
	}
	switch o.Op {
	case Remove:
		if names(urns, p.resourceType.Schema.ID) || len(urns) == 0 {
			return notMutable("schemas is required and must name %q.", p.resourceType.Schema.ID)
		}
		return nil
	case Replace:
		if !names(urns, p.resourceType.Schema.ID) {
			return notMutable("schemas is required and must name %q.", p.resourceType.Schema.ID)
		}
	}
	return scim.CheckSchemas(scim.Object{"schemas": append(urns, p.resourceType.Schema.ID)}, p.resourceType)
}

func names(urns []any, urn string) bool {
	for _, one := range urns {
		if one, ok := one.(string); ok && scim.EqualNames(one, urn) {
			return true
		}
	}
	return false
}
