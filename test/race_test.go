//go:build race

package test

// buildFlags build the VTN as these tests are built: with the race detector or without.
var buildFlags = []string{"-race"}
