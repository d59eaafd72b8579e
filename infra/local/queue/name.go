package queue

import (
	"crypto/rand"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// name is a message's file name. It holds all that changes, so that one rename changes it, and nobody can see half of it:
//
//	<sent>-<id>.json                                before the first receive
//	<sent>-<id>.<receive count>-<visible at>.json   after it
//
// Times are in nanoseconds, with leading zeros.
type name struct {
	sent      int64
	id        string
	received  int
	visibleAt int64
}

func newName(sent time.Time) name { return name{sent: sent.UnixNano(), id: rand.Text()} }

func (n name) String() string { return n.handle() + ".json" }

// handle is the name without its ending; a receive changes it, as it changes a receipt handle.
func (n name) handle() string {
	text := fmt.Sprintf("%020d-%s", n.sent, n.id)
	if n.received > 0 {
		text += fmt.Sprintf(".%d-%020d", n.received, n.visibleAt)
	}
	return text
}

var namePattern = regexp.MustCompile(`^(\d{20})-([0-9A-Z]+)(?:\.([1-9]\d*)-(\d{20}))?\.json$`)

func parseName(file string) (n name, ok bool) {
	match := namePattern.FindStringSubmatch(file)
	if match == nil {
		return name{}, false
	}
	n.id = match[2]
	var err error
	if n.sent, err = strconv.ParseInt(match[1], 10, 64); err != nil {
		return name{}, false
	}
	if match[3] == "" {
		return n, true
	}
	if n.received, err = strconv.Atoi(match[3]); err != nil {
		return name{}, false
	}
	n.visibleAt, err = strconv.ParseInt(match[4], 10, 64)
	return n, err == nil
}

func parseReceiptHandle(handle string) (name, bool) {
	n, ok := parseName(handle + ".json")
	return n, ok && n.received > 0
}

func (n name) visible(now time.Time) bool { return n.visibleAt <= now.UnixNano() }

func (n name) receivedUntil(visibleAt time.Time) name {
	n.received++
	n.visibleAt = visibleAt.UnixNano()
	return n
}

func (n name) message(body string) Message {
	m := Message{ID: n.id, Body: body, Sent: time.Unix(0, n.sent), ReceiveCount: n.received}
	if n.received > 0 {
		m.VisibleAt, m.ReceiptHandle = time.Unix(0, n.visibleAt), n.handle()
	}
	return m
}
