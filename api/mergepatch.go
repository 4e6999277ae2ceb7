package api

import "encoding/json"

// mergePatch applies a JSON merge patch (RFC 7396 section 2) to target and returns
// the result. A null of the patch is kept instead of removing the member: an
// [object] reads null as absent, and still refuses a name that it does not know.
// mergePatch does not change the patch.
func mergePatch(target, patch map[string]any) map[string]any {
	if target == nil {
		target = map[string]any{}
	}
	for name, value := range patch {
		if changes, ok := value.(map[string]any); ok {
			inner, _ := target[name].(map[string]any)
			target[name] = mergePatch(inner, changes)
		} else {
			target[name] = value
		}
	}
	return target
}

// patched is the JSON of current with a merge patch applied.
func patched(current any, patch map[string]any) (map[string]any, error) {
	raw, err := json.Marshal(current)
	if err != nil {
		return nil, err
	}
	target, err := decodeObject(raw)
	if err != nil {
		return nil, err
	}
	return mergePatch(target, patch), nil
}
