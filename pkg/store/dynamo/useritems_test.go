package dynamo_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/user"
)

// TestUserItems: a user's items are those of what it has, ways hold nothing but
// their keys, and a deleted user leaves nothing but a count of none.
func TestUserItems(t *testing.T) {
	t.Parallel()
	client, table := enginetest.Table(t)
	store := dynamo.New(client, table, time.Now)
	acme := parse(t, "acme")
	if _, _, err := onboard.Onboard(t.Context(), store, acme, actor, time.Now()); err != nil {
		t.Fatal(err)
	}
	r, err := store.Role(t.Context(), acme, "RL_CONFIG")
	if err != nil {
		t.Fatal(err)
	}
	want := func(what string, sorts ...string) map[string]types.AttributeValue {
		t.Helper()
		items := userItems(t, client, table)
		var got []string
		for _, sort := range slices.Sorted(maps.Keys(items)) {
			kind, _, _ := strings.Cut(sort, "#")
			if got = append(got, kind); len(items[sort]) > 2 && (kind == "HOLDER" || kind == "USEREMAIL" || kind == "USEREXTERNALID") {
				t.Errorf("%s: %s holds %v", what, sort, items[sort])
			}
		}
		if !slices.Equal(got, sorts) {
			t.Errorf("%s: stored are %v, want %v", what, got, sorts)
		}
		return items["USER#7f01"]
	}
	update := func(change func(*user.User)) {
		t.Helper()
		if _, err := store.UpdateUser(t.Context(), acme, actor, "7f01", changing(change)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.CreateUser(t.Context(), acme, actor, user.User{ID: "7f01", UserName: "a"}); err != nil {
		t.Fatal(err)
	}
	it := want("the least", "USER", "USERCOUNT", "USERNAME")
	if names := slices.Sorted(maps.Keys(it)); strings.Join(names, " ") != "active created lastModified pk sk userName version" {
		t.Errorf("the least user has %v", names)
	}
	update(func(u *user.User) {
		u.UserName, u.ExternalID, u.Roles = "b", "x", []user.Role{{ID: r.ID, Created: r.Created}}
		u.Emails = []user.Value{{Value: "b@example.com"}, {Value: "B@EXAMPLE.com"}, {Value: "c@example.com"}}
	})
	want("more", "HOLDER", "USER", "USERCOUNT", "USEREMAIL", "USEREMAIL", "USEREXTERNALID", "USERNAME")
	update(func(u *user.User) { u.UserName, u.Emails = "B", u.Emails[1:] })
	want("other spellings", "HOLDER", "USER", "USERCOUNT", "USEREMAIL", "USEREMAIL", "USEREXTERNALID", "USERNAME")
	update(func(u *user.User) { u.Emails, u.Roles, u.ExternalID = u.Emails[1:], nil, "y" })
	want("less", "USER", "USERCOUNT", "USEREMAIL", "USEREXTERNALID", "USERNAME")
	if err := store.DeleteUser(t.Context(), acme, actor, "7f01", unchecked); err != nil {
		t.Fatal(err)
	}
	want("deleted", "USERCOUNT")
}

// TestStaleWays: whoever no longer has a value when the page is read is not on it,
// although the way was there a moment ago.
func TestStaleWays(t *testing.T) {
	t.Parallel()
	client, table := enginetest.Table(t)
	store := dynamo.New(client, table, time.Now)
	acme := parse(t, "acme")
	if _, _, err := onboard.Onboard(t.Context(), store, acme, actor, time.Now()); err != nil {
		t.Fatal(err)
	}
	r, err := store.Role(t.Context(), acme, "RL_CONFIG")
	if err != nil {
		t.Fatal(err)
	}
	has := user.User{ID: "7f01", UserName: "a", ExternalID: "x", Emails: []user.Value{{Value: "x@example.com"}}, Roles: []user.Role{{ID: r.ID, Created: r.Created}}}
	before := user.User{ID: "7f02", UserName: "b", ExternalID: "X", Emails: []user.Value{{Value: "y@example.com"}}, Roles: []user.Role{{ID: "RL_CONFIG"}}}
	if err := store.PutUsers(t.Context(), acme, []user.User{has, before}); err != nil {
		t.Fatal(err)
	}
	for sort, it := range userItems(t, client, table) {
		for _, id := range []string{"7f02", "7f03"} { // there is no 7f03
			if !strings.HasPrefix(sort, "USER#") && strings.HasSuffix(sort, "#7f01") {
				it["sk"] = &types.AttributeValueMemberS{Value: strings.TrimSuffix(sort, "7f01") + id}
				if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: it}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for index, value := range map[user.Index]string{user.ByExternalID: "x", user.ByEmail: "x@example.com", user.ByRole: "RL_CONFIG"} {
		page, more, err := store.UsersBy(t.Context(), acme, index, value, resource.Span{}, 2)
		if len(page) != 1 || page[0].ID != "7f01" || !more || err != nil {
			t.Errorf("UsersBy(%s) = %+v, more %t, %v", index, page, more, err)
		}
		if page, more, err = store.UsersBy(t.Context(), acme, index, value, resource.Span{}.Behind("7f01"), 9); len(page) > 0 || more || err != nil {
			t.Errorf("UsersBy(%s) = %+v, more %t, %v", index, page, more, err)
		}
	}
}

// userItems reads what is stored of users, by sort key.
func userItems(t *testing.T, client *dynamodb.Client, table string) map[string]map[string]types.AttributeValue {
	t.Helper()
	out, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: &table})
	if err != nil {
		t.Fatal(err)
	}
	items := map[string]map[string]types.AttributeValue{}
	for _, it := range out.Items {
		if sort := it["sk"].(*types.AttributeValueMemberS).Value; strings.HasPrefix(sort, "USER") || strings.HasPrefix(sort, "HOLDER") {
			items[sort] = it
		}
	}
	return items
}
