package api_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
)

// TestWalkChangingList walks by cursor while rows before, at and behind the
// client's place are deleted and added: every row that is there throughout is
// seen exactly once, and none twice.
func TestWalkChangingList(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/acme/v2/Roles", "/v2/Roles"} {
		for _, order := range []string{"", "&sortBy=name", "&sortBy=name&sortOrder=descending", "&sortBy=description", "&filter=name+co+%22e%22", "&sortBy=id&sortOrder=descending"} {
			t.Run(path+order, func(t *testing.T) {
				t.Parallel()
				s := newService(t)
				changes := newChanges(t, s, 40)
				walked := s.walk(t, path, "count=4"+order, func(int) { changes.make() })
				changes.check(t, walked)
			})
		}
	}
}

// TestWalkIndexes walks lists that do not change by startIndex, as clients of
// both conventions do: every row is seen exactly once.
func TestWalkIndexes(t *testing.T) {
	t.Parallel()
	s := newService(t)
	newChanges(t, s, 24)
	for _, walk := range []struct {
		path  string
		first int // the startIndex of the first page
	}{{"/acme/v2/Roles", 0}, {"/acme/v2/Roles", 1}, {"/v2/Roles", 1}} {
		for _, order := range []string{"", "&sortBy=name", "&sortBy=description&sortOrder=descending", "&filter=name+co+%22e%22", "&filter=name+co+%22e%22&sortBy=meta.created"} {
			for _, count := range []int{3, 20} {
				_, all := s.ids(t, walk.path, "count=0"+order)
				var list struct{ TotalResults int }
				all.json(&list)
				seen := map[string]int{}
				for start := walk.first; start <= list.TotalResults; start += count {
					ids, _ := s.ids(t, walk.path, fmt.Sprintf("startIndex=%d&count=%d%s", start, count, order))
					for _, id := range ids {
						seen[id]++
					}
				}
				if len(seen) != list.TotalResults || slices.Max(slices.Collect(maps.Values(seen))) != 1 {
					t.Errorf("%s from %d by %d%s: %d of %d rows: %v", walk.path, walk.first, count, order, len(seen), list.TotalResults, seen)
				}
			}
		}
	}
}

// changes deletes and adds roles at random, but leaves some alone.
type changes struct {
	t       *testing.T
	s       *service
	random  *rand.Rand
	kept    []string
	passing []string
	made    int
}

func newChanges(t *testing.T, s *service, n int) *changes {
	t.Helper()
	c := &changes{t: t, s: s, random: rand.New(rand.NewPCG(3, 5))}
	for i := range n {
		id := c.add()
		if i%2 == 0 {
			c.kept = append(c.kept, id)
		} else {
			c.passing = append(c.passing, id)
		}
	}
	return c
}

// add creates a role anywhere in the orders by id, name and description.
func (c *changes) add() string {
	c.made++
	r := role.Role{
		ID:   fmt.Sprintf("%c%03d", 'A'+rune(c.random.IntN(26)), c.made),
		Name: fmt.Sprintf("%c role %03d", 'a'+rune(c.random.IntN(26)), c.made),
	}
	if c.random.IntN(3) > 0 {
		r.Description = fmt.Sprintf("described %d", c.random.IntN(5))
	}
	c.s.createRoles(c.t, r)
	return r.ID
}

func (c *changes) make() {
	for range 2 {
		if len(c.passing) > 0 {
			i := c.random.IntN(len(c.passing))
			id := c.passing[i]
			c.passing = slices.Delete(c.passing, i, i+1)
			if err := c.s.DeleteRole(c.t.Context(), tenantID(c.t, "acme"), audit.Actor{Principal: admin}, id, func(role.Role) (resource.Proof, error) { return resource.Proof{}, nil }); err != nil {
				c.t.Fatal(err)
			}
		}
		if c.made < 80 {
			c.passing = append(c.passing, c.add())
		}
	}
}

func (c *changes) check(t *testing.T, walked []string) {
	t.Helper()
	seen := map[string]int{}
	for _, id := range walked {
		if seen[id]++; seen[id] > 1 {
			t.Errorf("%s was seen %d times", id, seen[id])
		}
	}
	for _, id := range c.kept {
		if seen[id] != 1 {
			t.Errorf("%s was there throughout and was seen %d times", id, seen[id])
		}
	}
}
