import CoreMetrics
import Synchronization

/// Keeps the metrics of swift-metrics and writes them in Prometheus's text format.
///
/// A swift-metrics label becomes the metric's name, and its dimensions become labels. Timers are histograms in seconds.
public final class PrometheusRegistry: MetricsFactory {
    /// A metric with its type and cells.
    struct Family {
        let type: String
        var cells: [String: any AnyObject & Sendable] = [:]
    }

    private let help: [String: String]
    private let families = Mutex<[String: Family]>([:])

    /// A registry.
    ///
    /// - Parameter help: a sentence for each metric, by its name.
    public init(help: [String: String]) {
        self.help = help
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(label, dimensions, "counter") { CounterCell() }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        cell(label, dimensions, "gauge") { GaugeCell() }
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        cell(label, dimensions, "gauge") { GaugeCell() }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        cell(label, dimensions, "histogram") { HistogramCell() }
    }

    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    /// The cell of a metric with these labels, shared by all callers.
    private func cell<Cell: AnyObject & Sendable>(
        _ name: String, _ labels: [(String, String)], _ type: String, _ make: @Sendable () -> Cell
    ) -> Cell {
        let key = labels.map { "\($0.0)=\"\($0.1.escapedLabel)\"" }.joined(separator: ",")
        return families.withLock { families in
            var family = families[name] ?? Family(type: type)
            if let cell = family.cells[key] as? Cell { return cell }
            precondition(family.type == type, "the metric \(name) is a \(family.type), not a \(type)")
            let cell = make()
            family.cells[key] = cell
            families[name] = family
            return cell
        }
    }

    /// All metrics in Prometheus's text format.
    ///
    /// - SeeAlso: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
    public func exposition() -> String {
        var text = ""
        for (name, family) in families.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            text += header(name, family.type)
            for (labels, cell) in family.cells.sorted(by: { $0.key < $1.key }) {
                switch cell {
                case let cell as CounterCell: text += line(name, labels, "\(cell.value)")
                case let cell as GaugeCell: text += line(name, labels, cell.value.prometheus)
                case let cell as HistogramCell: text += lines(name, labels, cell)
                default: break
                }
            }
        }
        return text
    }

    /// The header lines of a metric whose value is kept elsewhere.
    public func header(_ name: String, _ type: String) -> String {
        (help[name].map { "# HELP \(name) \($0)\n" } ?? "") + "# TYPE \(name) \(type)\n"
    }

    private func lines(_ name: String, _ labels: String, _ cell: HistogramCell) -> String {
        let counts = cell.cumulativeCounts
        let before = labels.isEmpty ? "" : labels + ","
        var text = ""
        for (bound, count) in zip(HistogramCell.bounds, counts) {
            text += line(name + "_bucket", before + "le=\"\(seconds(bound).prometheus)\"", "\(count)")
        }
        let total = "\(counts.last ?? 0)"
        text += line(name + "_bucket", before + "le=\"+Inf\"", total)
        text += line(name + "_sum", labels, seconds(cell.sumNanoseconds).prometheus)
        return text + line(name + "_count", labels, total)
    }

    private func line(_ name: String, _ labels: String, _ value: String) -> String {
        labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    private func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e9 }
}

extension Double {
    /// The shortest text, without a fraction of zero.
    fileprivate var prometheus: String {
        self == rounded() && magnitude < 1e15 ? String(Int64(self)) : description
    }
}

extension String {
    fileprivate var escapedLabel: String {
        guard contains(where: { $0 == "\\" || $0 == "\"" || $0 == "\n" }) else { return self }
        return reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }
}
