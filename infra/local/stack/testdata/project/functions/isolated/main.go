// Says which process serves which tenant.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

func main() {
	lambda.Start(func(ctx context.Context, _ events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
		invocation, _ := lambdacontext.FromContext(ctx)
		return events.APIGatewayProxyResponse{StatusCode: 200, Body: fmt.Sprint(invocation.TenantID, " ", os.Getpid())}, nil
	})
}
