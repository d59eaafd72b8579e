// Function replace-permission-set answers PUT and POST …/PermissionSets/{id}.
package main

import (
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/lambdaenv"
)

func main() {
	lambdaenv.ServeAPI(api.ReplacePermissionSet)
}
