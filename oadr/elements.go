package oadr

import "strings"

// vocabulary is a namespace of the schema.
type vocabulary struct {
	prefix string            // its usual prefix
	names  map[string]string // the names of its elements, by local name: taken from here they need no allocation
}

// name returns an element's name with the usual prefix, also for an element that
// the schema does not have.
func (v *vocabulary) name(local []byte) string {
	if name, ok := v.names[string(local)]; ok {
		return name
	}
	return v.prefix + ":" + string(local)
}

// vocabularies are the namespaces of the schema, by URI.
var vocabularies = func() map[string]*vocabulary {
	all := make(map[string]*vocabulary)
	for name := range strings.FieldsSeq(elementNames) {
		prefix, local, _ := strings.Cut(name, ":")
		namespace := namespaceOf(prefix)
		if all[namespace] == nil {
			all[namespace] = &vocabulary{prefix, make(map[string]string)}
		}
		all[namespace].names[local] = name
	}
	// Elements of 2.0a have the names that they have in 2.0b, as far as it has them.
	all[NS20a] = &vocabulary{all[NS].prefix, all[NS].names}
	return all
}()

// elementNames are the names of the schema's elements.
const elementNames = `
	oadr:Therm oadr:currency oadr:currencyPerKW oadr:currencyPerKWh oadr:currencyPerThm oadr:current oadr:customUnit oadr:frequency oadr:itemDescription
	oadr:itemUnits oadr:oadrCancelOpt oadr:oadrCancelPartyRegistration oadr:oadrCancelReport oadr:oadrCanceledOpt oadr:oadrCanceledPartyRegistration
	oadr:oadrCanceledReport oadr:oadrCapacity oadr:oadrCreateOpt oadr:oadrCreatePartyRegistration oadr:oadrCreateReport oadr:oadrCreatedEvent
	oadr:oadrCreatedOpt oadr:oadrCreatedPartyRegistration oadr:oadrCreatedReport oadr:oadrCurrent oadr:oadrDataQuality oadr:oadrDeviceClass
	oadr:oadrDistributeEvent oadr:oadrEvent oadr:oadrExtension oadr:oadrExtensionName oadr:oadrExtensions oadr:oadrGBDataDescription oadr:oadrGBPayload
	oadr:oadrHttpPullModel oadr:oadrInfo oadr:oadrKey oadr:oadrLevelOffset oadr:oadrLoadControlState oadr:oadrManualOverride oadr:oadrMax
	oadr:oadrMaxPeriod oadr:oadrMin oadr:oadrMinPeriod oadr:oadrNormal oadr:oadrOnChange oadr:oadrOnline oadr:oadrPayload oadr:oadrPayloadResourceStatus
	oadr:oadrPendingReports oadr:oadrPercentOffset oadr:oadrPoll oadr:oadrProfile oadr:oadrProfileName oadr:oadrProfiles oadr:oadrQueryRegistration
	oadr:oadrRegisterReport oadr:oadrRegisteredReport oadr:oadrReport oadr:oadrReportDescription oadr:oadrReportOnly oadr:oadrReportPayload
	oadr:oadrReportRequest oadr:oadrRequestEvent oadr:oadrRequestReregistration oadr:oadrRequestedOadrPollFreq oadr:oadrResponse
	oadr:oadrResponseRequired oadr:oadrSamplingRate oadr:oadrService oadr:oadrServiceName oadr:oadrServiceSpecificInfo oadr:oadrSetPoint
	oadr:oadrSignedObject oadr:oadrTransport oadr:oadrTransportAddress oadr:oadrTransportName oadr:oadrTransports oadr:oadrUpdateReport
	oadr:oadrUpdatedReport oadr:oadrValue oadr:oadrVenName oadr:oadrXmlSignature oadr:pulseCount oadr:pulseFactor oadr:temperature
	ei:SignalNameEnumerated ei:accuracy ei:baselineID ei:baselineName ei:confidence ei:createdDateTime ei:currentValue ei:eiActivePeriod ei:eiEvent
	ei:eiEventBaseline ei:eiEventSignal ei:eiEventSignals ei:eiMarketContext ei:eiReportID ei:eiResponse ei:eiTarget ei:eventDescriptor ei:eventID
	ei:eventResponse ei:eventResponses ei:eventStatus ei:groupID ei:groupName ei:interval ei:modificationDateTime ei:modificationNumber
	ei:modificationReason ei:numDataSources ei:optID ei:optReason ei:optReasonEnumerated ei:optType ei:partyID ei:payloadBase ei:payloadFloat ei:priority
	ei:qualifiedEventID ei:rID ei:readingType ei:readingTypeEnumerated ei:refID ei:registrationID ei:reportBackDuration ei:reportDataSource
	ei:reportEnumerated ei:reportInterval ei:reportName ei:reportRequestID ei:reportSpecifier ei:reportSpecifierID ei:reportSubject ei:reportType
	ei:resourceID ei:response ei:responseCode ei:responseDescription ei:responses ei:signalID ei:signalName ei:signalPayload ei:signalType
	ei:specifierPayload ei:statusDateTime ei:testEvent ei:uid ei:value ei:venID ei:vtnComment ei:vtnID ei:x-eiNotification ei:x-eiRampUp ei:x-eiRecovery
	pyld:eiCreatedEvent pyld:eiRequestEvent pyld:replyLimit pyld:reportToFollow pyld:requestID
	emix:itemBase emix:marketContext emix:serviceArea
	power:ac power:aggregatedPnode power:endDeviceAsset power:energyApparent power:energyItem power:energyReactive power:energyReal power:hertz
	power:itemDescription power:itemUnits power:meterAsset power:mrid power:node power:pnode power:pointOfDelivery power:pointOfReceipt
	power:powerApparent power:powerAttributes power:powerItem power:powerReactive power:powerReal power:serviceDeliveryPoint power:serviceLocation
	power:transportInterface power:voltage
	scale:siScaleCode
	xcal:available xcal:components xcal:date-time xcal:dtend xcal:dtstart xcal:duration xcal:granularity xcal:interval xcal:properties xcal:startafter
	xcal:text xcal:tolerance xcal:tolerate xcal:uid xcal:vavailability
	strm:intervals strm:streamBase strm:streamPayloadBase
`
