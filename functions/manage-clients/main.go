// Function manage-clients registers, lists, rotates and removes the clients of a
// tenant, on an operator's word.
package main

import "github.com/rolecall/rolecall/pkg/lambdaenv/operator"

func main() {
	operator.ServeClients()
}
