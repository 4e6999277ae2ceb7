// Package console serves the operator's pages, from the same address as the API.
//
// A page is a handler that asks the API, as the person who opened the page, and fills a
// template: what a person may see and do is decided by the API alone. To add a page, add
// a file with its handler, a template in templates/ and a line in [Console.routes].
//
// Pages work without script. With it, the elements of a page that have an id and the
// attribute data-part are replaced when the stream that the page names in data-stream
// says that something happened; nothing else of the page moves.
package console
