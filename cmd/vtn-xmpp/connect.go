package main

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

// connection says where the operator's commands find the API.
type connection struct {
	APIURL       string `name:"api-url" env:"VTN_API_URL" placeholder:"URL" help:"URL of the VTN's API; by default the address in VTN_API_LISTEN, or http://${apiListen}."`
	APITokenFile string `name:"api-token-file" env:"VTN_API_TOKEN_FILE" placeholder:"FILE" help:"File with the API's bearer token (or VTN_API_TOKEN)."`
}

// url is the API's URL.
func (c *connection) url(s *settings) (string, error) {
	if c.APIURL != "" {
		if err := client.CheckURL(c.APIURL); err != nil {
			return "", fmt.Errorf("--api-url or VTN_API_URL: %w", err)
		}
		return strings.TrimRight(c.APIURL, "/"), nil
	}
	listen, ok, err := s.lookup("VTN_API_LISTEN")
	if err != nil {
		return "", err
	}
	if !ok || listen == "" {
		listen = defaultListen
	}
	return "http://" + reachable(listen), nil
}

// open makes a client of the API.
func (c *connection) open(s *settings) (*client.Client, error) {
	url, err := c.url(s)
	if err != nil {
		return nil, err
	}
	token, err := s.secret("VTN_API_TOKEN", c.APITokenFile)
	if err != nil {
		return nil, err
	}
	return client.New(url, token), nil
}

// reachable turns an address to listen on into an address to connect to: an
// unspecified host means this machine.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case host == "", err == nil && ip.IsUnspecified() && ip.Is4():
		host = "127.0.0.1"
	case err == nil && ip.IsUnspecified():
		host = "::1"
	}
	return net.JoinHostPort(host, port)
}
