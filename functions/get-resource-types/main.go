// Function get-resource-types answers GET …/ResourceTypes and GET …/ResourceTypes/{id}.
package main

import (
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/lambdaenv"
)

func main() {
	lambdaenv.ServeStateless(api.GetResourceTypes)
}
