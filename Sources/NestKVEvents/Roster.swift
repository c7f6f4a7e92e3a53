import NestKVStorage

/// The live members of a hub, and the last revision delivered to each. Guarded by the hub's lock.
struct Roster<Member: Subscriber> {
    /// A member with the last revision that was delivered to it.
    final class Seat {
        let member: Member
        var last: Revision

        init(_ member: Member, after revision: Revision) {
            self.member = member
            last = revision
        }
    }

    private var index = SubscriptionIndex<Seat>()
    private var seats: [ObjectIdentifier: Seat] = [:]

    /// The number of members.
    var count: Int { seats.count }

    /// Adds a member that has seen everything up to a revision.
    mutating func insert(_ member: Member, after revision: Revision) {
        let seat = Seat(member, after: revision)
        seats[ObjectIdentifier(member)] = seat
        for pattern in member.patterns { index.insert(seat, pattern) }
    }

    /// Removes a member, if it is live.
    mutating func remove(_ member: Member) {
        guard let seat = seats.removeValue(forKey: ObjectIdentifier(member)) else { return }
        for pattern in member.patterns { index.remove(seat, pattern) }
    }

    /// Removes all members.
    mutating func removeAll() -> [Member] {
        defer { self = Roster() }
        return seats.values.map { $0.member }
    }

    /// The seats of members to which a revision was not delivered.
    func seats(before revision: Revision) -> [Seat] {
        seats.values.filter { $0.last < revision }
    }

    /// The seats of members that match a leaf's change and have not received it. Several patterns of a member may
    /// match.
    func seats(for key: Key, before revision: Revision) -> [Seat] {
        var found: [Seat] = []
        guard !key.isInternal else { return found }
        var mayHaveDoubles = false
        index.forEachMatch(key) { seat in
            guard seat.last < revision else { return }
            found.append(seat)
            if seat.member.patterns.count > 1 { mayHaveDoubles = true }
        }
        guard mayHaveDoubles else { return found }
        var seen: Set<ObjectIdentifier> = []
        return found.filter { seen.insert(ObjectIdentifier($0)).inserted }
    }
}
