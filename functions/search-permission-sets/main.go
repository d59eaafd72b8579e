// Function search-permission-sets answers POST …/PermissionSets/.search.
package main

import (
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/lambdaenv"
)

func main() {
	lambdaenv.ServeAPI(api.SearchPermissionSets)
}
