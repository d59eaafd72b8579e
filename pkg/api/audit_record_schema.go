package api

import (
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/scim"
)

// auditRecordURN is the URN of the schema of audit records (Rolecall's own).
const auditRecordURN = "urn:rolecall:params:scim:schemas:core:2.0:AuditRecord"

var auditRecordResourceType = &scim.ResourceType{
	Name:        "AuditRecord",
	Description: "Records of who changed what, which nobody can change.",
	Endpoint:    "/AuditRecords",
	Schema:      auditRecordSchema,
}

var auditRecordSchema = &scim.Schema{
	ID:          auditRecordURN,
	Name:        "AuditRecord",
	Description: "A record of one change of one resource. Ids begin with the time, so that records are in the order of their times.",
	Attributes: []scim.Attribute{
		{
			Name: "time", Type: scim.DateTime, Mutability: scim.ReadOnly,
			Description: "When the change was made. The record may appear up to half a minute later.",
		},
		{
			Name: "principal", Type: scim.String, CaseExact: true, Mutability: scim.ReadOnly,
			Description: "Id of the principal who made the change.",
		},
		{
			Name: "tokenId", Type: scim.String, CaseExact: true, Mutability: scim.ReadOnly,
			Description: "Names the token that the principal used, without giving it away.",
		},
		{
			Name: "operation", Type: scim.String, Mutability: scim.ReadOnly,
			CanonicalValues: []string{audit.Create, audit.Update, audit.Delete},
			Description:     "What was done to the resource.",
		},
		{
			Name: "resourceType", Type: scim.String, Mutability: scim.ReadOnly,
			Description: "Type of the resource, such as Role, PermissionSet, Tenant or Token.",
		},
		{
			Name: "resourceId", Type: scim.String, CaseExact: true, Mutability: scim.ReadOnly,
			Description: "Id of the resource.",
		},
		{
			Name: "versionBefore", Type: scim.Integer, Mutability: scim.ReadOnly,
			Description: "Version of the resource before the change. Created resources have none.",
		},
		{
			Name: "versionAfter", Type: scim.Integer, Mutability: scim.ReadOnly,
			Description: "Version of the resource after the change. Deleted resources have none.",
		},
		{
			Name: "attributes", Type: scim.String, MultiValued: true, Mutability: scim.ReadOnly,
			Description: "Names of the attributes that changed.",
		},
		{
			Name: "requestId", Type: scim.String, CaseExact: true, Mutability: scim.ReadOnly,
			Description: "Id of the request that made the change.",
		},
		{
			Name: "address", Type: scim.String, Mutability: scim.ReadOnly,
			Description: "Source address of the request.",
		},
	},
}
