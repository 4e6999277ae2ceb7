package api_test

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

// TestHistoryKinds: the document names all kinds of history that core has.
func TestHistoryKinds(t *testing.T) {
	source, err := os.ReadFile("../core/event_history.go")
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, m := range regexp.MustCompile(`HistoryKind\s+= "(\w+)"`).FindAllSubmatch(source, -1) {
		kinds = append(kinds, string(m[1]))
	}
	what, _ := reflect.TypeFor[client.HistoryEntry]().FieldByName("What")
	if named := strings.Split(what.Tag.Get("enum"), ","); len(kinds) == 0 || !slices.Equal(named, kinds) {
		t.Errorf("the API names %q, there are %q", named, kinds)
	}
}
