extension JSONValue {
    /// The value after a merge patch (RFC 7396): members of the patch replace, `null` removes, objects merge.
    ///
    /// Existing members keep their positions; new ones follow in the patch's order.
    public func mergePatched(with patch: JSONValue) -> JSONValue {
        var value = self
        value.mergePatch(patch)
        return value
    }

    /// Changes the value in place by a merge patch. The cost depends on the patch, not on the value.
    public mutating func mergePatch(_ patch: JSONValue) {
        guard case .object(let changes) = patch else {
            self = patch
            return
        }
        var result = JSONObject()
        if case .object(let object) = self { result = object }
        // Drops this reference, so that the changes are made in place.
        self = .null
        for change in changes {
            if case .scalar(.null) = change.value {
                result.remove(change.name)
            } else if var value = result.takeValue(change.name) {
                value.mergePatch(change.value)
                result[name: change.name] = value
            } else {
                var value = JSONValue.null
                value.mergePatch(change.value)
                result.append(name: change.name, rawName: change.rawName, value: value)
            }
        }
        self = .object(result)
    }
}
