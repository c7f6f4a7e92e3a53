/// Columns of text for a terminal.
struct Table {
    private var rows: [[String]]

    init(_ titles: String...) {
        rows = [titles]
    }

    /// Adds a row. Control characters could change a terminal's state, so they are replaced by spaces.
    mutating func add(_ cells: String...) {
        rows.append(
            cells.map { cell in
                String(
                    String.UnicodeScalarView(
                        cell.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
            })
    }

    /// The lines, the last column cut to the terminal's width.
    ///
    /// - Parameter columns: the terminal's width; nil: no limit.
    func text(columns: Int?) -> String {
        let widths = (0..<rows[0].count).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (cell, width) in zip(row.dropLast(), widths) {
                line += cell + String(repeating: " ", count: width - cell.count + 2)
            }
            return Table.cut(line + (row.last ?? ""), columns) + "\n"
        }.joined()
    }

    /// A line, cut to a width.
    static func cut(_ line: String, _ columns: Int?) -> String {
        guard let columns, line.count > columns else { return line }
        return line.prefix(max(columns - 1, 0)) + "…"
    }
}
