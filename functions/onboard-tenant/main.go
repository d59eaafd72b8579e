// Function onboard-tenant makes a tenant, on an operator's word.
package main

import "github.com/rolecall/rolecall/pkg/lambdaenv/operator"

func main() {
	operator.ServeOnboarding()
}
