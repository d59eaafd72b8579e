// Function get-permission-set answers GET …/PermissionSets/{id}.
package main

import (
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/lambdaenv"
)

func main() {
	lambdaenv.ServeAPI(api.GetPermissionSet)
}
