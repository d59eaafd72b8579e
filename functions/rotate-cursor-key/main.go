// Function rotate-cursor-key gives a tenant a new key for its cursors, on an
// operator's word.
package main

import "github.com/rolecall/rolecall/pkg/lambdaenv/operator"

func main() {
	operator.ServeCursorKeyRotation()
}
