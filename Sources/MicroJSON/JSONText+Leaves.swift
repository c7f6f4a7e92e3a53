extension JSONText {
    /// Splits an object into its leaves: visits each value that is no object, each empty object, and each object
    /// `depth` levels down, in order.
    ///
    /// A text that is no object is one leaf at the empty path. Arrays are leaves.
    /// - Parameters:
    ///   - depth: How many levels of objects to go into; 1 gives one leaf for each member.
    ///   - visit: Takes the path of decoded names and the value's bytes, both still parts of other arrays.
    public func forEachLeaf<Failure: Error>(
        depth: Int = .max, _ visit: (_ path: [[UInt8]], _ value: ArraySlice<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        guard kind == .object, utf8.count > 2, depth > 0 else { return try visit([], utf8[...]) }
        var path: [[UInt8]] = []
        var open = [members]
        while !open.isEmpty {
            guard let member = open[open.count - 1].next() else {
                open.removeLast()
                _ = path.popLast()
                continue
            }
            path.append(member.name)
            if member.kind == .object, member.valueRange.count > 2, open.count < depth {
                open.append(JSONMembers(of: utf8, in: member.valueRange))
            } else {
                try visit(path, member.valueUTF8)
                path.removeLast()
            }
        }
    }
}
