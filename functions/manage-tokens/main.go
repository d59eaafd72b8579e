// Function manage-tokens issues, lists, rotates and revokes a tenant's tokens, on an
// operator's word.
package main

import "github.com/rolecall/rolecall/pkg/lambdaenv/operator"

func main() {
	operator.ServeTokens()
}
