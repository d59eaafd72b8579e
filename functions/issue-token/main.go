// Function issue-token gives registered clients tokens for their credentials.
package main

import "github.com/rolecall/rolecall/pkg/lambdaenv"

func main() {
	lambdaenv.ServeTokenEndpoint()
}
