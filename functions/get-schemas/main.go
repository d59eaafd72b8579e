// Function get-schemas answers GET …/Schemas and GET …/Schemas/{id}.
package main

import (
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/lambdaenv"
)

func main() {
	lambdaenv.ServeStateless(api.GetSchemas)
}
