package main

import (
	"strconv"
	"strings"
)

// meta is the part of a resource that the service alone writes.
type meta struct{ Created, Version string }

// version is what either surface writes, 0 for nothing.
func (m meta) version() int64 {
	n, _ := strconv.ParseInt(strings.Trim(strings.TrimPrefix(m.Version, "W/"), `"`), 10, 64)
	return n
}
