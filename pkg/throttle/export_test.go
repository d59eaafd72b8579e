package throttle

// Remembered returns how many windows a throttle remembers.
func Remembered(t *Throttle) int {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return len(t.windows)
}
