package api

import (
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/scim"
)

// URNs of the schemas of permission sets and of their items (HID).
const (
	permissionSetURN     = "urn:hid:scim:api:idp:2.0:PermissionSet"
	permissionSetItemURN = "urn:hid:scim:api:idp:2.0:PermissionSetItem"
)

// permissionSetResource is a permission set as clients see it.
type permissionSetResource struct {
	Schemas  []string                    `json:"schemas"`
	ID       string                      `json:"id"`
	External string                      `json:"externalId,omitempty"`
	Name     string                      `json:"name"`
	Meta     scim.Meta                   `json:"meta"`
	Items    []permissionSetItemResource `json:"permissionSetItems"`
}

type permissionSetItemResource struct {
	Schemas   []string        `json:"schemas"`
	ID        permission.Code `json:"id"`
	Parameter *string         `json:"parameter,omitempty"` // nil when not limited, empty when limited to no role
}

var (
	permissionSetSchemas     = []string{permissionSetURN}
	permissionSetItemSchemas = []string{permissionSetItemURN}
)

func (c *call) permissionSetResource(s *permission.Set) *permissionSetResource {
	resource := &permissionSetResource{
		Schemas:  permissionSetSchemas,
		ID:       s.ID,
		External: s.ExternalID,
		Name:     s.Name,
		Meta:     c.meta("PermissionSet", s.Meta, c.location(permissionSetEndpoint, s.ID)),
		Items:    make([]permissionSetItemResource, len(s.Items)),
	}
	for i := range s.Items {
		resource.Items[i] = permissionSetItem(&s.Items[i])
	}
	return resource
}

func permissionSetItem(item *permission.Item) permissionSetItemResource {
	resource := permissionSetItemResource{Schemas: permissionSetItemSchemas, ID: item.Permission}
	if item.Limited {
		parameter := item.Parameter()
		resource.Parameter = &parameter
	}
	return resource
}
