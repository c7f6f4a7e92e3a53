import Glibc
import MicroJSON
import Synchronization
import TestSupport

extension StreamedEvent {
    /// A part of the event's data; nil if it doesn't exist.
    func part(_ pointer: String) -> JSONValue? {
        JSONPointer(pointer).flatMap { json(data).value(at: $0.tokens) }
    }

    /// The revision in the event's data.
    var revision: Int { part("/revision").flatMap { Int($0.text.description) } ?? -1 }

    /// What one line of a test says of an event: `set /e/a 1`.
    var line: String {
        let path = part("/path")?.stringContent.map { String(decoding: $0, as: UTF8.self) } ?? ""
        return "\(type) \(path) \(part("/value").map { "\($0.text)" } ?? "-")"
    }
}

extension ServiceProcess {
    /// Follows changes, from the moment on at which the service has answered.
    func following(
        _ target: String, headers: [(name: String, value: String)] = [], lastEventID: String = ""
    ) async throws -> EventSource {
        let source = EventSource(port: port, target, headers: headers, lastEventID: lastEventID)
        try await eventually("\(target) is answered") { source.opened > 0 || !source.endings.isEmpty }
        // What a stream begins with comes with its head, or right behind.
        try await eventually("\(target) begins") { !source.lastEventID.isEmpty || !source.endings.isEmpty }
        return source
    }

    /// The open descriptors of the process.
    var descriptors: Int { entries("/proc/\(id)/fd") }

    /// The resident memory of the process in KiB.
    var residentMemory: Int {
        let status = (try? contents(ofFile: "/proc/\(id)/status")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }
}

private func entries(_ folder: String) -> Int {
    guard let stream = opendir(folder) else { return 0 }
    defer { closedir(stream) }
    var count = 0
    while readdir(stream) != nil { count += 1 }
    return count - 2
}

/// An entry point that no other test uses.
func newEntryPoint() -> String { "live\(entryPoints.add(1, ordering: .relaxed).newValue)" }
private let entryPoints = Atomic(0)

/// Threads that write until they are stopped or their connection breaks, each as fast as it is answered but for a
/// pause.
final class Writers: Sendable {
    /// The acknowledged writes: revision and what was written.
    let acknowledged = Tally<(revision: Int, path: String)>()
    private let isStopped = Atomic(false)
    private let running = Atomic(0)

    /// Starts writers; `request` makes each one's next request.
    init(
        _ count: Int = 8, port: Int, pause: UInt32 = 500, _ request: @escaping @Sendable (Int, Int) -> HTTPRequest
    ) {
        running.store(count, ordering: .relaxed)
        for writer in 0..<count {
            Task {
                try? await onThread { [self] in
                    let connection = try Connection(port: port)
                    var number = 0
                    while !isStopped.load(ordering: .relaxed) {
                        let request = request(writer, number)
                        number += 1
                        let reply = try connection.send(request)
                        guard reply.status < 300 || reply.status == 404 else {
                            throw TestFailure("\(request.method) \(request.target) answered \(reply.status)")
                        }
                        if let revision = reply["Nestkv-Revision"].flatMap({ Int($0) }), reply.status < 300 {
                            acknowledged.add((revision, request.target))
                        }
                        usleep(pause)
                    }
                }
                running.subtract(1, ordering: .releasing)
            }
        }
    }

    /// Waits until all are done; those without an end are stopped.
    func stop() async throws {
        isStopped.store(true, ordering: .relaxed)
        try await eventually("the writers stop") { self.running.load(ordering: .acquiring) == 0 }
    }
}
