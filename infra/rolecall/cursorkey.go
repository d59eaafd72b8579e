package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/rolecall/rolecall/pkg/lambdaenv/operator"
)

func (s *session) cursorKeyCommand() *cobra.Command {
	return group("cursor-key", "Rotate the keys that seal cursors", "cursor-key rotate acme", verb{
		use:  "rotate TENANT",
		does: "Give a tenant a new key for its cursors",
		traffic: "walks that are under way go on: the old keys open the cursors that they sealed\n" +
			"until these have expired.",
		example: "cursor-key rotate acme",
		do: func(ctx context.Context, arguments []string) error {
			var answer operator.RotateCursorKeyAnswer
			return s.ask(ctx, "rotate-cursor-key", operator.RotateCursorKeyRequest{Tenant: arguments[0]}, &answer, func() {
				s.say("Tenant %s has a new cursor key, and %s in all.", answer.Tenant, counted(answer.Keys, "key"))
			})
		},
	}.command())
}
