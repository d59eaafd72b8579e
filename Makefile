# Rolecall: how it is run, tested and built. `make` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# What make run and make invoke read: make run PORT=9000 FRESH=1 LOG=json
export PORT ENGINE_PORT FRESH LOG TENANT_CREDENTIALS TENANT_ISOLATION DYNAMODB_ENDPOINT

# The one set of flags for what is deployed, here and in sam build.
deployed := CGO_ENABLED=0 GOOS=linux GOARCH=arm64 GOFLAGS="-trimpath -buildvcs=false -tags=lambda.norpc '-ldflags=-s -w'"

runner := .local/bin/rolecall

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: $(runner) ## run everything on this machine (PORT=8080 ENGINE_PORT=8000 FRESH=1 LOG=json TENANT_CREDENTIALS=session-tags TENANT_ISOLATION=on)
	@exec $(runner) run

.PHONY: invoke
invoke: $(runner) ## run one event through one function (FUNCTION=create-role EVENT=events/create-role.json)
	@exec $(runner) invoke -function "$(FUNCTION)" -event "$(EVENT)"

.PHONY: parked
parked: $(runner) ## list the stream records that could not be applied
	@exec $(runner) parked

.PHONY: reconcile
reconcile: $(runner) ## compare permission sets with roles and repair them (TENANT=acme, all without it; DRY_RUN=1)
	@exec $(runner) invoke -function reconcile-tenant -payload '{$(if $(TENANT),"tenant":"$(TENANT)","all":true),"dryRun":$(if $(DRY_RUN),true,false)}'

.PHONY: redrive
redrive: $(runner) ## take up what is parked: reconcile the tenants concerned and empty the queue
	@exec $(runner) invoke -function redrive-parked-records -payload '{}'

.PHONY: test
test: go ## run every test, on the engine that make run uses
	@go test -timeout 10m ./...

SOAK ?= 10m

.PHONY: soak
soak: go ## run the simulation of faults with new seeds (SOAK=10m); it prints the seed of a failure
	@go test -timeout 0 -count 1 -run '^TestSoak$$' ./infra/simulation -soak $(SOAK)

DURATION ?= 60s

.PHONY: chaos
chaos: go ## load everything while DynamoDB, functions, the stream and the engine fail, and check it (DURATION=60s SEED=1)
	@go run ./infra/chaos -duration $(DURATION) $(if $(SEED),-seed $(SEED))

.PHONY: check
check: go ## before a commit: format, vet, staticcheck, known vulnerabilities, tests
	@unformatted=$$(gofmt -l functions pkg infra); [ -z "$$unformatted" ] || { echo "gofmt these: $$unformatted"; exit 1; }
	@go vet ./...
	@go tool staticcheck ./...
	@go tool govulncheck ./...
	@$(MAKE) --no-print-directory test

FUZZTIME ?= 30s

.PHONY: fuzz
fuzz: go ## run every fuzz target (FUZZTIME=30s each); make test runs their seeds
	@grep -rlE '^func Fuzz' --include='*_test.go' functions pkg infra | xargs -n1 dirname | sort -u | while read -r package; do \
		for target in $$(grep -rhoE '^func Fuzz[A-Za-z0-9_]+' "$$package"/*_test.go | cut -c6-); do \
			echo "$$package $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "./$$package"; \
		done; \
	done

.PHONY: build
build: go ## build every function as it is deployed, into build/<function>/bootstrap
	@rm -rf build && mkdir -p build/.all
	@$(deployed) go build -o build/.all/ ./functions/...
	@for function in build/.all/*; do mkdir "build/$${function##*/}" && mv "$$function" "build/$${function##*/}/bootstrap"; done
	@rmdir build/.all && ls -l build/*/bootstrap | awk '{ printf "  %5.1f MB  %s\n", $$5 / 1000000, $$9 }'

.PHONY: sam-build
sam-build: go ## build with the SAM CLI, with the same flags
	@$(deployed) sam build

STAGE ?= dev

.PHONY: validate
validate: ## check the templates, with the SAM CLI or cfn-lint
	@if command -v sam >/dev/null; then sam validate --lint; else cfn-lint -- template.yaml; fi
	@if command -v cfn-lint >/dev/null; then cfn-lint -- infra/operations.yaml infra/account.yaml; fi
	@echo "the templates are valid"

.PHONY: account
account: ## once for each account and region: let API Gateway write logs
	@sam deploy --template-file infra/account.yaml --stack-name rolecall-account --capabilities CAPABILITY_IAM --resolve-s3 --no-fail-on-empty-changeset

.PHONY: deploy
deploy: sam-build ## build and deploy a stage of samconfig.toml (STAGE=dev)
	@sam deploy --config-env $(STAGE)

.PHONY: logs
logs: ## follow the log of a deployed function (STAGE=dev FUNCTION=create-role)
	@sam logs --cw-log-group "/aws/lambda/rolecall-$(STAGE)/$(FUNCTION)" --tail

.PHONY: delete
delete: ## delete a deployed stage; its table stays (STAGE=dev)
	@sam delete --stack-name rolecall-$(STAGE)

URL ?= http://127.0.0.1:8080
TOKEN ?= dev-acme-admin

.PHONY: smoke
smoke: go ## walk through a service as a client (URL=http://127.0.0.1:8080 TOKEN=dev-acme-admin)
	@go run ./infra/smoke "$(URL)" "$(TOKEN)"

.PHONY: bench
bench: go ## measure cold starts, sizes, the local runner and the protocol alone
	@go run ./infra/bench
	@go test -run '^$$' -bench . ./pkg/api ./pkg/scim/filter ./pkg/scim/patch ./pkg/oidc ./pkg/throttle | grep -E '^(pkg|Benchmark)'

.PHONY: clean
clean: ## remove what was built and the local database
	@rm -rf build .aws-sam .local

# Built rather than run by `go run`, which would not hand on a signal.
.PHONY: $(runner)
$(runner): go
	@mkdir -p $(@D) && go build -o $@ ./infra/local

.PHONY: go
go:
	@command -v go >/dev/null || { echo "Go is needed: https://go.dev/dl/"; exit 1; }
	@go list -m >/dev/null 2>&1 || { echo "Go $$(sed -n 's/^go //p' go.mod) or newer is needed, this is $$(go env GOVERSION): https://go.dev/dl/"; exit 1; }
