// Package simulation proves that permission sets follow roles. It runs the real
// store and the real handler of the table's stream against an engine, with an
// adversary in between that loses replies, throttles, crashes invocations,
// delivers the stream's records twice, late, out of order or not at all, and
// lets others write between any two calls. Everything is decided by a seed, in
// one thread, so a failure can be run again. A plain model in memory says what
// the sets have to name.
package simulation
