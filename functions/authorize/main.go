// Function authorize finds out whose token a request carries, for API Gateway.
package main

import "github.com/rolecall/rolecall/pkg/lambdaenv"

func main() {
	lambdaenv.ServeAuthorizer()
}
