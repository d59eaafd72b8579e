package resource

// Proof is what a change rests on beside the resource that it changes. A store
// writes the change only if all of it is so at that moment. The zero Proof
// rests on nothing.
type Proof struct {
	Principal string          // that holds Role; empty for one of whom nothing is stored
	Role      string          // id, of one of Roles
	Roles     map[string]Meta // roles that are as they were, by id
	Sets      map[string]Meta // permission sets that are, by id
}
