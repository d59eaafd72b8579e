package main

import "sync/atomic"

// kind is a way in which things go wrong.
type kind int

const (
	throttled         kind = iota // a call of DynamoDB: ThrottlingException
	provisioned                   // ProvisionedThroughputExceededException
	broken                        // InternalServerError, before or after a transaction is written
	conflicted                    // the transaction is cancelled: it ran into another
	cancelled                     // the transaction is cancelled: an item of it is throttled
	unfinished                    // TransactionInProgressException, while the transaction is written
	partial                       // a batch leaves keys unprocessed, or a page of a query ends early
	cut                           // the connection ends before the call arrives
	lost                          // what was to be written is, but the reply does not arrive
	slow                          // it takes long
	late                          // the reply takes longer than the function waits for it
	held                          // a write waits, while others may change what it rests on
	killed                        // a process of a function, whatever it does
	interrupted                   // all processes of a function, in the middle of a write
	interruptedBehind             // the same, of a function behind the stream
	paused                        // the stream stands still
	stopped                       // the engine is killed; the runner starts it again on its data
	kinds                         // how many there are
)

var kindNames = [kinds]string{
	"ThrottlingException", "ProvisionedThroughputExceeded", "InternalServerError", "TransactionConflict", "transaction throttled", "TransactionInProgress",
	"answered in part", "connection cut before the call", "reply lost after the write", "call delayed",
	"reply later than the timeout", "write held back", "process killed", "function killed in a write", "stream's function killed in a write", "stream paused", "engine killed",
}

// String is how a kind is called in the report.
func (k kind) String() string { return kindNames[k] }

// isStorm tells whether calls of DynamoDB are hit, a share of them for a while.
func (k kind) isStorm() bool { return k <= late }

// counts tell how often each kind of fault hit something.
type counts struct{ hits [kinds]atomic.Int64 }

func (c *counts) hit(k kind)      { c.hits[k].Add(1) }
func (c *counts) of(k kind) int64 { return c.hits[k].Load() }
