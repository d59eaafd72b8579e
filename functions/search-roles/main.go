// Function search-roles answers POST …/Roles/.search.
package main

import (
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/lambdaenv"
)

func main() {
	lambdaenv.ServeAPI(api.SearchRoles)
}
