package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/rolecall/rolecall/infra/local/runfile"
	"github.com/rolecall/rolecall/infra/local/seed"
	"github.com/rolecall/rolecall/infra/local/stack"
	"github.com/rolecall/rolecall/infra/local/template"
)

// run serves until ctx ends.
func run(ctx context.Context, p place) (err error) {
	unlock, err := p.lock()
	if err != nil {
		return err
	}
	defer unlock()
	options := stack.Options{
		Root: p.root, DataDir: p.data, BinDir: p.functions, Endpoint: os.Getenv("DYNAMODB_ENDPOINT"),
		Log: os.Stdout, RawLog: os.Getenv("LOG") == "json", Progress: progress,
	}
	options.Parameters = map[string]string{}
	for variable, parameter := range map[string]string{"TENANT_CREDENTIALS": "TenantCredentials", "TENANT_ISOLATION": "TenantIsolation"} {
		if value := os.Getenv(variable); value != "" {
			options.Parameters[parameter] = value
			progress("with " + parameter + "=" + value)
		}
	}
	if options.Port, err = port("PORT", 8080); err != nil {
		return err
	}
	if options.Endpoint == "" {
		if options.EnginePort, err = port("ENGINE_PORT", 8000); err != nil {
			return err
		}
	}
	if fresh := os.Getenv("FRESH"); fresh != "" && fresh != "0" {
		if err := os.RemoveAll(p.data); err != nil {
			return fmt.Errorf("start empty: %w", err)
		}
	}
	s, err := stack.Start(ctx, options)
	if err != nil {
		return err
	}
	defer func() {
		if closing := s.Close(); err == nil {
			err = closing
		}
	}()
	if err := seed.Apply(ctx, s); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	operator := s.Operator()
	remove, err := runfile.Write(p.root, runfile.Running{
		PID: os.Getpid(), Endpoint: s.EngineEndpoint(), BaseURL: s.BaseURL(),
		Operator: runfile.Operator{Endpoint: operator.Endpoint, AccessKeyID: operator.AccessKeyID, StackName: template.StackName},
	})
	if err != nil {
		return err
	}
	defer remove()
	if !options.RawLog {
		greet(s)
	}
	<-ctx.Done()
	if !options.RawLog {
		fmt.Println("\nstopping")
	}
	return nil
}

func greet(s *stack.Stack) {
	tokens := ""
	for _, t := range seed.Tokens() {
		tokens += fmt.Sprintf("    %-17s %s in %s\n", t.Secret, t.Note, t.Tenant)
	}
	fmt.Println(strings.NewReplacer("BASE", s.BaseURL(), "ENGINE", s.EngineEndpoint(), "TOKENS\n", tokens, "DAVE", seed.Dave).Replace(`
Rolecall is running; Ctrl-C stops it.

  tenant surface     BASE/scim/acme/v2
  standard surface   BASE/scim/v2
  under a base path  BASE/management-api/scim/v2
  DynamoDB engine    ENGINE

  Tokens, valid only in this database:
TOKENS

  Try:
    curl -s BASE/scim/acme/v2/Roles -H 'Authorization: Bearer dev-acme-admin'
    curl -si BASE/scim/acme/v2/Roles -H 'Authorization: Bearer dev-acme-admin' -H 'Content-Type: application/scim+json' \
         -d '{"id":"NEWROLE","name":"New Role","description":"my new role","updatePermissionSet":true}'
    curl -s BASE/scim/acme/v2/PermissionSets/FS_RLASG -H 'Authorization: Bearer dev-acme-admin'
    curl -s BASE/scim/v2/Users -H 'Authorization: Bearer dev-acme-user'
    curl -s BASE/scim/acme/v2/Users/DAVE -X PATCH -H 'Authorization: Bearer dev-acme-admin' -H 'Content-Type: application/scim+json' \
         -d '{"Operations":[{"op":"add","path":"roles","value":"RL_HELPDSK"}]}'
    curl -s BASE/scim/v2/Me -H 'Authorization: Bearer dev-acme-user'
    go run ./infra/rolecall tenant list
`))
}
