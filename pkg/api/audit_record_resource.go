package api

import (
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/scim"
)

// auditRecordResource is an audit record as clients see it.
type auditRecordResource struct {
	Schemas       []string  `json:"schemas"`
	ID            string    `json:"id"`
	Meta          scim.Meta `json:"meta"`
	Time          string    `json:"time"`
	Principal     string    `json:"principal"`
	TokenID       string    `json:"tokenId,omitempty"`
	Operation     string    `json:"operation"`
	ResourceType  string    `json:"resourceType"`
	ResourceID    string    `json:"resourceId"`
	VersionBefore int64     `json:"versionBefore,omitempty"`
	VersionAfter  int64     `json:"versionAfter,omitempty"`
	Attributes    []string  `json:"attributes,omitempty"`
	RequestID     string    `json:"requestId,omitempty"`
	Address       string    `json:"address,omitempty"`
}

var auditRecordSchemas = []string{auditRecordURN}

// auditRecordVersion is the version of every record: none ever changes.
const auditRecordVersion = 1

func (c *call) auditRecordResource(r *audit.Record) *auditRecordResource {
	meta := resource.Meta{Version: auditRecordVersion, Created: r.Time, LastModified: r.Time}
	return &auditRecordResource{
		Schemas:       auditRecordSchemas,
		ID:            r.ID,
		Meta:          c.meta(auditRecordResourceType.Name, meta, c.location(auditRecordEndpoint, r.ID)),
		Time:          scim.FormatTime(r.Time),
		Principal:     r.Principal,
		TokenID:       r.TokenID,
		Operation:     r.Operation,
		ResourceType:  r.ResourceType,
		ResourceID:    r.ResourceID,
		VersionBefore: r.VersionBefore,
		VersionAfter:  r.VersionAfter,
		Attributes:    r.Attributes,
		RequestID:     r.RequestID,
		Address:       r.Address,
	}
}
