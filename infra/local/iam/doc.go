// Package iam applies each function's IAM statements to its DynamoDB calls, as AWS does, so that a missing permission shows up
// before a deployment. It knows identity policies and DynamoDB's condition keys only, and nothing of the template.
package iam
