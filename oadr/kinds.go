package oadr

func (*Response) Kind() Kind                  { return KindResponse }
func (*QueryRegistration) Kind() Kind         { return KindQueryRegistration }
func (*CreatePartyRegistration) Kind() Kind   { return KindCreatePartyRegistration }
func (*CreatedPartyRegistration) Kind() Kind  { return KindCreatedPartyRegistration }
func (*CancelPartyRegistration) Kind() Kind   { return KindCancelPartyRegistration }
func (*CanceledPartyRegistration) Kind() Kind { return KindCanceledPartyRegistration }
func (*RequestReregistration) Kind() Kind     { return KindRequestReregistration }
func (*DistributeEvent) Kind() Kind           { return KindDistributeEvent }
func (*RequestEvent) Kind() Kind              { return KindRequestEvent }
func (*CreatedEvent) Kind() Kind              { return KindCreatedEvent }
func (*Poll) Kind() Kind                      { return KindPoll }
func (*CreateOpt) Kind() Kind                 { return KindCreateOpt }
func (*CreatedOpt) Kind() Kind                { return KindCreatedOpt }
func (*CancelOpt) Kind() Kind                 { return KindCancelOpt }
func (*CanceledOpt) Kind() Kind               { return KindCanceledOpt }
func (*RegisterReport) Kind() Kind            { return KindRegisterReport }
func (*RegisteredReport) Kind() Kind          { return KindRegisteredReport }
func (*CreateReport) Kind() Kind              { return KindCreateReport }
func (*CreatedReport) Kind() Kind             { return KindCreatedReport }
func (*UpdateReport) Kind() Kind              { return KindUpdateReport }
func (*UpdatedReport) Kind() Kind             { return KindUpdatedReport }
func (*CancelReport) Kind() Kind              { return KindCancelReport }
func (*CanceledReport) Kind() Kind            { return KindCanceledReport }
func (u *Unknown) Kind() Kind                 { return Kind(u.Name) }

func (m *Response) Sender() string                  { return m.VENID }
func (*QueryRegistration) Sender() string           { return "" }
func (m *CreatePartyRegistration) Sender() string   { return m.VENID }
func (m *CreatedPartyRegistration) Sender() string  { return m.VENID }
func (m *CancelPartyRegistration) Sender() string   { return m.VENID }
func (m *CanceledPartyRegistration) Sender() string { return m.VENID }
func (m *RequestReregistration) Sender() string     { return m.VENID }
func (*DistributeEvent) Sender() string             { return "" }
func (m *RequestEvent) Sender() string              { return m.VENID }
func (m *CreatedEvent) Sender() string              { return m.VENID }
func (m *Poll) Sender() string                      { return m.VENID }
func (m *CreateOpt) Sender() string                 { return m.VENID }
func (*CreatedOpt) Sender() string                  { return "" }
func (m *CancelOpt) Sender() string                 { return m.VENID }
func (*CanceledOpt) Sender() string                 { return "" }
func (m *RegisterReport) Sender() string            { return m.VENID }
func (m *RegisteredReport) Sender() string          { return m.VENID }
func (m *CreateReport) Sender() string              { return m.VENID }
func (m *CreatedReport) Sender() string             { return m.VENID }
func (m *UpdateReport) Sender() string              { return m.VENID }
func (m *UpdatedReport) Sender() string             { return m.VENID }
func (m *CancelReport) Sender() string              { return m.VENID }
func (m *CanceledReport) Sender() string            { return m.VENID }
func (u *Unknown) Sender() string                   { return u.VENID }

func (m *Response) Request() string                  { return m.Response.RequestID }
func (m *QueryRegistration) Request() string         { return m.RequestID }
func (m *CreatePartyRegistration) Request() string   { return m.RequestID }
func (m *CreatedPartyRegistration) Request() string  { return m.Response.RequestID }
func (m *CancelPartyRegistration) Request() string   { return m.RequestID }
func (m *CanceledPartyRegistration) Request() string { return m.Response.RequestID }
func (*RequestReregistration) Request() string       { return "" }
func (m *DistributeEvent) Request() string           { return m.RequestID }
func (m *RequestEvent) Request() string              { return m.RequestID }
func (m *CreatedEvent) Request() string              { return m.Response.RequestID }
func (*Poll) Request() string                        { return "" }
func (m *CreateOpt) Request() string                 { return m.RequestID }
func (m *CreatedOpt) Request() string                { return m.Response.RequestID }
func (m *CancelOpt) Request() string                 { return m.RequestID }
func (m *CanceledOpt) Request() string               { return m.Response.RequestID }
func (m *RegisterReport) Request() string            { return m.RequestID }
func (m *RegisteredReport) Request() string          { return m.Response.RequestID }
func (m *CreateReport) Request() string              { return m.RequestID }
func (m *CreatedReport) Request() string             { return m.Response.RequestID }
func (m *UpdateReport) Request() string              { return m.RequestID }
func (m *UpdatedReport) Request() string             { return m.Response.RequestID }
func (m *CancelReport) Request() string              { return m.RequestID }
func (m *CanceledReport) Request() string            { return m.Response.RequestID }
func (u *Unknown) Request() string                   { return u.RequestID }
