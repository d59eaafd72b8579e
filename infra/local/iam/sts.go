package iam

import (
	"context"
	"crypto/rand"
	"encoding/xml"
	"net/http"
	"strings"
	"time"
)

// sts is AWS STS, as far as functions call it here: AssumeRole, in the query protocol.
type sts struct{ proxy *Proxy }

// stsNamespace is that of its answers.
const stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"

// Takes reports whether a call is in the query protocol, which no other service here speaks.
func (s sts) Takes(r *http.Request) bool {
	return r.Method == http.MethodPost && r.Header.Get("X-Amz-Target") == "" &&
		strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
}

// Needs asks for the permission to assume the role and, with tags, to tag the session. The role's trust policy has to agree.
func (s sts) Needs(_ *http.Request, payload []byte) ([]Need, *Fault) {
	call, fault := parseAssumeRole(payload)
	if fault != nil {
		return nil, fault
	}
	s.proxy.mu.RLock()
	target := s.proxy.roles[call.roleARN]
	s.proxy.mu.RUnlock()
	if target == nil {
		target = &role{} // which trusts nobody: AWS does not tell that there is none
	}
	about := map[string][]string{}
	for _, t := range call.tags {
		about[tagKeys] = append(about[tagKeys], t.key)
		about[requestTag+strings.ToLower(t.key)] = []string{t.value}
	}
	needs := []Need{{Action: "sts:AssumeRole", Resource: call.roleARN, context: about, role: target}}
	if len(call.tags) > 0 {
		needs = append(needs, Need{Action: "sts:TagSession", Resource: call.roleARN, context: about, role: target})
	}
	return needs, nil
}

// Serve begins a session.
func (s sts) Serve(w http.ResponseWriter, r *http.Request, payload []byte) {
	call, _ := parseAssumeRole(payload) // Needs has read it
	caller, _ := r.Context().Value(callerKey{}).(*caller)
	key, made := s.proxy.begin(caller, call)
	type credentials struct {
		AccessKeyID     string `xml:"AccessKeyId"`
		SecretAccessKey string
		SessionToken    string
		Expiration      string
	}
	type assumedUser struct {
		ARN string `xml:"Arn"`
		ID  string `xml:"AssumedRoleId"`
	}
	answerXML(w, http.StatusOK, struct {
		XMLName     xml.Name    `xml:"AssumeRoleResponse"`
		Namespace   string      `xml:"xmlns,attr"`
		Credentials credentials `xml:"AssumeRoleResult>Credentials"`
		User        assumedUser `xml:"AssumeRoleResult>AssumedRoleUser"`
		RequestID   string      `xml:"ResponseMetadata>RequestId"`
	}{
		Namespace:   stsNamespace,
		Credentials: credentials{key, "local", made.session.token, made.session.expires.UTC().Format(time.RFC3339)},
		User:        assumedUser{made.user(), "AROALOCAL:" + made.session.name},
		RequestID:   rand.Text(),
	})
}

// begin hands out an access key, and forgets those that ended long ago.
func (p *Proxy) begin(by *caller, call assumeRole) (accessKeyID string, made *caller) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for key, c := range p.callers {
		if c.session != nil && now.Sub(c.session.expires) > time.Hour {
			delete(p.callers, key)
		}
	}
	target := p.roles[call.roleARN]
	tags := map[string]string{}
	for _, t := range call.tags {
		tags[t.key] = t.value
	}
	made = &caller{
		function: by.function, roleARN: target.arn, policy: target.policy, used: p.usageOf(target.name),
		session: &session{role: target.name, name: call.sessionName, token: rand.Text(), tags: tags, expires: now.Add(call.duration)},
	}
	accessKeyID = "ASIA" + rand.Text()
	p.callers[accessKeyID] = made
	return accessKeyID, made
}

// Refuse answers with a fault, in the form of STS, which has codes of its own for what all services refuse.
func (s sts) Refuse(w http.ResponseWriter, fault *Fault) {
	status, code := fault.Status, fault.Code
	switch code {
	case "AccessDeniedException":
		status, code = http.StatusForbidden, "AccessDenied"
	case "UnrecognizedClientException":
		status, code = http.StatusForbidden, "InvalidClientTokenId"
	case "MissingAuthenticationTokenException":
		status, code = http.StatusForbidden, "MissingAuthenticationToken"
	case "ExpiredTokenException":
		status, code = http.StatusForbidden, "ExpiredToken"
	}
	answerXML(w, status, struct {
		XMLName   xml.Name `xml:"ErrorResponse"`
		Namespace string   `xml:"xmlns,attr"`
		Type      string   `xml:"Error>Type"`
		Code      string   `xml:"Error>Code"`
		Message   string   `xml:"Error>Message"`
		RequestID string   `xml:"RequestId"`
	}{Namespace: stsNamespace, Type: "Sender", Code: code, Message: fault.Message, RequestID: rand.Text()})
}

func answerXML(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(answer) // fails only for a client that left
}

type callerKey struct{}

func withCaller(ctx context.Context, c *caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}
