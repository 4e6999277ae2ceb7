// Package simplehttp is the transport simpleHttp of OpenADR: a server to which VENs send their messages and polls, and a client
// that pushes to VENs. Who a VEN is tells the certificate that it has in TLS, see [core.Peer].
package simplehttp
