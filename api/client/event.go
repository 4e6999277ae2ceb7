package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// StartNow may be the start in an event's JSON. It means the time at which the VTN
// stores the event, by the VTN's clock.
const StartNow = "now"

// EventSpec is an event as an operator writes it.
type EventSpec struct {
	EventID          string    `json:"eventID,omitempty" doc:"Made by the VTN when left out"`
	MarketContext    string    `json:"marketContext" doc:"URI of the program. It is sent as written here, and compared in its normal form (RFC 3986, 6.2)" example:"http://example.org/dr"`
	Priority         uint32    `json:"priority" required:"false" default:"0" doc:"1 is the highest priority, 0 is none"`
	Start            time.Time `json:"start,omitzero" required:"true" doc:"RFC 3339 with a zone, whole seconds; or now" example:"2026-11-24T17:00:00Z"`
	Duration         string    `json:"duration" doc:"PT0S: open ended" example:"PT1H"`
	Notification     string    `json:"notification,omitempty" default:"PT0S" doc:"How long before the start VENs should know of the event"`
	RampUp           string    `json:"rampUp,omitempty" default:"PT0S"`
	Recovery         string    `json:"recovery,omitempty" default:"PT0S"`
	StartAfter       string    `json:"startAfter,omitempty" default:"PT0S" doc:"Randomisation window for the start"`
	TestEvent        bool      `json:"testEvent" required:"false" default:"false"`
	Comment          string    `json:"comment" required:"false"`
	ResponseRequired string    `json:"responseRequired,omitempty" enum:"always,never" default:"always"`
	Overlap          string    `json:"overlap,omitempty" enum:"refuse,allow" default:"refuse" doc:"What to do if the event overlaps another event of its marketContext for a VEN. A cancelled event counts until the VEN has acknowledged the cancellation"`
	Signals          []Signal  `json:"signals" nullable:"false"`
	Baseline         *Baseline `json:"baseline,omitempty"`
	Targets          Targets   `json:"targets" doc:"The event is for the union of these; at least one target is needed"`
}

// Signal is one series of values of an event.
type Signal struct {
	Name          string     `json:"name" doc:"SIMPLE, LOAD_DISPATCH, ELECTRICITY_PRICE … or a name of your own beginning with x-" example:"SIMPLE"`
	Type          string     `json:"type" doc:"level, setpoint, price … as Table 1 of the profile has it for the name; the same goes for unit and values" example:"level"`
	Unit          *Unit      `json:"unit,omitempty"`
	DeviceClasses []string   `json:"deviceClasses" required:"false" nullable:"false" doc:"Of the profile's list, such as Thermostat or Water_Heater, or names of your own beginning with x-"`
	Intervals     []Interval `json:"intervals" nullable:"false" doc:"Their durations add up to the event's"`
}

// Interval is one step of a signal or baseline.
type Interval struct {
	Duration string  `json:"duration" example:"PT30M"`
	Value    float64 `json:"value"`
}

// Baseline is what would be consumed without the event.
type Baseline struct {
	Start     time.Time  `json:"start,omitzero" required:"true"`
	Duration  string     `json:"duration" example:"PT1H"`
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Resources []string   `json:"resources" required:"false" nullable:"false"`
	Unit      *Unit      `json:"unit,omitempty"`
	Intervals []Interval `json:"intervals" nullable:"false"`
}

// Unit is the unit of values.
type Unit struct {
	Type        string   `json:"type" example:"powerReal" doc:"powerReal, energyReal, currencyPerKWh, temperature, customUnit …"`
	Scale       string   `json:"scale,omitempty" default:"none" doc:"SI prefix: none, k, M …"`
	Hertz       *float64 `json:"hertz,omitempty" doc:"Power only"`
	Voltage     *float64 `json:"voltage,omitempty" doc:"Power only"`
	AC          *bool    `json:"ac,omitempty" default:"true" doc:"Power only"`
	Currency    string   `json:"currency,omitempty" doc:"ISO 4217, currencies only" example:"EUR"`
	Units       string   `json:"units,omitempty" doc:"Only if the type leaves a choice: celsius, fahrenheit, or the name of a customUnit"`
	Description string   `json:"description,omitempty" doc:"customUnit only"`
	PulseFactor *float64 `json:"pulseFactor,omitempty" doc:"kWh per count, pulseCount only"`
}

