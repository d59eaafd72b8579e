// Package engine finds, installs and runs dynoxide, the DynamoDB engine that stands in for Amazon DynamoDB on a laptop and in
// tests. It knows nothing of Lambda, API Gateway or the template.
package engine

// Version is the release of dynoxide that is installed when none is on PATH.
const Version = "1.2.1"
