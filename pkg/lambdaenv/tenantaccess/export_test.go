package tenantaccess

import "github.com/rolecall/rolecall/pkg/tenant"

// Bounds of the provider.
const (
	MaxSessions = maxSessions
	RenewBefore = renewBefore
	LastUse     = lastUse
	Rest        = rest
)

// Kept returns how many sessions a provider keeps.
func Kept(p *Provider) int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return len(p.sessions)
}

// SessionName returns the name of a tenant's sessions.
func SessionName(t tenant.ID) string { return sessionName(t) }
