package dynamo

// What the table's stream tells, beside the keys of roles, to whoever keeps
// permission sets in line.
const (
	// ConfiguredSet is the attribute of a tenant's configuration that names the
	// configured permission set.
	ConfiguredSet = "configuredPermissionSet"
	// Recheck is an attribute of permission sets.
	Recheck = "recheck"
	// RecheckAll is the value of Recheck in a set that was written without a
	// check of all the roles that it rests on: they have to be looked at once it
	// is there. Every other write of the set takes the value away.
	RecheckAll = "all"
)
