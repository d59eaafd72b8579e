// Function replace-user answers PUT …/Users/{id} and PUT …/Me.
package main

import (
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/lambdaenv"
)

func main() {
	lambdaenv.ServeAPI(api.ReplaceUser)
}
