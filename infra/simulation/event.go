package simulation

import "sync"

// Event is something that a run has to make happen, lest it prove nothing.
type Event string

// What clients do.
const (
	RoleCreated   Event = "role created"
	RoleRecreated Event = "role created again"
	RoleDeleted   Event = "role deleted"
	SwitchedOn    Event = "updatePermissionSet switched on"
	SwitchedOff   Event = "updatePermissionSet switched off"
	RoleRenamed   Event = "role renamed"
	GrantsChanged Event = "grants changed"
	SetPut        Event = "set replaced"
	SetPatched    Event = "set patched"
	LargePut      Event = "set replaced, with more roles than one transaction checks"
	LargeCreated  Event = "set created with more roles than one transaction checks"
	SetCreated    Event = "set created"
	SetDeleted    Event = "set deleted"
	SetRecreated  Event = "set deleted and created again inside another operation"
	SetsRead      Event = "sets read"
	Configured    Event = "another set configured"
	Rotated       Event = "cursor keys rotated"
	Onboarded     Event = "tenant onboarded"
	OnboardedLate Event = "tenant onboarded in the middle"
)

// What becomes of the stream.
const (
	Delivered     Event = "batch delivered"
	Duplicated    Event = "batch delivered twice"
	Doubled       Event = "record twice in a batch"
	Reordered     Event = "batch reordered"
	Split         Event = "batch split"
	Truncated     Event = "batch truncated"
	Replayed      Event = "batch replayed much later"
	Parked        Event = "batch parked"
	Redriven      Event = "tenant reconciled because its records were parked"
	Scheduled     Event = "tenant reconciled while the stream lags behind"
	RedriveFailed Event = "reconciliation failed, to go on later"
	PartlyFailed  Event = "batch failed in part"
	WhollyFailed  Event = "batch failed as a whole"
	Poisoned      Event = "record that can never be applied"
	Patient       Event = "batch with patience"
)

// What goes wrong below the store, and who gets in between.
const (
	Crashed               Event = "operation crashed"
	CrashedAfterLargePut  Event = "crashed right after a large set was written"
	Throttled             Event = "call throttled"
	Conflicted            Event = "transaction ran into another"
	StormMet              Event = "transaction ran into others until it gave up"
	Hounded               Event = "others were faster again and again"
	ServerFailed          Event = "server error"
	ConnectionFailed      Event = "request did not arrive"
	ReplyLost             Event = "reply lost"
	TimedOut              Event = "call timed out"
	KeysUnprocessed       Event = "keys left unprocessed"
	ParallelFailed        Event = "parallel read failed"
	OutcomeUnknown        Event = "write failed for the client, but was made"
	PutInsideSync         Event = "set changed inside a delivery"
	RoleInsideSync        Event = "role changed inside a delivery"
	RoleInsidePut         Event = "role changed inside a set change"
	RoleInsideLargePut    Event = "role changed inside a large set change"
	ConfigureInsideSync   Event = "another set configured inside a delivery"
	DeliveryInsideSync    Event = "concurrent deliveries"
	DeliveryInsidePut     Event = "delivery inside a set change"
	SameBatchConcurrently Event = "the same batch twice at the same time"
	InsideReconciliation  Event = "operation inside a reconciliation"
	RecheckStreamed       Event = "recheck asked for in the stream"
	SyncWrote             Event = "set brought in line"
	OnlyReasonChanged     Event = "a client changed only why a set names a role"
	Overflowed            Event = "more roles to be moved than fit one transaction"
	Settled               Event = "sets compared with the model while no record of their tenant waited"
)

// Events lists all of them.
func Events() []Event {
	return []Event{
		RoleCreated, RoleRecreated, RoleDeleted, SwitchedOn, SwitchedOff, RoleRenamed, GrantsChanged, SetPut, SetPatched, LargePut, LargeCreated,
		SetCreated, SetDeleted, SetRecreated, SetsRead, Configured, Rotated, Onboarded, OnboardedLate,
		Delivered, Duplicated, Doubled, Reordered, Split, Truncated, Replayed, Parked, Redriven, Scheduled, RedriveFailed, PartlyFailed, WhollyFailed, Poisoned, Patient,
		Crashed, CrashedAfterLargePut, Throttled, Conflicted, StormMet, Hounded, ServerFailed, ConnectionFailed, ReplyLost, TimedOut, KeysUnprocessed, ParallelFailed,
		OutcomeUnknown, PutInsideSync, RoleInsideSync, RoleInsidePut, RoleInsideLargePut, ConfigureInsideSync, DeliveryInsideSync, DeliveryInsidePut,
		SameBatchConcurrently, InsideReconciliation, RecheckStreamed, SyncWrote, OnlyReasonChanged, Overflowed, Settled,
	}
}

// tally counts events. Parallel reads count, too.
type tally struct {
	mutex  sync.Mutex
	counts map[Event]int
}

func (t *tally) add(e Event) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.counts[e]++
}

func (t *tally) all() map[Event]int {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	counts := make(map[Event]int, len(t.counts))
	for e, n := range t.counts {
		counts[e] = n
	}
	return counts
}
