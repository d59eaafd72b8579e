package api

import (
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/scim"
)

func (c *call) meta(resourceType string, m resource.Meta, location string) scim.Meta {
	return scim.Meta{
		ResourceType: resourceType,
		Location:     location,
		Version:      c.surface.version(m.Version),
		Created:      scim.FormatTime(m.Created),
		LastModified: scim.FormatTime(m.LastModified),
	}
}
