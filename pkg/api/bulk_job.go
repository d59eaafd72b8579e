package api

import (
	"context"
	"encoding/json"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/rolecall/rolecall/pkg/scim"
)

// bulkJob works off a bulk request. An operation waits until the resources that
// it refers to by bulkId have been created (RFC 7644 section 3.7.2).
type bulkJob struct {
	ctx          context.Context
	call         *call
	bulk         bulk
	failOnErrors int // 0: never stop
	steps        []*bulkStep
	errors       int
	creators     map[string]*bulkStep // by bulkId
	ids          map[string]string    // of what was created, by bulkId
}

// bulkStep is one operation and how far it has come.
type bulkStep struct {
	bulkOperation
	result *bulkResult // nil while it waits
	// The bulkIds that its path and its data refer to.
	pathReferences, dataReferences []string
	// later are the permission sets that a role is to grant, but that were not
	// there when it was created, because they in turn refer to the role.
	later []string
}

func newBulkJob(ctx context.Context, c *call, b bulk, request bulkRequest) *bulkJob {
	job := &bulkJob{ctx: ctx, call: c, bulk: b, failOnErrors: request.FailOnErrors, creators: map[string]*bulkStep{}, ids: map[string]string{}}
	for _, operation := range request.Operations {
		operation.Method = strings.ToUpper(operation.Method)
		step := &bulkStep{
			bulkOperation:  operation,
			pathReferences: references(operation.Path, nil), dataReferences: references("", operation.Data),
		}
		if _, taken := job.creators[operation.BulkID]; !taken && operation.Method == http.MethodPost && operation.BulkID != "" {
			job.creators[operation.BulkID] = step
		}
		job.steps = append(job.steps, step)
	}
	return job
}

// run works off the steps in their order, as far as references allow.
func (j *bulkJob) run() {
	for progress := true; progress; {
		progress = false
		for i, step := range j.steps {
			if j.stopped() {
				return
			}
			if step.result == nil && len(j.waitsFor(step)) == 0 && !j.overtakes(i) {
				j.perform(step, step.Data)
				j.completeRoles()
				progress = true
			}
		}
		if !progress {
			progress = j.breakCircle()
		}
	}
	for _, step := range j.steps {
		if step.result != nil || j.stopped() {
			continue
		}
		if len(j.waitsFor(step)) == 0 {
			j.perform(step, step.Data) // it had to come behind one that fails
		} else {
			j.fail(step, scim.Errorf(http.StatusConflict, "", "The operation refers, in a circle, to resources that are to be created by this request: create them first, and refer to each other by a later change."))
		}
	}
}

func (j *bulkJob) stopped() bool { return j.failOnErrors > 0 && j.errors >= j.failOnErrors }

// waitsFor returns the bulkIds in a step that cannot be replaced yet. What is at
// its path has to be complete, what its data refers to has to be there.
func (j *bulkJob) waitsFor(step *bulkStep) []string {
	for _, bulkID := range step.pathReferences {
		if creator := j.creators[bulkID]; creator != nil && creator != step && (creator.result == nil || len(creator.later) > 0) {
			return []string{bulkID}
		}
	}
	return slices.DeleteFunc(j.uncreated(step.dataReferences), func(bulkID string) bool { return j.creators[bulkID] == step })
}

// overtakes tells whether a step would change what an earlier one that waits refers
// to: the client means that one to find it as it was.
func (j *bulkJob) overtakes(i int) bool {
	changed := j.steps[i].pathReferences
	return len(changed) > 0 && slices.ContainsFunc(j.steps[:i], func(earlier *bulkStep) bool {
		return earlier.result == nil && slices.ContainsFunc(changed, func(bulkID string) bool {
			return slices.Contains(earlier.pathReferences, bulkID) || slices.Contains(earlier.dataReferences, bulkID)
		})
	})
}

// uncreated returns those of the bulkIds whose resources are still to be
// created.
func (j *bulkJob) uncreated(bulkIDs []string) []string {
	return slices.DeleteFunc(slices.Clone(bulkIDs), func(bulkID string) bool {
		creator := j.creators[bulkID]
		return creator == nil || creator.result != nil
	})
}

