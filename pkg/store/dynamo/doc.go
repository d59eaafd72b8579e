// Package dynamo keeps all of Rolecall's data in one DynamoDB table. Keys are
// made in keys.go, DynamoDB's errors become domain errors in errors.go, and
// how permission sets store the roles they name is told in bucket.go.
//
// Every write is a transaction: the SDK gives it an idempotency token, so a
// retry after a lost reply cannot be mistaken for somebody else's write.
package dynamo