// Targets name VENs.
type Targets struct {
	All            bool     `json:"all" required:"false" default:"false"`
	VENIDs         []string `json:"venIDs" required:"false" nullable:"false"`
	Groups         []string `json:"groups" required:"false" nullable:"false"`
	Resources      []string `json:"resources" required:"false" nullable:"false"`
	Parties        []string `json:"parties" required:"false" nullable:"false"`
	MarketContexts []string `json:"marketContexts" required:"false" nullable:"false"`
}

// Event is a stored event.
type Event struct {
	EventSpec
	ModificationNumber uint32    `json:"modificationNumber"`
	Status             string    `json:"status" enum:"far,near,active,completed,cancelled"`
	CreatedAt          time.Time `json:"createdAt"`
	ChangedAt          time.Time `json:"changedAt"`
	// Warnings are only in the answer to a creation or a change. The event is stored.
	Warnings []Wrong `json:"warnings,omitempty" doc:"Possible mistakes, in the answer to a creation or a change. The event is stored"`
	// VENs is set only by [EventClient.GetEvent].
	VENs *Counts `json:"vens,omitempty"`
}

// Counts counts an event's VENs by delivery state and by opt.
type Counts struct {
	Total    int            `json:"total"`
	Delivery map[string]int `json:"delivery" doc:"pending, sent, acknowledged, unreachable, refused"`
	Opt      map[string]int `json:"opt" doc:"none, optIn, optOut"`

	OptedOutBySchedule int `json:"optedOutBySchedule" doc:"VENs whose schedules opt out of the event as a whole, whatever they answered"`
}

// EventVEN is the state of one event with one VEN.
type EventVEN struct {
	VENID              string            `json:"venID"`
	Delivery           string            `json:"delivery" enum:"pending,sent,acknowledged,unreachable,refused" doc:"unreachable: nobody is there, or the VEN's profile cannot say the event (A3); reason says which"`
	ModificationNumber *uint32           `json:"modificationNumber" nullable:"true" doc:"The one that the VEN has"`
	Current            uint32            `json:"currentModificationNumber" doc:"The one that the VEN should have: the event's, plus 1 for each change that concerned this VEN alone"`
	SentAt             *time.Time        `json:"sentAt" nullable:"true"`
	AcknowledgedAt     *time.Time        `json:"acknowledgedAt" nullable:"true"`
	Opt                string            `json:"opt" enum:"none,optIn,optOut"`
	OptAt              *time.Time        `json:"optAt" nullable:"true"`
	ResourceOpts       map[string]string `json:"resourceOpts,omitempty" doc:"Opts of single resources"`
	DeviceClassOpts    map[string]string `json:"deviceClassOpts,omitempty" doc:"Opts of single device classes"`
	PartOpts           []PartOpt         `json:"partOpts,omitempty" nullable:"false" doc:"Opts of other parts that it named: groups, parties …, and device classes in a resource"`
	ScheduleOpt        *ScheduleOpt      `json:"scheduleOpt,omitempty" doc:"What the VEN's opt schedules say about the event; absent: nothing. An opt for the event itself has precedence"`
	ResponseCode       int               `json:"responseCode" doc:"0: none yet"`
	Attempts           int               `json:"attempts"`
	LastError          string            `json:"lastError"`
	Withdrawn          bool              `json:"withdrawn,omitempty" doc:"The VEN was taken off the event, or was deleted before the event was over"`
	LeftOut            bool              `json:"leftOut,omitempty" doc:"The event is not sent to the VEN, because its events are too many for one message (E25). It is sent when there is room"`
	VENDeletedAt       *time.Time        `json:"venDeletedAt,omitempty" doc:"When the VEN was deleted"`
	Registered         bool              `json:"registered" doc:"Whether the VEN is registered now; nothing is sent to a VEN that is not"`
	Presence           string            `json:"presence" enum:"unknown,available,unavailable" doc:"Whether it is online now"`
	LastSeen           *time.Time        `json:"lastSeen" nullable:"true" doc:"When it was last heard from"`
	NextAttempt        *time.Time        `json:"nextAttempt" nullable:"true" doc:"When the next push is due, if nothing makes it due earlier; null: there is nothing to push"`
	Reason             string            `json:"reason" doc:"In words, why the VEN does not have the current event; empty if it has"`
}

// ScheduleOpt is what a VEN's opt schedules say about an event.
type ScheduleOpt struct {
	Opt           string                  `json:"opt" enum:"none,optIn,optOut" doc:"For the whole VEN"`
	OptID         string                  `json:"optID" doc:"The schedule's optID"`
	Resources     map[string]ScheduledOpt `json:"resources,omitempty" doc:"For single resources"`
	DeviceClasses map[string]ScheduledOpt `json:"deviceClasses,omitempty" doc:"For single device classes"`
	Parts         []PartOpt               `json:"parts,omitempty" nullable:"false" doc:"For other parts that they name: groups, parties …, and device classes in a resource"`
}