// perform sends a step, with its references replaced.
func (j *bulkJob) perform(step *bulkStep, data json.RawMessage) {
	if err := j.check(step); err != nil {
		j.fail(step, err)
		return
	}
	resolved, err := resolve(step.Path, data, j.ids)
	if err != nil {
		j.fail(step, err)
		return
	}
	answer, err := j.bulk.do(j.ctx, j.call, step.Method, resolved.path, step.Version, resolved.data)
	if err != nil {
		j.fail(step, err)
		return
	}
	step.result = j.call.bulkResult(step.bulkOperation, resolved.path, answer)
	if answer.status >= 300 {
		j.errors++
	} else if j.creators[step.BulkID] == step {
		j.ids[step.BulkID] = path.Base(step.result.Location)
	}
}

// check refuses operations that are not what RFC 7644 section 3.7 asks for.
func (j *bulkJob) check(step *bulkStep) error {
	missing := func(detail string) error {
		return scim.Errorf(http.StatusBadRequest, scim.InvalidSyntax, "%s", detail).WithCode(scim.CodeMissing)
	}
	switch step.Method {
	case http.MethodPost:
		if step.BulkID == "" && !j.call.surface.schemasOptional {
			return missing("A POST needs a bulkId, by which the response and other operations refer to it.")
		}
		if step.BulkID != "" && j.creators[step.BulkID] != step {
			return scim.Errorf(http.StatusBadRequest, scim.InvalidValue, "The bulkId %q stands at another POST already: give each its own.", step.BulkID).WithCode(scim.CodeUnsupported)
		}
	case http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		return scim.Errorf(http.StatusBadRequest, scim.InvalidSyntax, "The method %q is not possible: send POST, PUT, PATCH or DELETE.", step.Method).WithCode(scim.CodeUnsupported)
	}
	if len(step.Data) == 0 && step.Method != http.MethodDelete {
		return missing("A " + step.Method + " needs data.")
	}
	return nil
}

func (j *bulkJob) fail(step *bulkStep, err error) {
	step.result = j.call.bulkResult(step.bulkOperation, step.Path, j.call.bulkError(err))
	j.errors++
}

// breakCircle creates the first role that waits for nothing but permission sets
// to grant, without these. It reports whether there was one.
func (j *bulkJob) breakCircle() bool {
	for _, step := range j.steps {
		if step.result != nil || step.Method != http.MethodPost || j.creators[step.BulkID] != step {
			continue
		}
		waiting := j.waitsFor(step)
		data, removed := withoutGrants(step.Data, waiting)
		if len(removed) == len(waiting) {
			step.later = removed
			j.perform(step, data)
			return true
		}
	}
	return false
}

// completeRoles grants roles the permission sets that have come to be there.
func (j *bulkJob) completeRoles() {
	for _, step := range j.steps {
		if len(step.later) > 0 && len(j.uncreated(step.later)) == 0 {
			j.grantLater(step)
		}
	}
}

// grantLater gives a role the permission sets that were left out to break a
// circle. What fails is the failure of the role's operation.
func (j *bulkJob) grantLater(step *bulkStep) {
	sets := make([]map[string]string, len(step.later))
	for i, bulkID := range step.later {
		sets[i] = map[string]string{"value": bulkIDPrefix + bulkID}
	}
	step.later = nil
	id, created := j.ids[step.BulkID]
	if !created {
		return
	}
	data, err := json.Marshal(map[string]any{
		"schemas":    []string{scim.SchemaPatchOp},
		"Operations": []any{map[string]any{"op": "add", "path": roleExtensionURN + ":permissionSets", "value": sets}},
	})
	if err != nil {
		j.fail(step, err)
		return
	}
	path := "/" + rolesEndpoint.segment + "/" + id
	resolved, err := resolve("", data, j.ids)
	if err != nil {
		j.fail(step, err)
		return
	}
	answer, err := j.bulk.do(j.ctx, j.call, http.MethodPatch, path, "", resolved.data)
	if err != nil {
		j.fail(step, err)
		return
	}
	if step.result = j.call.bulkResult(step.bulkOperation, path, answer); answer.status >= 300 {
		j.errors++
		return
	}
	step.result.Status = strconv.Itoa(http.StatusCreated)
}
