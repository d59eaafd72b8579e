package trace

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"
)

// patience is how long sending may take. UDP waits for nobody, but for room in the
// socket's buffer.
const patience = 5 * time.Millisecond

// prefix is how each datagram begins.
const prefix = `{"format": "json", "version": 1}` + "\n"

// Daemon is X-Ray's, as far as it is known: nil stands for none. It is safe for
// concurrent use.
type Daemon struct {
	address netip.AddrPort
	mutex   sync.Mutex
	socket  *net.UDPConn // nil until there is something to send
}

// DaemonAt returns the daemon at an address such as 169.254.79.129:2000; nil if
// there is none.
func DaemonAt(address string) *Daemon {
	parsed, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil
	}
	return &Daemon{address: parsed}
}

// Begin begins the subsegment of an invocation, whose calls are those made with the
// context that it returns. Without a daemon, or unless Lambda's context says that
// the invocation is sampled, the subsegment is nil, which is as good as any.
func (d *Daemon) Begin(ctx context.Context, name string) (context.Context, *Subsegment) {
	if d == nil {
		return ctx, nil
	}
	text, _ := ctx.Value("x-amzn-trace-id").(string) // put there by aws-lambda-go
	h, sampled := parseHeader(text)
	if !sampled {
		return ctx, nil
	}
	s := &Subsegment{daemon: d, document: document{
		Name: name, ID: newID(), TraceID: h.root, ParentID: h.parent, Type: "subsegment", Start: seconds(time.Now()), Annotations: map[string]any{},
	}}
	return context.WithValue(ctx, subsegmentKey{}, s), s
}

// send sends a document, or does not.
func (d *Daemon) send(content []byte) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.socket == nil {
		socket, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(d.address))
		if err != nil {
			return
		}
		d.socket = socket
	}
	_ = d.socket.SetWriteDeadline(time.Now().Add(patience))
	_, _ = d.socket.Write(append([]byte(prefix), content...)) // a trace is not worth an error
}
