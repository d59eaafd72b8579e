// Function delete-tenant deletes a tenant, on an operator's word, in as many
// invocations as it takes.
package main

import "github.com/rolecall/rolecall/pkg/lambdaenv/operator"

func main() {
	operator.ServeDeletion()
}
