package api

import (
	"net/http"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/scim/patch"
)

// decodeResource reads the body of a request that holds a resource.
func (c *call) decodeResource(resourceType *scim.ResourceType) (scim.Object, error) {
	if err := scim.CheckContentType(c.http.Header.Get("Content-Type")); err != nil {
		return nil, err
	}
	ids := c.surface.ids
	if resourceType == userResourceType {
		ids = scim.ReadOnly // whose ids nobody chooses
	}
	object, err := scim.Decode(c.http.Body, resourceType, ids)
	if err != nil {
		return nil, err
	}
	if !c.surface.schemasOptional {
		if err := scim.CheckSchemas(object, resourceType); err != nil {
			return nil, err
		}
	}
	if id, _ := object.String("id"); id != "" {
		if err := resource.CheckCode("id", id); err != nil {
			return nil, err
		}
	}
	return object, nil
}

// decodeReplacement reads the body of a PUT.
func (c *call) decodeReplacement(resourceType *scim.ResourceType) (scim.Object, error) {
	object, err := c.decodeResource(resourceType)
	if err != nil {
		return nil, err
	}
	if id, sent := object.String("id"); sent && id != c.id {
		return nil, scim.Errorf(http.StatusBadRequest, scim.NotMutable, "The id %q in the body is not the one in the path: an id cannot be changed.", id).WithCode(scim.CodeUnsupported)
	}
	return object, nil
}

// decodePatch reads the body of a PATCH.
func (c *call) decodePatch() (patch.Request, patch.Options, error) {
	options := patch.Options{SchemasOptional: c.surface.schemasOptional, UnquotedStrings: c.surface.looseFilters}
	if err := scim.CheckContentType(c.http.Header.Get("Content-Type")); err != nil {
		return patch.Request{}, options, err
	}
	request, err := patch.Decode(c.http.Body, options)
	return request, options, err
}
