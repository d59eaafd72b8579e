package api_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// checkedUsers refuse what must not be stored.
type checkedUsers struct {
	cannedUsers
	t *testing.T
}

func (c checkedUsers) check(u user.User) {
	c.t.Helper()
	if err := u.Validate(); err != nil {
		c.t.Errorf("%+v is to be stored: %v", u, err)
	}
	for i := range u.Roles {
		if i > 0 && u.Roles[i-1].ID >= u.Roles[i].ID || !u.Roles[i].Created.Equal(now) {
			c.t.Errorf("roles %+v are to be stored", u.Roles)
		}
	}
}

func (c checkedUsers) CreateUser(ctx context.Context, t tenant.ID, by audit.Actor, u user.User) (user.User, error) {
	c.check(u)
	return c.cannedUsers.CreateUser(ctx, t, by, u)
}

func (c checkedUsers) UpdateUser(ctx context.Context, t tenant.ID, by audit.Actor, id string, change func(user.User) (user.User, resource.Proof, error)) (user.User, error) {
	u, err := c.cannedUsers.UpdateUser(ctx, t, by, id, change)
	if err == nil {
		c.check(u)
	}
	return u, err
}

// FuzzUserWrite: whatever a client sends, the user that is to be stored is valid,
// and what is refused is refused with a sound error.
func FuzzUserWrite(f *testing.F) {
	for _, body := range []string{
		userBody(`"userName":"x","active":"True","roles":["ROLE00001",{"value":"Role number 2 of them all","primary":"true"}],"emails":"a@x"`),
		`{` + userSchemas(userURN, enterpriseURN) + wholeUser + `,"roles":"{\"value\":\"ROLE00001\"}","` + enterpriseURN + `":{"manager":"boss"}}`,
		`{"roles":[{"value":"{\"id\":\"1\",\"value\":\"ROLE00002\"}"}],"name":{"givenName":"B"}}`,
		patchBody(`{"op":"add","path":"roles","value":"{\"value\":\"ROLE00001\",\"primary\":\"True\"}"},{"op":"remove","path":"roles[value eq \"role number 0 of them ALL\"].primary"}`),
		patchBody(`{"op":"Replace","path":"` + userURN + `:roles[primary eq \"True\"].value","value":"ROLE00002"},{"op":"add","value":{"roles[value eq \"ROLE00000\"].type":"x","name.givenName":"B"}}`),
		patchBody(`{"op":"remove","path":"roles","value":["Role number 0 of them all"]},{"op":"replace","path":"` + enterpriseURN + `:manager","value":"{\"value\":\"m\"}"}`),
		patchBody(`{"op":"remove","path":"roles[value eq \"ROLE00000\" or not (display ne \"x\")]"}`),
		patchBody(`{"op":"add","path":"emails[type eq \"work\"].value","value":"A@x"},{"op":"replace","path":"active","value":"False"}`),
	} {
		for way := range byte(6) {
			f.Add(way, body)
		}
	}
	f.Fuzz(func(t *testing.T, way byte, body string) {
		path, method := "/scim/v2/Users", http.MethodPost
		if way%2 == 1 {
			path = "/scim/acme/v2/Users"
		}
		operation := api.CreateUser
		switch way / 2 % 3 {
		case 1:
			method, path, operation = http.MethodPut, path+"/u00000", api.ReplaceUser
		case 2:
			method, path, operation = http.MethodPatch, path+"/u00000", api.PatchUser
		}
		roles := cannedRoles(3)
		handler := operation(api.Dependencies{
			Roles: canned{roles: roles}, Users: checkedUsers{cannedUsers{users: cannedUsersHolding(3)}, t}, PermissionSets: cannedSets{}, Grants: cannedGrants{},
			NewID: func() string { return "made" }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		})
		ctx := api.WithRequest(t.Context(), api.Request{Caller: auth.Caller{Tenant: tenantID(t, "acme"), Principal: admin}, BaseURL: baseURL})
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)).WithContext(ctx))
		var answer struct{ ID, Detail string }
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code >= 500 || w.Code >= 300 && answer.Detail == "" || w.Code < 300 && answer.ID == "" {
			t.Errorf("%s: %d %s", method, w.Code, w.Body)
		}
	})
}
