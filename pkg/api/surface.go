package api

import (
	"strconv"

	"github.com/rolecall/rolecall/pkg/scim"
)

// surface holds what differs between the families of paths that lead to
// the same resources.
type surface struct {
	// lowerCaseResources: lists spell "resources" (HID).
	lowerCaseResources bool
	// unpagedLists: a list that is asked for no page holds everything, up to
	// maxUnpaged (HID).
	unpagedLists bool
	// offsetStart: a startIndex that is a multiple of the count is an offset
	// from 0 (HID).
	offsetStart bool
	// plainVersions: meta.version is "1", not W/"1" (HID).
	plainVersions bool
	// errorCodes: errors have an errorCode (HID).
	errorCodes bool
	// schemasOptional: bodies need no schemas (HID, BeyondTrust).
	schemasOptional bool
	// mergingPut: attributes that a PUT leaves out keep their value (HID).
	mergingPut bool
	// looseFilters: strings in filters need no quotes (HID).
	looseFilters bool
	// rolesByName: the roles of users may be named by their names (BeyondTrust).
	rolesByName bool
	// ids says whether clients choose the ids of resources (HID) or not (RFC
	// 7643 section 3.1).
	ids scim.Mutability
}

var (
	// tenantSurface is /scim/{tenant}/v2, for clients of the HID Roles API.
	tenantSurface = &surface{
		lowerCaseResources: true,
		unpagedLists:       true,
		offsetStart:        true,
		plainVersions:      true,
		errorCodes:         true,
		schemasOptional:    true,
		mergingPut:         true,
		looseFilters:       true,
		ids:                scim.Immutable,
	}
	// standardSurface is /scim/v2, as the RFCs have it.
	standardSurface = &surface{rolesByName: true, ids: scim.ReadOnly}
	// managementSurface is /management-api/scim/v2, for BeyondTrust clients.
	managementSurface = &surface{rolesByName: true, schemasOptional: true, ids: scim.ReadOnly}
)

// version writes a version as it stands in meta.
func (s *surface) version(version int64) string {
	if s.plainVersions {
		return strconv.FormatInt(version, 10)
	}
	return scim.FormatETag(version)
}
