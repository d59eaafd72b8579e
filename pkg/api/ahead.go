package api

// ahead is something that is read while something else is, as what a client asks for
// while its permissions are: that saves one round trip of four, and costs no unit more
// unless the client is refused.
type ahead[T any] struct {
	done     chan struct{}
	value    T
	err      error
	panicked any
}

// readAhead begins to read. wait has to be called in any case: what a function does
// not wait for goes on, if at all, when it is invoked next.
func readAhead[T any](read func() (T, error)) *ahead[T] {
	a := &ahead[T]{done: make(chan struct{})}
	go func() {
		defer close(a.done)
		defer func() { a.panicked = recover() }() // for whoever waits: here it would end the process
		a.value, a.err = read()
	}()
	return a
}

func (a *ahead[T]) wait() (T, error) {
	<-a.done
	if a.panicked != nil {
		panic(a.panicked)
	}
	return a.value, a.err
}
