package operator

import (
	"time"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
)

type exportedConfiguration struct {
	Type string `json:"type"`
	Configuration
}

type exportedMeta struct {
	Version      int64     `json:"version"`
	Created      time.Time `json:"created"`
	LastModified time.Time `json:"lastModified"`
}

func exportedMetaOf(m resource.Meta) exportedMeta {
	return exportedMeta{m.Version, m.Created, m.LastModified}
}

type exportedRole struct {
	Type                string   `json:"type"`
	ID                  string   `json:"id"`
	ExternalID          string   `json:"externalId,omitempty"`
	Name                string   `json:"name"`
	Description         string   `json:"description,omitempty"`
	UpdatePermissionSet bool     `json:"updatePermissionSet"`
	PermissionSets      []string `json:"permissionSets,omitempty"`
	BuiltIn             bool     `json:"builtIn,omitempty"`
	CreatedBy           string   `json:"createdBy,omitempty"`
	exportedMeta
}

func exportedRoleOf(r *role.Role) exportedRole {
	return exportedRole{
		"role", r.ID, r.ExternalID, r.Name, r.Description, r.UpdatePermissionSet, r.PermissionSets, r.BuiltIn, r.CreatedBy, exportedMetaOf(r.Meta),
	}
}

// exportedSet is a permission set, or a part of one that is too long for a line.
// The parts follow each other; each but the first is marked, and has only those
// items, with those roles, that it adds. Parts of different versions tell that
// the set was changed in between.
type exportedSet struct {
	Type       string         `json:"type"`
	ID         string         `json:"id"`
	Continued  bool           `json:"continued,omitempty"`
	ExternalID string         `json:"externalId,omitempty"`
	Name       string         `json:"name"`
	Configured bool           `json:"configured,omitempty"`
	Items      []exportedItem `json:"items"`
	exportedMeta
}

type exportedItem struct {
	Permission permission.Code `json:"permission"`
	Limited    bool            `json:"limited"`
	Roles      []string        `json:"roles,omitempty"`
}

// rolesPerLine keeps a line below 1 MB: a code has at most 64 bytes.
const rolesPerLine = 10_000

// partsOf splits a set so that each part names at most so many roles.
func partsOf(set permission.Set, most int) []exportedSet {
	empty := exportedSet{
		Type: "permissionSet", ID: set.ID, ExternalID: set.ExternalID, Name: set.Name, Configured: set.Configured,
		Items: []exportedItem{}, exportedMeta: exportedMetaOf(set.Meta),
	}
	parts := []exportedSet{empty}
	room := most
	for _, item := range set.Items {
		roles := item.Roles
		for first := true; first || len(roles) > 0; first = false {
			if room == 0 {
				next := empty
				next.Continued, next.Items = true, nil
				parts, room = append(parts, next), most
			}
			n := min(len(roles), room)
			part := &parts[len(parts)-1]
			part.Items = append(part.Items, exportedItem{item.Permission, item.Limited, roles[:n]})
			roles, room = roles[n:], room-n
		}
	}
	return parts
}

type exportedPrincipal struct {
	Type  string   `json:"type"`
	ID    string   `json:"id"`
	Roles []string `json:"roles"`
}

type exportedToken struct {
	Type string `json:"type"`
	Token
}

type exportedClient struct {
	Type string `json:"type"`
	Client
}

type exportedRecord struct {
	Type          string    `json:"type"`
	ID            string    `json:"id"`
	Time          time.Time `json:"time"`
	Principal     string    `json:"principal"`
	TokenID       string    `json:"tokenId,omitempty"`
	RequestID     string    `json:"requestId,omitempty"`
	Address       string    `json:"address,omitempty"`
	Operation     string    `json:"operation"`
	ResourceType  string    `json:"resourceType"`
	ResourceID    string    `json:"resourceId"`
	VersionBefore int64     `json:"versionBefore,omitempty"`
	VersionAfter  int64     `json:"versionAfter,omitempty"`
	Attributes    []string  `json:"attributes,omitempty"`
}

func exportedRecordOf(r *audit.Record) exportedRecord {
	return exportedRecord{
		"auditRecord", r.ID, r.Time, r.Principal, r.TokenID, r.RequestID, r.Address,
		r.Operation, r.ResourceType, r.ResourceID, r.VersionBefore, r.VersionAfter, r.Attributes,
	}
}
