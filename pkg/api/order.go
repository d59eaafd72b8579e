package api

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rolecall/rolecall/pkg/scim"
)

// sortKey is what a row is sorted by; the zero sortKey stands for no value.
type sortKey struct {
	text    string
	present bool
}

// maxSortKey keeps cursors short enough for a URL. Beyond it, ids decide.
const maxSortKey = 512

func newSortKey(text string, present bool) sortKey {
	if len(text) > maxSortKey {
		cut := maxSortKey
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut]
	}
	return sortKey{text, present}
}

// order is how a list is sorted (RFC 7644 section 3.4.2.3).
type order struct {
	sortBy     []*scim.Path // by resource type; nil where the type lacks it
	canonical  string
	descending bool
}

// orderOf reads sortBy and sortOrder, which may be empty. It returns nil for the
// order that needs no sorting: by id, or the time in it, within one type. An attribute that no type
// has is an error, since a list in another order would mislead.
func orderOf(r searchRequest, types []*scim.ResourceType) (*order, error) {
	descending, err := isDescending(r.sortOrder)
	if err != nil || r.sortBy == nil || *r.sortBy == "" {
		return nil, err
	}
	o := &order{descending: descending, sortBy: make([]*scim.Path, len(types))}
	for i, t := range types {
		path, ok := t.Lookup(*r.sortBy)
		if !ok || path.Attribute == nil || !isSortable(path) {
			continue
		}
		o.sortBy[i], o.canonical = &path, path.String()
	}
	switch {
	case o.canonical == "":
		return nil, scim.Errorf(http.StatusBadRequest, scim.InvalidValue,
			"sortBy must name an attribute with a single kind of value, such as id, name or meta.lastModified, and %q is none.", shorten(*r.sortBy)).WithCode(scim.CodeUnsupported)
	case len(types) == 1 && !descending && (o.canonical == "id" || slices.Contains(idTimes(types[0]), o.canonical)):
		return nil, nil
	}
	return o, nil
}

// isSortable says whether values can be ordered, and lists hold them.
func isSortable(path scim.Path) bool {
	for _, a := range []*scim.Attribute{path.Attribute, path.SubAttribute} {
		if a != nil && (a.Returned == scim.ReturnedNever || a.Returned == scim.ReturnedRequest || a.Mutability == scim.WriteOnly) {
			return false
		}
	}
	last := path.Last()
	return last.Type != scim.Complex || last.SubAttribute("value") != nil
}

func isDescending(sortOrder *string) (bool, error) {
	switch {
	case sortOrder == nil || *sortOrder == "" || scim.EqualNames(*sortOrder, "ascending"):
		return false, nil
	case scim.EqualNames(*sortOrder, "descending"):
		return true, nil
	}
	return false, scim.Errorf(http.StatusBadRequest, scim.InvalidValue, "sortOrder must be ascending or descending.").WithCode(scim.CodeUnsupported)
}

// of returns how a type is sorted.
func (o *order) of(index int) *scim.Path {
	if o == nil {
		return nil
	}
	return o.sortBy[index]
}

// compare orders rows: those without a value last, or first when descending,
// and equal ones by type and id, so that the order is total.
func (o *order) compare(a, b row) int {
	if o != nil {
		byKey := strings.Compare(a.sortKey.text, b.sortKey.text)
		if a.sortKey.present != b.sortKey.present {
			byKey = 1
			if a.sortKey.present {
				byKey = -1
			}
		}
		if o.descending {
			byKey = -byKey
		}
		if byKey != 0 {
			return byKey
		}
	}
	return cmp.Or(cmp.Compare(a.collection, b.collection), strings.Compare(a.id, b.id))
}

func (o *order) sort(list []row) { slices.SortFunc(list, o.compare) }

// shorten keeps a client's long text out of an error's detail.
func shorten(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
