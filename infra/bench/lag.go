package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// measureLag creates roles one after another and answers how long after its 201 each
// was seen in the permission set. A look takes a few milliseconds, and less than a
// look cannot be told apart.
func measureLag(ctx context.Context, c client, creates int) ([]time.Duration, error) {
	progress(fmt.Sprintf("creating %d roles one after another", creates))
	var took []time.Duration
	for i := range creates + 1 {
		id := fmt.Sprintf("LAG-%d", i)
		if _, err := c.call(ctx, http.StatusCreated, "POST", "globex/v2/Roles", roleBody(id)); err != nil {
			return nil, err
		}
		start := time.Now()
		for listed := false; !listed; {
			if time.Since(start) > 10*time.Second {
				return nil, fmt.Errorf("role %s is not in the permission set after 10 s", id)
			}
			set, err := c.call(ctx, http.StatusOK, "GET", "globex/v2/PermissionSets/FS_RLASG", "")
			if err != nil {
				return nil, err
			}
			if listed, err = lists(set, id); err != nil {
				return nil, err
			}
		}
		if i > 0 { // the first one waits for processes to start
			took = append(took, time.Since(start))
		}
	}
	return took, nil
}

// lists says whether every item of a permission set names a role.
func lists(set []byte, id string) (bool, error) {
	var decoded struct{ PermissionSetItems []struct{ Parameter string } }
	if err := json.Unmarshal(set, &decoded); err != nil {
		return false, fmt.Errorf("permission set: %w", err)
	}
	for _, item := range decoded.PermissionSetItems {
		if !strings.Contains("|"+item.Parameter+"|", "|"+id+"|") {
			return false, nil
		}
	}
	return len(decoded.PermissionSetItems) > 0, nil
}
