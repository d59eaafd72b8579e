// Function get-service-provider-config answers GET …/ServiceProviderConfig.
package main

import (
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/lambdaenv"
)

func main() {
	lambdaenv.ServeStateless(api.GetServiceProviderConfig)
}
