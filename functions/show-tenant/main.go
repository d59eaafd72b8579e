// Function show-tenant shows a tenant, or lists them, to an operator.
package main

import "github.com/rolecall/rolecall/pkg/lambdaenv/operator"

func main() {
	operator.ServeShow()
}
