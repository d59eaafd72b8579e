package patch

import (
	"io"
	"net/http"
	"strings"

	"github.com/rolecall/rolecall/pkg/scim"
)

// MaxOperations is how many operations a request may have.
const MaxOperations = 1000

// Options say how a surface treats requests. The zero value is RFC 7644.
type Options struct {
	// SchemasOptional accepts a request without schemas (HID).
	SchemasOptional bool
	// UnquotedStrings accepts strings without quotes in filters (HID).
	UnquotedStrings bool
	// MissingIsRemoved makes a remove whose filter selects nothing a success
	// that changes nothing, for clients that repeat removals.
	MissingIsRemoved bool
}

// Request is the message PatchOp (RFC 7644 section 3.5.2).
type Request struct {
	Operations []Operation
}

// Operation is one of the operations of a Request.
type Operation struct {
	Op       Op
	Path     string // empty if there is none
	Value    any    // in the types of scim.Members
	HasValue bool   // a null is a value too
}

// Op is the name of an operation, in lower case.
type Op string

// The operations.
const (
	Add     Op = "add"
	Remove  Op = "remove"
	Replace Op = "replace"
)

// Decode reads the body of a PATCH request. Errors are *scim.Error.
func Decode(body io.Reader, options Options) (Request, error) {
	message, err := scim.DecodeMessage(body)
	if err != nil {
		return Request{}, err
	}
	return FromMessage(message, options)
}

// FromMessage reads a PatchOp that has been decoded already, such as the data
// of a bulk operation. Errors are *scim.Error.
func FromMessage(message scim.Members, options Options) (Request, error) {
	if err := checkSchemas(message, options); err != nil {
		return Request{}, err
	}
	list, _ := message.Get("Operations")
	operations, ok := list.([]any)
	if !ok || len(operations) == 0 {
		return Request{}, syntax("Operations must be an array of one or more operations, but %s came.", came(list))
	}
	if len(operations) > MaxOperations {
		return Request{}, tooMuch("There are %d operations: send at most %d in one request.", len(operations), MaxOperations)
	}
	request := Request{Operations: make([]Operation, len(operations))}
	for i := range operations {
		o, err := operation(operations[i])
		if err != nil {
			return Request{}, inOperation(i, err)
		}
		request.Operations[i] = o
	}
	return request, nil
}

func checkSchemas(message scim.Members, options Options) error {
	value, ok := message.Get("schemas")
	if value == nil && options.SchemasOptional {
		return nil
	}
	if !ok || value == nil {
		return scim.Errorf(http.StatusBadRequest, scim.InvalidSyntax, "schemas is required: send [%q].", scim.SchemaPatchOp).WithCode(scim.CodeMissing)
	}
	urns, _ := value.([]any)
	for _, urn := range urns {
		if urn, ok := urn.(string); ok && scim.EqualNames(urn, scim.SchemaPatchOp) {
			return nil
		}
	}
	return syntax("schemas does not name the message of a PATCH: send [%q].", scim.SchemaPatchOp)
}

func operation(value any) (Operation, error) {
	members, ok := value.(scim.Members)
	if !ok {
		return Operation{}, syntax("An operation must be an object, but %s came.", came(value))
	}
	op, err := opOf(members)
	if err != nil {
		return Operation{}, err
	}
	o := Operation{Op: op}
	path, _ := members.Get("path")
	if o.Path, ok = path.(string); !ok && path != nil {
		return Operation{}, syntax("path must be a string, but %s came.", came(path))
	}
	o.Value, o.HasValue = members.Get("value")
	if !o.HasValue && o.Op != Remove {
		return Operation{}, scim.Errorf(http.StatusBadRequest, scim.InvalidValue, "value is required: send what to %s.", o.Op).WithCode(scim.CodeMissing)
	}
	return o, nil
}

func opOf(members scim.Members) (Op, error) {
	value, _ := members.Get("op")
	name, ok := value.(string)
	if !ok {
		return "", syntax("op must be one of add, remove and replace, but %s came.", came(value))
	}
	switch op := Op(strings.ToLower(name)); op {
	case Add, Remove, Replace:
		return op, nil
	}
	return "", syntax("op must be one of add, remove and replace, but %q came.", shorten(name))
}