// PartOpt is the opt of a part of a VEN.
type PartOpt struct {
	Kind        string `json:"kind" enum:"resource,group,groupName,party,meterAsset,pnode,aggregatedPnode,serviceDeliveryPoint,serviceArea,serviceLocation,transportInterface" doc:"The element of the eiTarget that names it"`
	Name        string `json:"name" doc:"For an area or a location, its GML"`
	DeviceClass string `json:"deviceClass,omitempty" doc:"Only the devices of this class in this part"`
	Opt         string `json:"opt" enum:"none,optIn,optOut" doc:"none: the schedules say nothing about this part, unlike the rest"`
	OptID       string `json:"optID,omitempty" doc:"The schedule's optID"`
}

// ScheduledOpt is the opt of one schedule for a resource or a device class.
type ScheduledOpt struct {
	Opt           string   `json:"opt" enum:"none,optIn,optOut" doc:"none: the schedules say nothing about this part, unlike the rest"`
	OptID         string   `json:"optID"`
	DeviceClasses []string `json:"deviceClasses,omitempty" doc:"Only these device classes of the resource, which has no opt as a whole"`
}

// EventClient is the part of a [Client] for events.
type EventClient struct{ api *connection }

// CreateEvent creates an event from its JSON: an [EventSpec], or a [json.RawMessage].
func (c *EventClient) CreateEvent(ctx context.Context, spec any) (*Event, error) {
	return send[Event](ctx, c.api, http.MethodPost, "/events", spec)
}

// GetEvent reads an event, with the counts of its VENs.
func (c *EventClient) GetEvent(ctx context.Context, eventID string) (*Event, error) {
	return send[Event](ctx, c.api, http.MethodGet, path("events", eventID), nil)
}

// ListEvents lists events, newest first. cursor is the Next of an earlier page, or
// empty; limit 0 is the server's choice.
func (c *EventClient) ListEvents(ctx context.Context, cursor string, limit int) (*Page[Event], error) {
	return send[Page[Event]](ctx, c.api, http.MethodGet, "/events"+page(cursor, limit), nil)
}

// PatchEvent changes an event by a JSON merge patch (RFC 7396).
func (c *EventClient) PatchEvent(ctx context.Context, eventID string, patch any) (*Event, error) {
	return send[Event](ctx, c.api, http.MethodPatch, path("events", eventID), patch)
}

// ExtendEvent makes an event, and the last interval of each of its signals, last
// longer by a duration such as PT30M.
func (c *EventClient) ExtendEvent(ctx context.Context, eventID, by string) (*Event, error) {
	return send[Event](ctx, c.api, http.MethodPost, path("events", eventID)+"/extend?"+url.Values{"by": {by}}.Encode(), nil)
}

// CancelEvent cancels an event.
func (c *EventClient) CancelEvent(ctx context.Context, eventID string) (*Event, error) {
	return send[Event](ctx, c.api, http.MethodPost, path("events", eventID)+"/cancel", nil)
}

// EventVENs lists the state of an event with all its VENs, by venID.
func (c *EventClient) EventVENs(ctx context.Context, eventID string) ([]EventVEN, error) {
	return all(func(cursor string) (*Page[EventVEN], error) {
		return send[Page[EventVEN]](ctx, c.api, http.MethodGet, path("events", eventID)+"/vens"+page(cursor, 1000), nil)
	})
}

// EventVENsPage is a part of [EventClient.EventVENs].
// cursor is the Next of an earlier page, or empty; limit 0 is the server's choice.
func (c *EventClient) EventVENsPage(ctx context.Context, eventID, cursor string, limit int) (*Page[EventVEN], error) {
	return send[Page[EventVEN]](ctx, c.api, http.MethodGet, path("events", eventID)+"/vens"+page(cursor, limit), nil)
}

// EventVENsOptedOutBySchedule is [EventClient.EventVENs] for the VENs whose schedules
// opt out of the event as a whole.
func (c *EventClient) EventVENsOptedOutBySchedule(ctx context.Context, eventID string) ([]EventVEN, error) {
	return all(func(cursor string) (*Page[EventVEN], error) {
		return send[Page[EventVEN]](ctx, c.api, http.MethodGet, path("events", eventID)+"/vens"+page(cursor, 1000, "optedOutBySchedule", "true"), nil)
	})
}
