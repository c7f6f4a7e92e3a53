import JSONSchema
import MicroJSON
import NestKVStorage

extension SchemaRegistry {
    /// A schema that is to be a version of a name.
    struct Candidate {
        /// The schema with all schemas that it refers to.
        let text: JSONText
        let hash: DataHash
        let compiled: CompiledSchema
    }

    /// Tells how a schema fits the earlier versions of a name and the stored values that follow the name.
    ///
    /// - Throws: ``StoreError`` `.invalidSchema`, `.unresolvableReference`, `.schemaTooCostly`.
    public func compatibility(of text: JSONText, with name: String) async throws(StoreError) -> CompatibilityReport {
        try await refresh()
        let candidate = try checked(text)
        var report = compare(candidate, with: name)
        var survey = survey(name, candidate)
        try await survey.examineAll()
        report.data = survey.found
        return report
    }

    /// Refuses a schema that doesn't fit the earlier versions of a name.
    ///
    /// - Returns: the examination of the stored values, if the schema depends on it.
    /// - Throws: ``StoreError`` `.incompatibleSchema`.
    func demandCompatibility(
        of candidate: Candidate, with name: String
    ) async throws(StoreError) -> SchemaSurvey? {
        var report = compare(candidate, with: name)
        if report.isCompatible { return nil }
        guard report.dependsOnData else { throw .incompatible(name, report) }
        var survey = survey(name, candidate)
        try await survey.examineAll()
        // The walk may have lasted; this leaves little to the time between here and the commit.
        if survey.found.invalid == 0 { try await survey.examineChanges() }
        report.data = survey.found
        guard report.isCompatible else { throw .incompatible(name, report) }
        return survey
    }

    /// What the rules alone say.
    private func compare(_ candidate: Candidate, with name: String) -> CompatibilityReport {
        let snapshot = catalog.snapshot
        let level = snapshot.compatibility(of: name)
        var report = CompatibilityReport(level: level)
        guard let newest = snapshot.names[name] else { return report }
        // It may be registered by its hash alone.
        report.isMigrated = snapshot.migration(from: newest.hash, to: candidate.hash.description) != nil
        let versions = level.isTransitive ? snapshot.versions(of: name) : [newest]
        // Without a level it is told what the standard level would say.
        let directions = level == .none ? CompatibilityLevel.standard.directions : level.directions
        var seen: Set = [candidate.hash.description]
        for version in versions where seen.insert(version.hash).inserted {
            guard let earlier = snapshot.schemas[version.hash] else { continue }
            for direction in directions {
                report.add(candidate.compiled, earlier, version.version, direction)
            }
        }
        return report
    }

    /// A survey of the values that follow a name.
    private func survey(_ name: String, _ candidate: Candidate) -> SchemaSurvey {
        let snapshot = catalog.snapshot
        let bindings = snapshot.bindings.map(\.binding).filter { $0.schema == .newest(name) && $0.mode != .off }
        return SchemaSurvey(
            store, snapshot.index, bindings: Set(bindings.map(\.id)),
            hashes: Set(snapshot.versions(of: name).map(\.hash)), candidate.compiled, errorLimit: catalog.errorLimit)
    }

    /// Stores what new versions of a name must have in common with earlier ones.
    ///
    /// - Parameter text: the level in its stored form.
    /// - Throws: ``StoreError`` `.unknownSchema`.
    public func setCompatibility(
        _ text: JSONText, of name: String, _ options: WriteOptions
    ) async throws(StoreError) -> WriteResult {
        try await refresh()
        guard catalog.snapshot.names[name] != nil else { throw .unknownSchema(.newest(name)) }
        return try await store.write(Put(text), at: Self.key(ofCompatibility: name), options)
    }

    /// The leaf with the level of a name.
    static func key(ofCompatibility name: String) -> Key {
        ReservedKeys.schemaCompatibility.appending(Array(name.utf8))
    }
}

extension CompatibilityReport {
    /// Adds the comparison with an earlier version.
    fileprivate mutating func add(
        _ candidate: CompiledSchema, _ earlier: RegisteredSchema, _ version: UInt64,
        _ direction: CompatibilityLevel.Direction
    ) {
        func add(_ pointer: String, _ change: String, _ why: String) {
            guard breaking.count < Self.mostBreaks else { return }
            breaking.append(
                Break(version: version, direction: direction, pointer: pointer, change: change, why: why))
        }
        let verdict: SchemaContainment.Verdict
        do throws(StoreError) {
            let earlier = try earlier.compiled()
            let (first, other) = direction == .backward ? (earlier, candidate) : (candidate, earlier)
            let containment = first.containment(in: other)
            verdict = containment.verdict
            for rule in containment.breaking { add(rule.pointer, rule.change, rule.why) }
            witness = witness ?? containment.witness
        } catch {
            verdict = .unknown
            add("", "", "The earlier version can't be used. \(error.message)")
        }
        switch direction {
        case .backward: backward = backward.joined(with: verdict)
        case .forward: forward = forward.joined(with: verdict)
        }
    }
}

extension SchemaContainment.Verdict {
    /// The verdict of two comparisons that must both hold.
    fileprivate func joined(with other: Self) -> Self {
        self == .no || other == .no ? .no : self == .unknown || other == .unknown ? .unknown : .yes
    }
}
