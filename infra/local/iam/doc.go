// Package iam applies each function's IAM statements to its calls of AWS services, as AWS does, so that a missing permission shows
// up before a deployment. It knows identity policies, roles that functions assume by AWS STS, with the tags of their sessions as
// policy variables, DynamoDB's operations and DynamoDB's condition keys, and nothing of the template; what the calls of other
// services need, those say themselves.
package iam
