// Package people knows who may operate the VTN: users with a role, their passwords,
// the sessions of browsers, the tokens of programs, and the log of what each did.
//
// It decides and computes; a [Store] keeps. Secrets are never stored: of passwords
// there are argon2id hashes (RFC 9106), of session keys and tokens SHA-256 hashes.
package people
