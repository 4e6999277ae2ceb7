package oadr

import (
	"fmt"
	"net/url"
	"regexp"
)

// uriCharacters matches the characters of a URI (RFC 3986) except square brackets.
var uriCharacters = regexp.MustCompile(`^(?:[A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*(?:#(?:[A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?$`)

// CheckURI returns an error unless s can be an xs:anyURI, as in a marketContext:
// any URI or relative reference, including the empty one.
func CheckURI(s string) error {
	if !uriCharacters.MatchString(s) {
		return fmt.Errorf("%.100q has characters that a URI must write as %%XX", s)
	}
	u, err := url.Parse(s)
	if err != nil || u.User != nil {
		return fmt.Errorf("%.100q is not a URI such as http://example.org/dr", s)
	}
	return nil
}
