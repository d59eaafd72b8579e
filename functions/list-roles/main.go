// Function list-roles answers GET …/Roles.
package main

import (
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/lambdaenv"
)

func main() {
	lambdaenv.ServeAPI(api.ListRoles)
}
