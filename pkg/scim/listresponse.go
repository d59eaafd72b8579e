package scim

// ListResponse answers a query (RFC 7644 section 3.4.2).
type ListResponse[T any] struct {
	Schemas      []string `json:"schemas"`
	TotalResults int      `json:"totalResults"`
	ItemsPerPage *int     `json:"itemsPerPage,omitempty"`
	StartIndex   *int     `json:"startIndex,omitempty"`
	Resources    []T      `json:"Resources"`
}

// LowerCaseListResponse is a ListResponse whose resources are spelled in lower
// case (HID). A ListResponse converts to it.
type LowerCaseListResponse[T any] struct {
	Schemas      []string `json:"schemas"`
	TotalResults int      `json:"totalResults"`
	ItemsPerPage *int     `json:"itemsPerPage,omitempty"`
	StartIndex   *int     `json:"startIndex,omitempty"`
	Resources    []T      `json:"resources"`
}

// NewListResponse returns a response that holds every result.
func NewListResponse[T any](resources []T) ListResponse[T] {
	if resources == nil {
		resources = []T{} // an empty array, never null
	}
	return ListResponse[T]{Schemas: []string{SchemaListResponse}, TotalResults: len(resources), Resources: resources}
}

// NewPage returns a response that holds some of total results, beginning at
// startIndex.
func NewPage[T any](resources []T, total, startIndex int) ListResponse[T] {
	page := NewListResponse(resources)
	itemsPerPage := len(resources)
	page.TotalResults, page.ItemsPerPage, page.StartIndex = total, &itemsPerPage, &startIndex
	return page
}
