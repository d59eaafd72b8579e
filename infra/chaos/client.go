package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// client makes requests one after the other, as a principal of its own.
type client struct {
	run    *run
	tenant *tenantRun
	name   string // of the principal, and the beginning of its resources' names
	tokens []string
	dice   *rand.Rand
	*model
	numbers int                 // given out
	seen    map[string]sighting // of what others change, too; by path
	broken  bool                // an answer was wrong, so that the model is
}

// next is a text that is used once.
func (c *client) next() string {
	c.numbers++
	return fmt.Sprintf("%s-%d", c.name, c.numbers)
}

// token changes now and then, so that not all requests are authorized from the
// gateway's memory.
func (c *client) token() string {
	return c.tokens[int(time.Since(c.run.start)/tokenUse)%len(c.tokens)]
}

// work makes requests until ctx ends.
func (c *client) work(ctx context.Context) {
	for ctx.Err() == nil && !c.broken {
		c.perform(c.choose())
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(c.dice.IntN(int(c.run.thinking) + 1))):
		}
	}
}

// perform sends a request, with its rival at the same time, and again if it is not
// known what came of it, and accounts for the answers.
func (c *client) perform(o *operation) {
	var rival *answer
	var sent sync.WaitGroup
	if o.rival != nil {
		sent.Go(func() { rival = c.send(o.rival) })
	}
	var answers []*answer
	for try := 0; ; try++ {
		a := c.send(o)
		c.run.stats.add(o.name, a)
		answers = append(answers, a)
		if !a.uncertain() || try == o.retries || c.run.ctx.Err() != nil {
			break
		}
		time.Sleep(between(c.dice, 20*time.Millisecond, 200*time.Millisecond))
	}
	sent.Wait()
	for _, a := range answers {
		c.settle(o, a)
	}
	if rival != nil {
		c.run.stats.add(o.rival.name, rival)
		c.settle(o.rival, rival)
	}
}

func (c *client) settle(o *operation, a *answer) {
	if c.broken {
		return
	}
	settle := o.settle
	if settle == nil {
		settle = func(a *answer) error { return c.account(o, a) }
	}
	err := settle(a)
	if err == nil && a.lacksAdvice() {
		err = errors.New("without Retry-After")
	}
	if err != nil && c.run.ctx.Err() == nil {
		c.broken = true
		c.run.violated("%s of %s: %s was answered %s: %v", c.name, c.tenant.name, o, a, err)
	}
}

// send makes one request.
func (c *client) send(o *operation) *answer {
	a := &answer{begun: time.Now()}
	defer func() { a.ended = time.Now() }()
	var body []byte
	if o.body != nil {
		body, a.err = json.Marshal(o.body)
	}
	tenant, token := o.tenant, o.token
	if tenant == "" {
		tenant = c.tenant.name
	}
	if token == "" {
		token = c.token()
	}
	request, err := http.NewRequestWithContext(c.run.ctx, o.method, c.run.baseURL+o.on.base(tenant)+o.path, bytes.NewReader(body))
	if err != nil {
		a.err = err
		return a
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if o.body != nil {
		request.Header.Set("Content-Type", "application/scim+json")
	}
	if o.ifMatch != "" {
		request.Header.Set("If-Match", o.ifMatch)
	}
	response, err := c.run.http.Do(request)
	if err != nil {
		a.err = err
		return a
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		a.err = err
		return a
	}
	a.read(response, content)
	return a
}
