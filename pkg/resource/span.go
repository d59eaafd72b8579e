package resource

// Span is a range of ids in byte order, both ends included.
type Span struct {
	From string
	To   string // "" for no end
}

// Behind is the part of the span behind an id; "" leaves it whole.
func (s Span) Behind(id string) Span {
	if id != "" {
		s.From = max(s.From, id+"\x00")
	}
	return s
}

// WithPrefix is the part of the span with the codes that begin with prefix.
func (s Span) WithPrefix(prefix string) Span {
	s.From = max(s.From, prefix)
	return s.UpTo(prefix + "\x7f") // the byte behind all that codes are made of
}

// UpTo is the part of the span up to an id.
func (s Span) UpTo(id string) Span {
	if s.To == "" || id < s.To {
		s.To = id
	}
	return s
}

// IsEmpty says whether nothing can lie in the span.
func (s Span) IsEmpty() bool { return s.To != "" && s.To < s.From }
