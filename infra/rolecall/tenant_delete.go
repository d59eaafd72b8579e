package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rolecall/rolecall/pkg/lambdaenv/operator"
)

// deleteSeconds is how long an invocation deletes before it tells how far it is.
const deleteSeconds = 10

func (s *session) tenantDelete() *cobra.Command {
	var confirmed string
	var c *cobra.Command
	c = verb{
		use:  "delete TENANT",
		does: "Delete a tenant and all that it has, for good",
		traffic: "every request of the tenant is refused from the first moment on. What was under way\n" +
			"has a minute to end before the last is deleted. Interrupted, the deletion goes on when\n" +
			"the command is given again. Nothing brings the tenant back: export it before.",
		example: "tenant delete acme\ntenant delete acme --confirm acme",
		do: func(ctx context.Context, arguments []string) error {
			id := arguments[0]
			if confirmed != "" && confirmed != id {
				return &usageError{c, fmt.Sprintf("--confirm is %q: it has to be the tenant's id again, %s", confirmed, id)}
			}
			if confirmed == "" {
				if err := s.confirm(ctx, id); err != nil {
					return err
				}
			}
			return s.delete(ctx, id)
		},
	}.command()
	c.Flags().StringVar(&confirmed, "confirm", "", "the tenant's `ID` again, in place of typing it")
	return c
}

// confirm lets the operator type the tenant's id.
func (s *session) confirm(ctx context.Context, id string) error {
	var shown operator.Shown
	if _, err := s.read(ctx, showTenant, operator.ShowRequest{Tenant: id}, &shown); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(s.err, "Tenant %s (%s) has %s, %s, %s, %s and %s. Nothing brings them back.\nType the tenant's id to delete it: ",
		shown.Tenant, shown.State, counted(shown.Roles, "role"), counted(shown.PermissionSets, "permission set"), counted(shown.Users, "user"), counted(shown.Tokens, "token"), counted(shown.Clients, "client"))
	typed := make(chan string, 1)
	go func() { // reading cannot be interrupted
		line, _ := bufio.NewReader(s.in).ReadString('\n')
		typed <- strings.TrimSpace(line)
	}()
	select {
	case line := <-typed:
		switch line {
		case id:
			return nil
		case "":
			s.note("")
			return fmt.Errorf("nothing was deleted: type %s, or give --confirm %s", id, id)
		}
	case <-ctx.Done():
		s.note("")
	}
	return fmt.Errorf("nothing was deleted: that is not %s", id)
}

// delete goes on until nothing is left.
func (s *session) delete(ctx context.Context, id string) error {
	request := operator.DeleteRequest{Tenant: id, Confirm: id, Seconds: deleteSeconds}
	deleted := 0
	for {
		var answer operator.DeleteAnswer
		err := s.ask(ctx, "delete-tenant", request, &answer, func() { deleted += answer.Deleted })
		if err == nil && answer.Complete {
			break
		}
		if err == nil && answer.WaitSeconds > 0 {
			s.note("%s deleted; waiting %d s for requests of %s that were under way", counted(deleted, "item"), answer.WaitSeconds, id)
			err = s.sleep(ctx, time.Duration(answer.WaitSeconds)*time.Second)
		} else if err == nil {
			s.note("%s deleted", counted(deleted, "item"))
		}
		if errors.Is(err, context.Canceled) {
			return fmt.Errorf("interrupted: the deletion of %s has begun and is not complete; go on with: %s", id, s.again(id))
		}
		if err != nil {
			return err
		}
	}
	if !s.json {
		s.say("Tenant %s is deleted.", id)
	}
	return nil
}

// again is the command that goes on with a deletion.
func (s *session) again(id string) string {
	command := "rolecall tenant delete " + id + " --confirm " + id
	if s.stack != "" {
		command += " --stack " + s.stack
	}
	if s.region != "" {
		command += " --region " + s.region
	}
	return command
}
