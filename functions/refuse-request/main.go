// Function refuse-request answers requests that no other function answers.
package main

import (
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/lambdaenv"
)

func main() {
	lambdaenv.ServeStateless(api.RefuseRequest)
}
