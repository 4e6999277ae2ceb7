package oadr_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// leafTypes holds the built-in type of each element with a value, from which the
// schema derives the element's type. Texts, which have one form, are left out.
// TestLexicalFormsFollowTheSchema compares it to the schema.
var leafTypes = map[string]string{
	"accuracy": "float", "oadrCurrent": "float", "oadrMax": "float", "oadrMin": "float", "oadrNormal": "float", "pulseFactor": "float", "value": "float",
	"hertz": "decimal", "voltage": "decimal",
	"createdDateTime": "dateTime", "modificationDateTime": "dateTime", "date-time": "dateTime",
	"duration": "duration", "oadrMaxPeriod": "duration", "oadrMinPeriod": "duration", "startafter": "duration",
	"ac": "boolean", "oadrHttpPullModel": "boolean", "oadrManualOverride": "boolean", "oadrOnChange": "boolean", "oadrOnline": "boolean",
	"oadrReportOnly": "boolean", "oadrXmlSignature": "boolean", "reportToFollow": "boolean",
	"confidence": "unsignedInt", "modificationNumber": "unsignedInt", "priority": "unsignedInt", "replyLimit": "unsignedInt",
	"eventStatus": "token", "marketContext": "anyURI", "oadrDataQuality": "token", "oadrProfileName": "token",
	"oadrServiceName": "token", "oadrTransportName": "token", "optReason": "token", "optType": "token", "readingType": "token", "reportName": "token",
	"reportType": "token", "signalName": "token", "signalType": "token",
}

// lexicalForms writes a value in another form of the same type (XML Schema part 2).
// White space around it counts in none of them.
var lexicalForms = map[string]func(m *mangler, s string) string{
	"float": func(m *mangler, s string) string {
		f, _ := strconv.ParseFloat(s, 64)
		if math.IsNaN(f) { // no value; nor are these
			return pick(m, "NaN", "INF", "-INF")
		}
		if math.Abs(f) == math.MaxFloat32 {
			return strings.TrimSuffix(fmt.Sprintf("%.0f", f), "340282346638528859811704183484516925440") + pick(m, "3.4028235E38", "3.40282347e+38", "340282350000000000000000000000000000000")
		}
		return m.signed(pick(m, s, m.decimal(s), strconv.FormatFloat(f, 'e', -1, 64), strconv.FormatFloat(f, 'E', 20, 64)))
	},
	"decimal": func(m *mangler, s string) string { return m.signed(pick(m, s, m.decimal(s))) },
	"dateTime": func(m *mangler, s string) string { // the schema's own form has no offset
		at, _ := time.Parse(time.RFC3339, s)
		if at.Year() == 1 || at.Year() == 9999 {
			return s
		}
		zone := at.In(time.FixedZone("", m.IntN(28*60*60)/60*60-14*60*60))
		return pick(m, m.dateTime(s), zone.Format(time.RFC3339Nano), m.midnight(at, at), m.midnight(at, zone))
	},
	"duration": func(m *mangler, s string) string {
		d, err := oadr.ParseDuration(s)
		if err != nil {
			return s
		}
		sign := pick(m, "", "+")
		if d < 0 {
			sign, d = "-", -d
		}
		days, seconds := d/(24*time.Hour), d%(24*time.Hour)/time.Second
		return sign + pick(m, fmt.Sprintf("PT%dS", d/time.Second), fmt.Sprintf("P0Y0M%dW%dDT%dS", days/7, days%7, seconds), fmt.Sprintf("P%03dD%dH%dM%dS", days, seconds/3600, seconds/60%60, seconds%60),
			fmt.Sprintf("P0Y%dDT0H%d.000S", days, seconds))
	},
	"boolean": func(m *mangler, s string) string { return pick(m, s, map[string]string{"true": "1", "false": "0"}[s]) },
	"unsignedInt": func(m *mangler, s string) string {
		if s == "0" {
			return pick(m, "0", "-0", "+0", "000")
		}
		return pick(m, "", "+", "000", "+0") + s
	},
	"token": func(m *mangler, s string) string {
		if strings.TrimSpace(s) != s || strings.ContainsAny(s, "\n\t\r") || strings.Contains(s, "  ") { // not a token
			return s
		}
		return strings.ReplaceAll(s, " ", pick(m, " ", "  ", "\n"))
	},
	"anyURI": func(_ *mangler, s string) string { return s },
}
