// Package xmpp is the VTN as an XMPP entity: an external component (XEP-0114)
// of a server beside it. It finds OpenADR payloads in stanzas and says who sent
// them, answers discovery, and carries pushes out.
//
// For each connection one reader cuts the stream into stanzas ([stream.Cutter]) and
// decides what they are. It never waits for anyone: a request goes to the queue of
// its sender's identity, the outcome of a push straight to [PushHandler.Settle], and
// whatever is sent to one writer, which batches.
package xmpp
