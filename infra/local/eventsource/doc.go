// Package eventsource runs a DynamoDB stream event source mapping as AWS Lambda does: it polls the stream, batches, filters,
// invokes, bisects, retries and parks. It knows nothing of processes or of the template.
package eventsource
