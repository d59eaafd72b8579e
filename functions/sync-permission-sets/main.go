// Function sync-permission-sets brings permission sets in line after role changes.
package main

import "github.com/rolecall/rolecall/pkg/lambdaenv/upkeep"

func main() {
	upkeep.ServeSync()
}
