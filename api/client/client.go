package client

// Client calls one VTN's API. It is safe for concurrent use. An error by which the
// API refuses a request is a [*Problem].
type Client struct {
	api *connection
	EventClient
	OptClient
	VENClient
	NoticeClient
	ReportClient
	DataClient
	UserClient
	StreamClient
	WebhookClient
}

// New makes a client of the API at a URL such as http://127.0.0.1:8080. The token
// is empty if the API needs none.
func New(baseURL, token string) *Client {
	api := newConnection(baseURL, token)
	return &Client{api, EventClient{api}, OptClient{api}, VENClient{api}, NoticeClient{api}, ReportClient{api}, DataClient{api}, UserClient{api}, StreamClient{api}, WebhookClient{api}}
}
