import CoreMetrics
import MicroHTTP
import NestKVAPI
import NestKVCore
import NestKVStorage
import PrometheusMetrics

#if canImport(Glibc)
    import Glibc
#endif

/// The metrics of the service.
final class ServiceMetrics: Sendable {
    /// The registry of all metrics.
    let registry = PrometheusRegistry(help: [
        "nestkv_build_info": "The program's version; always 1.",
        "nestkv_http_request_duration_seconds": "Time from a request's first byte to the last byte of its response.",
        MeasuredDriver.metric: "Time of one operation of the store's driver.",
        "nestkv_http_connections": "Open connections.",
        "nestkv_bytes_in_flight": "Bytes of large bodies that are being received or sent.",
        "nestkv_bytes_in_flight_refused_total": "Requests answered with 503 because too many bytes were in flight.",
        "nestkv_sse_subscribers": "Open event streams.",
        "nestkv_sse_live_subscribers": "Event streams that have caught up.",
        "nestkv_sse_events_total": "Events sent to streams.",
        "nestkv_sse_dropped_total": "Streams that were closed because their client read too slowly.",
        "nestkv_sse_ended_total": "Streams that ended, by reason.",
        "nestkv_log_dropped_total": "Log lines that were dropped because standard error was not read.",
        "nestkv_feed_revision": "The current revision of the store.",
        "nestkv_feed_oldest_revision": "The revision after which the change feed is complete.",
        "nestkv_schema_validations_total": "Checks of values against schemas, by outcome.",
        "nestkv_schemas": "Registered schemas.",
        "nestkv_schema_bindings": "Bindings of paths to schemas, by mode.",
        "nestkv_schema_job_leaves_total": "Leaves that jobs visited, by what became of them.",
        "nestkv_store_up": "1 if the store can be read and written, otherwise 0.",
        "process_cpu_seconds_total": "CPU time of the process, in seconds.",
        "process_resident_memory_bytes": "Resident memory of the process, in bytes.",
        "process_open_fds": "Open file descriptors.",
        "process_max_fds": "Limit of open file descriptors.",
        "process_start_time_seconds": "Start time of the process since the Unix epoch, in seconds.",
    ])

    private let requestTimes = RequestTimes()
    private let started = Timestamp.now

    private let log: LogSink

    init(log: LogSink) {
        self.log = log
        registry.makeMeter(label: "nestkv_build_info", dimensions: [("version", App.version)]).set(Int64(1))
    }

    /// Counts a finished request.
    func count(_ exchange: Exchange) {
        let route = exchange.method.isEmpty ? "" : API.routeName(ofPath: exchange.pathBytes)
        // A client could invent any number of methods, and each would be a time series.
        let method = API.methods.contains(exchange.method) ? exchange.method : "other"
        let kind = RequestTimes.Kind(status: exchange.status, method: method, route: route)
        requestTimes.record(exchange.durationNanoseconds, kind) {
            registry.makeTimer(
                label: "nestkv_http_request_duration_seconds",
                dimensions: [("route", route), ("method", method), ("status", String(exchange.status))])
        }
    }

    /// All metrics as text. Some are only read now.
    func exposition(
        _ store: any StoreAdministration & ChangeFeed, _ live: Live, _ server: Server, _ schemas: SchemaCatalog,
        _ jobs: JobRunner
    ) async -> String {
        gauge("nestkv_http_connections", Double(server.connections))
        gauge("nestkv_bytes_in_flight", Double(server.configuration.bytesInFlight.bytes))
        gauge("nestkv_sse_subscribers", Double(server.streams))
        gauge("nestkv_sse_live_subscribers", Double(live.subscribers))
        let health = await store.health()
        gauge("nestkv_store_up", health.isReady ? 1 : 0)
        if store.capabilities.revisionScope == .store,
            let page = try? await store.extent(of: .store)
        {
            gauge("nestkv_feed_revision", Double(page.current))
            gauge("nestkv_feed_oldest_revision", Double(page.oldest))
        }
        sample(schemas)
        sampleProcess()
        return registry.exposition() + counters(live, server) + counters(schemas) + counters(jobs)
    }

    private func gauge(_ name: String, _ value: Double) {
        registry.makeMeter(label: name, dimensions: []).set(value)
    }

    private func sample(_ schemas: SchemaCatalog) {
        gauge("nestkv_schemas", Double(schemas.count))
        let bindings = schemas.allBindings
        for mode in SchemaBinding.Mode.allCases {
            registry.makeMeter(label: "nestkv_schema_bindings", dimensions: [("mode", mode.rawValue)])
                .set(Int64(bindings.count { $0.mode == mode }))
        }
    }

    private func counters(_ schemas: SchemaCatalog) -> String {
        let name = "nestkv_schema_validations_total"
        var text = registry.header(name, "counter")
        for side in SchemaTally.Side.allCases {
            for outcome in SchemaTally.Outcome.allCases {
                let count = schemas.tally.count(of: outcome, side)
                text += "\(name){side=\"\(side.rawValue)\",outcome=\"\(outcome.rawValue)\"} \(count)\n"
            }
        }
        return text
    }

    private func counters(_ jobs: JobRunner) -> String {
        let name = "nestkv_schema_job_leaves_total"
        return jobs.leaves.reduce(registry.header(name, "counter")) { text, leaves in
            text + "\(name){outcome=\"\(leaves.outcome)\"} \(leaves.count)\n"
        }
    }

    /// The counters that other parts of the program keep.
    private func counters(_ live: Live, _ server: Server) -> String {
        var text = registry.header("nestkv_sse_dropped_total", "counter")
        text += "nestkv_sse_dropped_total \(server.streamsEndedByOverflow)\n"
        text += registry.header("nestkv_sse_ended_total", "counter")
        for ending in ResponseStream.Ending.allCases {
            text += "nestkv_sse_ended_total{reason=\"\(ending.rawValue)\"} \(server.streamsEnded(ending))\n"
        }
        text += registry.header("nestkv_sse_events_total", "counter")
        text += "nestkv_sse_events_total \(live.eventsSent)\n"
        text += registry.header("nestkv_log_dropped_total", "counter")
        text += "nestkv_log_dropped_total \(log.dropped)\n"
        text += registry.header("nestkv_bytes_in_flight_refused_total", "counter")
        text += "nestkv_bytes_in_flight_refused_total \(server.configuration.bytesInFlight.refusals)\n"
        text += registry.header("process_cpu_seconds_total", "counter")
        return text + "process_cpu_seconds_total \(cpuSeconds)\n"
    }

    private func sampleProcess() {
        gauge("process_start_time_seconds", Double(started.milliseconds) / 1000)
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            gauge("process_max_fds", Double(limit.rlim_cur))
        }
        gauge("process_open_fds", Double(Self.entries(of: "/proc/self/fd")))
        if let pages = Self.firstLine(of: "/proc/self/statm")?.split(separator: " ").dropFirst().first.flatMap({
            Int($0)
        }) {
            gauge("process_resident_memory_bytes", Double(pages * sysconf(Int32(_SC_PAGESIZE))))
        }
    }

    private var cpuSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    private static func entries(of folder: String) -> Int {
        guard let directory = opendir(folder) else { return 0 }
        defer { closedir(directory) }
        var count = -3  // '.', '..', and the descriptor of this loop
        while readdir(directory) != nil { count += 1 }
        return count
    }

    private static func firstLine(of path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        return line.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }
}
