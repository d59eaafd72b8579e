package operator

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// action is one of the things that a function does, as its events name it.
type action struct {
	name string
	run  func(ctx context.Context, t tenant.ID) (any, error)
}

// manage takes the action that an event names, on a tenant that exists. What is
// not found is explained as kind, such as "client C1".
func manage(ctx context.Context, tenants tenant.ConfigurationStore, id, name, kind string, actions ...action) (any, error) {
	t, err := tenant.ParseID(id)
	if err != nil {
		return nil, err
	}
	if _, err := tenants.Configuration(ctx, t); err != nil {
		return nil, explain(t, err)
	}
	var names []string
	for _, a := range actions {
		if names = append(names, a.name); a.name != name {
			continue
		}
		answer, err := a.run(ctx, t)
		if errors.Is(err, resource.ErrNotFound) {
			err = fmt.Errorf("tenant %s has no %s", t, kind)
		}
		if err != nil {
			return nil, explain(t, err)
		}
		return answer, nil
	}
	last := len(names) - 1
	return nil, fmt.Errorf("action %q: want %s or %s", name, strings.Join(names[:last], ", "), names[last])
}
