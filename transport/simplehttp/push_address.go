package simplehttp

import "github.com/vtn-xmpp/vtn-xmpp/internal/reach"

// reachOf says where pushes may go. A VEN chooses the address that it is pushed to.
func reachOf(cfg Config) reach.Policy {
	return reach.Policy{Private: cfg.PushPrivate, Setting: "VTN_HTTP_PUSH_PRIVATE", Whom: "a VEN"}
}
