/// One step of a way from schema to schema.
struct MigrationHop: Sendable {
    /// The hash of the schema that it leads to.
    let target: String
    /// The migration; nil if values stay as they are.
    let migration: SchemaMigration?
    /// Whether it is the way back of the migration.
    let isBack: Bool
}

/// How schemas are connected: by migrations, and by versions of one name of which one permits all that the other does.
struct MigrationGraph: Sendable {
    static let mostHops = 32

    /// By the hash of the schema that they begin at: the ways there first, then the ways back, each by name.
    private var hops: [String: [MigrationHop]] = [:]
    /// For each name the hashes of its versions, the oldest first.
    private let families: [[String]]
    /// The positions in ``families`` of a hash.
    private var memberships: [String: [Int]] = [:]

    /// A graph of migrations whose schemas are registered.
    ///
    /// - Parameter families: for each name the hashes of its versions, the oldest first.
    init(_ migrations: [(migration: SchemaMigration, from: String, to: String)], families: [[String]]) {
        self.families = families
        for (index, family) in families.enumerated() {
            for hash in Set(family) { memberships[hash, default: []].append(index) }
        }
        for (migration, from, to) in migrations {
            hops[from, default: []].append(MigrationHop(target: to, migration: migration, isBack: false))
        }
        for (migration, from, to) in migrations where migration.backward != nil {
            hops[to, default: []].append(MigrationHop(target: from, migration: migration, isBack: true))
        }
    }

    /// The shortest way; nil without one. Migrations that lead all the way are preferred to a shorter way on which
    /// values stay as they are.
    ///
    /// - Parameter contains: whether each value of the first schema is one of the second. It is only asked about
    ///   versions of one name.
    func way(from: String, to: String, contains: (String, String) -> Bool) -> [MigrationHop]? {
        search(from, to) { hops[$0] ?? [] }
            ?? search(from, to) { hash in
                (hops[hash] ?? []) + unchanged(from: hash, to: to).lazy.filter { contains(hash, $0.target) }
            }
    }

    /// Where a value may stay as it is: the target, the versions before and after, and those with migrations.
    private func unchanged(from hash: String, to target: String) -> [MigrationHop] {
        var found: [String] = []
        for family in (memberships[hash] ?? []).map({ families[$0] }) {
            if family.contains(target) { found.append(target) }
            for (index, member) in family.enumerated() where member == hash {
                if index + 1 < family.count { found.append(family[index + 1]) }
                if index > 0 { found.append(family[index - 1]) }
            }
            found += family.filter { hops[$0] != nil }
        }
        var seen: Set = [hash]
        return found.filter { seen.insert($0).inserted }.map { MigrationHop(target: $0, migration: nil, isBack: false) }
    }

    /// The shortest way, breadth first.
    private func search(_ from: String, _ to: String, _ next: (String) -> [MigrationHop]) -> [MigrationHop]? {
        var ways: [(hash: String, hops: [MigrationHop])] = [(from, [])]
        var seen: Set = [from]
        for _ in 0..<Self.mostHops {
            var longer: [(hash: String, hops: [MigrationHop])] = []
            for way in ways {
                for hop in next(way.hash) where seen.insert(hop.target).inserted {
                    if hop.target == to { return way.hops + [hop] }
                    longer.append((hop.target, way.hops + [hop]))
                }
            }
            ways = longer
        }
        return nil
    }
}
