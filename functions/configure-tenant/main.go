// Function configure-tenant changes a tenant's configuration, on an operator's
// word.
package main

import "github.com/rolecall/rolecall/pkg/lambdaenv/operator"

func main() {
	operator.ServeConfiguration()
}
