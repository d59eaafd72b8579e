package filter

import "github.com/rolecall/rolecall/pkg/scim"

// CompileObject makes a Matcher of resources in the form of scim.Object. It is
// slower than Compile with Fields.
func CompileObject(f *Filter) *Matcher[scim.Object] {
	if f == nil {
		return nil
	}
	return compile(&f.root, f.paths, objectField)
}

func objectField(path scim.Path) Field[scim.Object] {
	parent := func(o *scim.Object) scim.Object {
		if path.Extension != nil {
			return o.Object(path.Extension.ID)
		}
		return *o
	}
	name := path.Attribute.Name
	if path.Attribute.MultiValued {
		return Field[scim.Object]{
			Len: func(o *scim.Object) int { return len(parent(o).Values(name)) },
			At:  func(o *scim.Object, i int) Value { return elementValue(path, parent(o).Values(name)[i]) },
		}
	}
	return Field[scim.Object]{Value: func(o *scim.Object) Value { return elementValue(path, parent(o)[name]) }}
}
