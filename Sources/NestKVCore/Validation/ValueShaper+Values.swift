import MicroJSON
import NestKVStorage

/// What follows from the values.
extension ValueShaper {
    /// A value with everything at and below its path in its shape; nil if it is as it is stored.
    ///
    /// - Parameters:
    ///   - hashes: the schemas of the leaves that have one.
    ///   - leftOut: counts the invalid values that are left out.
    func shaped(
        _ text: JSONText, at path: Key, _ position: BindingIndex.Position, _ hashes: [Key: String], leftOut: inout Int
    ) throws(StoreError) -> JSONText? {
        let own = try shaped(text, at: path, position.bound, hashes[path])
        guard position.leadsOn else { return own }
        // What was migrated is stored at no path.
        let inner = try members(of: own ?? text, at: path, position, own == nil ? hashes : [:], leftOut: &leftOut)
        guard let inner else { return own }
        if let bound = position.bound, bound.mode == .enforce, let expected = bound.expected {
            do { try catalog.demand(inner, expected, at: path, for: .reading) } catch { throw Self.invalid(error) }
        }
        return inner
    }

    /// An object or array with its members in their shapes; nil if they are as they are stored.
    private func members(
        of text: JSONText, at path: Key, _ position: BindingIndex.Position, _ hashes: [Key: String],
        leftOut: inout Int
    ) throws(StoreError) -> JSONText? {
        var isChanged = false
        func member(_ name: [UInt8], _ value: JSONText) throws(StoreError) -> JSONText? {
            let inner = position.entering(name)
            guard !inner.isEmpty else { return value }
            let path = path.appending(name)
            do throws(StoreError) {
                guard let shown = try shaped(value, at: path, inner, hashes, leftOut: &leftOut) else { return value }
                isChanged = true
                return shown
            } catch {
                guard wanted?.path != path else { throw error }
                isChanged = true
                leftOut += 1
                return nil
            }
        }
        var writer = JSONWriter(reserving: text.utf8.count)
        switch text.kind {
        case .object:
            writer.beginObject()
            for found in text.members {
                guard let value = try member(found.name, found.value) else { continue }
                writer.name(raw: found.rawName)
                writer.raw(value)
            }
            writer.endObject()
        case .array:
            writer.beginArray()
            for (index, element) in text.elements.enumerated() {
                let value = try member(Array(String(index).utf8), JSONText(trusted: Array(element)))
                if let value { writer.raw(value) }
            }
            writer.endArray()
        default: return nil
        }
        return isChanged ? writer.text : nil
    }

    /// The value of a path in its own shape; nil if it is as it is stored.
    ///
    /// - Parameter hash: the schema that the value is known to follow.
    /// - Throws: ``StoreError`` `.invalidStoredValue`, `.noMigration`, `.schemaTooCostly`.
    private func shaped(
        _ text: JSONText, at path: Key, _ bound: BoundSchema?, _ hash: String?
    ) throws(StoreError) -> JSONText? {
        if let wanted, wanted.path == path { return try shaped(text, at: path, as: wanted.schema, bound, hash) }
        guard let bound, let expected = bound.expected, hash != expected.schema.hash else { return nil }
        do throws(StoreError) {
            if let hash, let plan = snapshot.migration(from: hash, to: expected.schema.hash), plan.changesValues {
                let value = try plan.converted(text, at: path)
                if bound.binding.writesBack { catalog.writeBacks.offer(path) }
                return value
            }
            do throws(StoreError) {
                try catalog.demand(text, expected, at: path, for: .reading)
            } catch {
                guard hash == nil, error.code == .schemaViolation else { throw error }
                let older = try migrated(text, at: path, from: others(than: expected), to: expected)
                guard let older else { throw error }
                return older
            }
            return nil
        } catch {
            guard bound.mode == .enforce else { return nil }
            throw Self.invalid(error)
        }
    }

    /// The value of a path in the shape that its reader asks for; nil if it is as it is stored.
    private func shaped(
        _ text: JSONText, at path: Key, as wanted: ExpectedSchema, _ bound: BoundSchema?, _ hash: String?
    ) throws(StoreError) -> JSONText? {
        guard hash != wanted.schema.hash else { return nil }
        if let hash {
            if let plan = snapshot.migration(from: hash, to: wanted.schema.hash) {
                return plan.changesValues ? try plan.converted(text, at: path) : nil
            }
        } else if let found = try migrated(
            text, at: path, from: ((bound?.expected).map { [$0] } ?? []) + others(than: wanted), to: wanted)
        {
            return found
        }
        guard try catalog.isValid(text, wanted, at: path, for: .reading) else {
            throw Self.noMigration(to: wanted, from: hash.flatMap { snapshot.expected($0) }, at: path)
        }
        return nil
    }

    /// A value migrated from the first schema that it follows and from which a migration leads to another one; nil
    /// without one.
    private func migrated(
        _ text: JSONText, at path: Key, from origins: [ExpectedSchema], to expected: ExpectedSchema
    ) throws(StoreError) -> JSONText? {
        for origin in origins where origin.schema.hash != expected.schema.hash {
            guard let plan = snapshot.migration(from: origin.schema.hash, to: expected.schema.hash),
                plan.changesValues, try catalog.isValid(text, origin, at: path, for: .reading)
            else { continue }
            return try plan.converted(text, at: path)
        }
        return nil
    }

    /// The other versions of the name of a schema, the newest first.
    private func others(than expected: ExpectedSchema) -> [ExpectedSchema] {
        guard let name = expected.name?.name else { return [] }
        return snapshot.versions(of: name).compactMap { version in
            guard version.hash != expected.schema.hash, let schema = snapshot.schemas[version.hash] else { return nil }
            return ExpectedSchema(schema: schema, name: version)
        }
    }

    private static func noMigration(
        to wanted: ExpectedSchema, from origin: ExpectedSchema?, at path: Key
    ) -> StoreError {
        let fact =
            origin.map { "The value of \(path) follows \($0.label)" }
            ?? "The value of \(path) follows neither \(wanted.label) nor another version of it that can be migrated"
        return StoreError(
            .noMigration, "\(fact), and no migration leads from there to \(wanted.label).", .readStored)
    }

    private static func invalid(_ error: StoreError) -> StoreError {
        guard error.code != .schemaTooCostly else { return error }
        var invalid = StoreError(.invalidStoredValue, "What is stored is not shown. " + error.message, .readStored)
        invalid.report = error.report
        return invalid
    }
}
