// Package cursor makes and reads the cursors of RFC 9865: strings that hold
// where a client's walk through a list goes on. It imports nothing but the
// standard library.
//
// A cursor is encrypted and authenticated with AES-256-GCM, so a client can
// neither read nor change the keys in it. What it is bound to, such as tenant,
// caller and query, is authenticated with it and not part of it: anywhere else
// the cursor is invalid. Cursors are stored nowhere.
package cursor
