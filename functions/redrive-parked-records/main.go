// Function redrive-parked-records takes up what could not be applied: it
// reconciles the tenants concerned and empties the queue.
package main

import "github.com/rolecall/rolecall/pkg/lambdaenv/upkeep"

func main() {
	upkeep.ServeRedrive()
}
