// Package notify sends the journal to the operator's systems: for each webhook, in order,
// at least once. Requests are signed as those of package webhook.
package notify
