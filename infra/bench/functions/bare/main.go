// Function bare does nothing but start: the floor that cold starts are compared with.
package main

import "github.com/aws/aws-lambda-go/lambda"

func main() {
	lambda.Start(func() {})
}
