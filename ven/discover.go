package ven

import (
	"context"
	"encoding/xml"
	"fmt"
	"strings"

	"mellium.im/xmpp/jid"
)

// servicesNodes are the two spellings of the disco#items node that lists a VTN's
// services. The specification has both (rule X3).
var servicesNodes = []string{feature + "#services", "http://openadr.org/OpenADR2#services"}

// maxCandidates is how many of the domains that a server lists the VEN asks.
const maxCandidates = 32

// Services are the JIDs of a VTN's services, mostly one and the same (X3).
type Services struct {
	EiEvent, EiRegisterParty, EiReport, EiOpt jid.JID
}

func (s Services) known() bool { return s.EiEvent.String() != "" }

func (s Services) all() []jid.JID {
	return []jid.JID{s.EiEvent, s.EiRegisterParty, s.EiReport, s.EiOpt}
}

// of is the JID of a service.
func (s Services) of(service string) jid.JID {
	switch service {
	case eiRegisterParty:
		return s.EiRegisterParty
	case eiOpt:
		return s.EiOpt
	case eiReport:
		return s.EiReport
	}
	return s.EiEvent
}

func (s *session) discover(ctx context.Context) (Services, error) {
	own := s.account.Domainpart()
	found, err := s.services(ctx, own)
	if err == nil {
		return found, nil
	}
	tried := []string{err.Error()}
	listed, err := s.items(ctx, own, "")
	if err != nil {
		return Services{}, fmt.Errorf("%w (ask %s for its items: %w)", ErrNoVTN, own, err)
	}
	for _, i := range listed[:min(len(listed), maxCandidates)] {
		if i.Node != "" || i.JID == own {
			continue
		}
		found, err := s.services(ctx, i.JID)
		if err == nil {
			return found, nil
		}
		if ctx.Err() != nil {
			return Services{}, err
		}
		tried = append(tried, err.Error())
	}
	return Services{}, fmt.Errorf("%w (%s)", ErrNoVTN, strings.Join(tried, "; "))
}

// services asks one domain for its OpenADR services.
func (s *session) services(ctx context.Context, domain string) (Services, error) {
	features, err := s.features(ctx, domain)
	if err != nil {
		return Services{}, fmt.Errorf("ask %s for its features: %w", domain, err)
	}
	if !features[feature] {
		return Services{}, fmt.Errorf("%s does not announce %s", domain, feature)
	}
	var failed error
	for _, node := range servicesNodes {
		items, err := s.items(ctx, domain, node)
		if found := servicesIn(items); found.known() && found.EiRegisterParty.String() != "" {
			return found, nil
		}
		if err != nil {
			failed = err
		}
	}
	if failed != nil {
		return Services{}, fmt.Errorf("ask %s for its services: %w", domain, failed)
	}
	return Services{}, fmt.Errorf("%s lists no EiRegisterParty or no EiEvent service", domain)
}

// servicesIn finds the services among the items of a node.
func servicesIn(items []item) (found Services) {
	for _, i := range items {
		j, err := asSent(i.JID)
		if err != nil {
			continue
		}
		switch i.Node {
		case "http://openadr.org/OpenADR2/EiEvent":
			found.EiEvent = j
		case "http://openadr.org/OpenADR2/EiRegisterParty":
			found.EiRegisterParty = j
		case "http://openadr.org/OpenADR2/EiReport":
			found.EiReport = j
		case "http://openadr.org/OpenADR2/EiOpt":
			found.EiOpt = j
		}
	}
	return found
}

// features asks for the features of an entity (disco#info).
func (s *session) features(ctx context.Context, of string) (map[string]bool, error) {
	var info struct {
		Features []struct {
			Var string `xml:"var,attr"`
		} `xml:"feature"`
	}
	if err := s.query(ctx, of, nsInfo, "", &info); err != nil {
		return nil, err
	}
	has := map[string]bool{}
	for _, f := range info.Features {
		has[f.Var] = true
	}
	return has, nil
}

// item is one disco#items item.
type item struct {
	JID  string `xml:"jid,attr"`
	Node string `xml:"node,attr"`
}

func (s *session) items(ctx context.Context, of, node string) ([]item, error) {
	var list struct {
		Items []item `xml:"item"`
	}
	err := s.query(ctx, of, nsItems, node, &list)
	return list.Items, err
}

func (s *session) query(ctx context.Context, of, space, node string, into any) error {
	query := `<query xmlns='` + space + `'/>`
	if node != "" {
		query = `<query xmlns='` + space + `' node='` + node + `'/>`
	}
	answer, err := s.ask(ctx, "get", of, []byte(query))
	if err != nil {
		return err
	}
	if len(answer.children) != 1 {
		return fmt.Errorf("%s answers without a query element", of)
	}
	return xml.Unmarshal(answer.children[0].raw, into)
}
