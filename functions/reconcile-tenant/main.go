// Function reconcile-tenant compares the permission sets of a tenant, or of all,
// with their roles, and repairs them.
package main

import "github.com/rolecall/rolecall/pkg/lambdaenv/upkeep"

func main() {
	upkeep.ServeReconciliation()
}
