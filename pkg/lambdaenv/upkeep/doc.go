// Package upkeep puts together the functions that keep permission sets, and the
// roles that users hold, in line with roles: the two that the stream wakes, the
// one that looks for drift, and the one that takes up what was parked. It
// stands apart from package lambdaenv so that the functions of the API do not
// carry its clients.
package upkeep
