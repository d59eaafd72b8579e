package lambdaenv

import (
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/rolecall/rolecall/pkg/lambdaenv/tenantaccess"
)

// ownCredentials are those of the function's role.
func ownCredentials(config aws.Config) aws.CredentialsProvider { return config.Credentials }

// tenantCredentials are those of the tenant that a call is for, if there is a
// role for it: the function's own role then reaches no data.
func tenantCredentials(config aws.Config) aws.CredentialsProvider {
	role := os.Getenv("TENANT_ROLE_ARN")
	if role == "" {
		return ownCredentials(config)
	}
	return tenantaccess.New(tenantaccess.Role{
		ARN: role, Region: config.Region, Endpoint: Endpoint("AWS_ENDPOINT_URL_STS"),
		Credentials: config.Credentials, Client: config.HTTPClient,
	}.Assume, time.Now)
}
