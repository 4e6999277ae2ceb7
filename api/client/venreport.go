package client

import (
	"context"
	"net/http"
	"time"
)

// VENReport is a report that a VEN offers, as it registered it.
type VENReport struct {
	ReportSpecifierID string      `json:"reportSpecifierID"`
	ReportName        string      `json:"reportName" example:"TELEMETRY_USAGE"`
	Duration          *string     `json:"duration" nullable:"true" doc:"How much of the report the VEN keeps; null: it did not say"`
	CreatedDateTime   *time.Time  `json:"createdDateTime" nullable:"true" doc:"By the VEN's clock"`
	RegisteredAt      time.Time   `json:"registeredAt"`
	DataPoints        []DataPoint `json:"dataPoints" nullable:"false"`
}

// DataPoint is one series of values in a report.
type DataPoint struct {
	RID           string        `json:"rID"`
	ReportType    string        `json:"reportType" example:"usage"`
	ReadingType   string        `json:"readingType" example:"Direct Read"`
	Unit          *Unit         `json:"unit,omitempty" doc:"The unit of its values"`
	GreenButton   string        `json:"greenButton,omitempty" doc:"An atom:feed that says what the values mean, if the unit's type is oadrGBDataDescription"`
	MarketContext string        `json:"marketContext"`
	SamplingRate  *SamplingRate `json:"samplingRate,omitempty"`
	Subject       *EITarget     `json:"subject,omitempty" doc:"The device classes that it is about"`
	DataSource    *EITarget     `json:"dataSource,omitempty" doc:"What is measured"`
}

// SamplingRate is how often a data point can be read.
type SamplingRate struct {
	MinPeriod string `json:"minPeriod"`
	MaxPeriod string `json:"maxPeriod"`
	OnChange  bool   `json:"onChange"`
}

// EITarget is an eiTarget: what a data point is about, or what an opt is for.
type EITarget struct {
	Resources             []string             `json:"resources,omitempty"`
	DeviceClasses         []string             `json:"deviceClasses,omitempty" doc:"endDeviceAsset"`
	Groups                []string             `json:"groups,omitempty"`
	GroupNames            []string             `json:"groupNames,omitempty"`
	VENIDs                []string             `json:"venIDs,omitempty"`
	Parties               []string             `json:"parties,omitempty"`
	MeterAssets           []string             `json:"meterAssets,omitempty"`
	Pnodes                []string             `json:"pnodes,omitempty"`
	AggregatedPnodes      []string             `json:"aggregatedPnodes,omitempty"`
	ServiceDeliveryPoints []string             `json:"serviceDeliveryPoints,omitempty"`
	TransportInterfaces   []TransportInterface `json:"transportInterfaces,omitempty"`
	ServiceAreas          []string             `json:"serviceAreas,omitempty" doc:"GML"`
	ServiceLocations      []string             `json:"serviceLocations,omitempty" doc:"GML"`
}

// TransportInterface names the nodes at both ends of a transport interface.
type TransportInterface struct {
	PointOfReceipt  string `json:"pointOfReceipt"`
	PointOfDelivery string `json:"pointOfDelivery"`
}

// VENReports lists the reports that a VEN offers, by reportSpecifierID.
func (c *ReportClient) VENReports(ctx context.Context, venID string) ([]VENReport, error) {
	p, err := send[Page[VENReport]](ctx, c.api, http.MethodGet, path("vens", venID)+"/reports", nil)
	if err != nil {
		return nil, err
	}
	return p.Items, nil
}
