package lambdaenv

import (
	"context"
	"fmt"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// checkIsolation fails if Lambda keeps this process for another tenant than the caller's.
// API Gateway names both after one answer of the authorizer, so that can only be if the
// API is deployed with another mapping.
func checkIsolation(ctx context.Context, caller string) error {
	if invocation, ok := lambdacontext.FromContext(ctx); ok && invocation.TenantID != "" && invocation.TenantID != caller {
		return fmt.Errorf("a process of tenant %q was given a request of tenant %q", invocation.TenantID, caller)
	}
	return nil
}
