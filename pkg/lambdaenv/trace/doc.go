// Package trace tells X-Ray what an invocation does: one subsegment for it, and below
// it one for each call of AWS. It speaks to the daemon that Lambda runs beside each
// function, in the daemon's own format, and only if the invocation is sampled.
// Nothing that it does can fail or delay an invocation.
package trace
