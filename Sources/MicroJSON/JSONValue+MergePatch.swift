extension JSONValue {
    /// The value after a merge patch (RFC 7396): members of the patch replace, `null` removes, objects merge.
    ///
    /// Members that stay keep their places, new ones follow in the patch's order.
    public func mergePatched(with patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var result = JSONObject()
        if case .object(let object) = self { result = object }
        for change in changes {
            if case .scalar(.null) = change.value {
                result.remove(change.name)
            } else if let value = result.takeValue(change.name) {
                result[name: change.name] = value.mergePatched(with: change.value)
            } else {
                let value = JSONValue.null.mergePatched(with: change.value)
                result.append(name: change.name, rawName: change.rawName, value: value)
            }
        }
        return .object(result)
    }
}
