package scim

// ListResponse answers a query (RFC 7644 section 3.4.2, RFC 9865 section 2).
type ListResponse[T any] struct {
	Schemas      []string `json:"schemas"`
	TotalResults *int     `json:"totalResults,omitempty"` // nil only on a page by cursor
	ItemsPerPage *int     `json:"itemsPerPage,omitempty"`
	StartIndex   *int     `json:"startIndex,omitempty"`
	NextCursor   string   `json:"nextCursor,omitempty"`
	Resources    []T      `json:"Resources"`
}

// LowerCaseListResponse is a ListResponse whose resources are spelled in lower
// case (HID). A ListResponse converts to it.
type LowerCaseListResponse[T any] struct {
	Schemas      []string `json:"schemas"`
	TotalResults *int     `json:"totalResults,omitempty"`
	ItemsPerPage *int     `json:"itemsPerPage,omitempty"`
	StartIndex   *int     `json:"startIndex,omitempty"`
	NextCursor   string   `json:"nextCursor,omitempty"`
	Resources    []T      `json:"resources"`
}

// NewListResponse returns a response that holds every result.
func NewListResponse[T any](resources []T) ListResponse[T] {
	total := len(resources)
	list := newListResponse(resources)
	list.TotalResults = &total
	return list
}

// NewPage returns a response that holds some of total results, beginning at
// startIndex.
func NewPage[T any](resources []T, total, startIndex int) ListResponse[T] {
	itemsPerPage := len(resources)
	page := newListResponse(resources)
	page.TotalResults, page.ItemsPerPage, page.StartIndex = &total, &itemsPerPage, &startIndex
	return page
}

// NewCursorPage returns a response that holds some results, and the cursor of
// the next page, which is empty on the last one. total may be nil when counting
// the results would cost more than the page.
func NewCursorPage[T any](resources []T, total *int, nextCursor string) ListResponse[T] {
	itemsPerPage := len(resources)
	page := newListResponse(resources)
	page.TotalResults, page.ItemsPerPage, page.NextCursor = total, &itemsPerPage, nextCursor
	return page
}

func newListResponse[T any](resources []T) ListResponse[T] {
	if resources == nil {
		resources = []T{} // an empty array, never null
	}
	return ListResponse[T]{Schemas: []string{SchemaListResponse}, Resources: resources}
}
