import MicroJSON
import TestSupport

extension NATSServer {
    /// Makes a bucket as Python's client (nats-py 2.16, `create_key_value`) does if it is given only a name.
    ///
    /// - Parameter further: members of the stream's configuration that replace or complete the client's.
    func makeBucketAsPython(_ name: String, history: Int = 1, _ further: String = "") async throws {
        let plain = """
            {"name":"KV_\(name)","subjects":["$KV.\(name).>"],"retention":"limits","max_consumers":-1,"max_msgs":-1,\
            "max_bytes":-1,"discard":"new","max_age":0,"max_msgs_per_subject":\(history),"max_msg_size":-1,\
            "storage":"file","num_replicas":1,"no_ack":false,"duplicate_window":120000000000,"sealed":false,\
            "deny_delete":true,"deny_purge":false,"allow_rollup_hdrs":true,"allow_msg_ttl":true}
            """
        guard case .object(var config) = try JSONValue(parsing: Array(plain.utf8)),
            case .object(let changes) = try JSONValue(parsing: Array("{\(further)}".utf8))
        else { return }
        // The server keeps an id no longer than a message.
        if changes["max_age"] != nil { config["duplicate_window"] = changes["max_age"] }
        for member in changes { config[name: member.name] = member.value }
        let answer = try await publish("$JS.API.STREAM.CREATE.KV_\(name)", JSONValue.object(config).text.description)
        guard !answer.contains("\"error\"") else { throw TestFailure(answer) }
    }

    /// Changes a stream's configuration as another program does.
    func edit(_ bucket: String, _ change: (inout JSONObject) -> Void) async throws {
        var config = try await configuration(of: bucket)
        change(&config)
        let answer = try await publish("$JS.API.STREAM.UPDATE.KV_\(bucket)", JSONValue.object(config).text.description)
        guard !answer.contains("\"error\"") else { throw TestFailure(answer) }
    }

    /// The configuration of a bucket's stream.
    func configuration(of bucket: String) async throws -> JSONObject {
        let answer = try await publish("$JS.API.STREAM.INFO.KV_\(bucket)", "")
        guard case .object(let info) = try JSONValue(parsing: Array(answer.utf8)),
            case .object(let config)? = info["config"]
        else { throw TestFailure(answer) }
        return config
    }
}
