// Function delete-user answers DELETE …/Users/{id} and DELETE …/Me.
package main

import (
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/lambdaenv"
)

func main() {
	lambdaenv.ServeAPI(api.DeleteUser)
}
