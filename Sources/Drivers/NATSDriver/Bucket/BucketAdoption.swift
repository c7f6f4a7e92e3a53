import MicroJSON
import NestKVStorage

/// Turns on missing features in a bucket of another program, as its owner allows with `?adopt=on`: direct get and, if
/// the server has them, atomic batches. It changes nothing else of the configuration.
struct BucketAdoption {
    private let name: String
    private var stream: String { "KV_\(name)" }
    private let server: JetStream

    /// The adoption of a bucket.
    init(_ name: String, on server: JetStream) {
        self.name = name
        self.server = server
    }

    /// Turns the features on, one by one, and returns the server's description of the stream then. A feature that can't
    /// be turned on is logged, and the bucket is used without it.
    func run(_ info: Answer) async -> Answer {
        var info = info
        let configuration = BucketConfiguration(info, of: name)
        guard configuration.obstacle == nil, configuration.writeObstacle == nil else { return info }
        for feature in ["allow_direct"] + (server.hasAtomicBatch ? ["allow_atomic"] : [])
        where !info["config"][feature].isTrue {
            do throws(DriverError) {
                info = try await turnOn(feature, info)
                server.logger.notice("turned on '\(feature)' in \(stream), which another program made")
            } catch {
                server.logger.warning("couldn't turn on '\(feature)' in \(stream): \(error)")
            }
        }
        return info
    }

    private func turnOn(_ feature: String, _ info: Answer) async throws(DriverError) -> Answer {
        var config = info["config"].members
        config[feature] = .true
        let answer: Answer
        do throws(ConnectionFailure) {
            let request = Outgoing(
                subject: "$JS.API.STREAM.UPDATE.\(stream)", payload: JSONValue.object(config).text.utf8)
            answer = Answer(try await server.connection.request(request, provesHang: false))
        } catch {
            throw .writing(error)
        }
        if let problem = answer.problem { throw .api(problem) }
        guard answer["config"][feature].isTrue else {
            throw DriverError(.unsupported, "This NATS server doesn't know the feature.")
        }
        return answer
    }
}
