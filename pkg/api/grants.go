package api

import "github.com/rolecall/rolecall/pkg/auth"

// readAnew returns a function that returns these grants when it is called first, and
// reads them anew from then on: a change that a store asks for again may be so
// because the caller's permissions have changed.
func readAnew(grants *auth.Grants, read func() (*auth.Grants, error)) func() (*auth.Grants, error) {
	return func() (*auth.Grants, error) {
		first := grants
		grants = nil
		if first != nil {
			return first, nil
		}
		return read()
	}
}
