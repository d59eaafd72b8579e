// Function take-deleted-roles takes roles that were deleted from the users who hold
// them.
package main

import "github.com/rolecall/rolecall/pkg/lambdaenv/upkeep"

func main() {
	upkeep.ServeTaking()
}
