// Function delete-permission-set answers DELETE …/PermissionSets/{id}.
package main

import (
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/lambdaenv"
)

func main() {
	lambdaenv.ServeAPI(api.DeletePermissionSet)
}
