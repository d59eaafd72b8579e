// Function patch-user answers PATCH …/Users/{id} and PATCH …/Me.
package main

import (
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/lambdaenv"
)

func main() {
	lambdaenv.ServeAPI(api.PatchUser)
}
