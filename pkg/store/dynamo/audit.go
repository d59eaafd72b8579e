package dynamo

import (
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/tenant"
)

func encodeAudit(t tenant.ID, r audit.Record) item {
	it := auditKey(t, r.Time).attributes()
	it["principal"] = text(r.Principal)
	it["tokenId"] = text(r.TokenID)
	it["requestId"] = text(r.RequestID)
	it["address"] = text(r.Address)
	it["operation"] = text(r.Operation)
	it["resourceType"] = text(r.ResourceType)
	it["resourceId"] = text(r.ResourceID)
	it["versionBefore"] = number(r.VersionBefore)
	it["versionAfter"] = number(r.VersionAfter)
	it.setTexts("attributes", r.Attributes)
	return it
}
