// Function export-tenant hands an operator all that a tenant has, page by page.
package main

import "github.com/rolecall/rolecall/pkg/lambdaenv/operator"

func main() {
	operator.ServeExport()
}
