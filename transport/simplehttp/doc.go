// Package simplehttp is the transport simpleHttp of OpenADR: a server to which VENs send their messages and polls, and a client
// that pushes to VENs. The certificate that a VEN shows in TLS says who it is, see [core.Peer].
package simplehttp
