import NestKVCore

/// Who is live in a hub, and what was handed to each. Guarded by the hub's lock.
struct Roster<Member: Subscriber> {
    /// A member's place, with the last revision that was handed to it.
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

    /// How many there are.
    var count: Int { seats.count }

    /// Adds a member that has seen everything up to a revision.
    mutating func insert(_ member: Member, after revision: Revision) {
        let seat = Seat(member, after: revision)
        seats[ObjectIdentifier(member)] = seat
        for pattern in member.patterns { index.insert(seat, pattern) }
    }

    /// Removes a member; one that isn't there is left alone.
    mutating func remove(_ member: Member) {
        guard let seat = seats.removeValue(forKey: ObjectIdentifier(member)) else { return }
        for pattern in member.patterns { index.remove(seat, pattern) }
    }

    /// Removes everybody.
    mutating func removeAll() -> [Member] {
        defer { self = Roster() }
        return seats.values.map { $0.member }
    }

    /// The seats of those who have not been handed a revision.
    func seats(before revision: Revision) -> [Seat] {
        seats.values.filter { $0.last < revision }
    }

    /// The seats of those who want a change of a leaf and have not been handed it. Several patterns of one may match.
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
