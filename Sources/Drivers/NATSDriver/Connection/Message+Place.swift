import Glibc
import MicroJSON
import NestKVStorage

/// A message's place in its stream.
struct StreamPlace {
    /// Its number in the stream.
    let sequence: UInt64
    /// When the server stored it.
    let time: Timestamp
}

extension Message {
    /// The place of a message from a direct get, from its headers.
    var directPlace: StreamPlace? {
        guard let sequence = number("Nats-Sequence") else { return nil }
        return StreamPlace(
            sequence: sequence, time: header("Nats-Time-Stamp").flatMap(Timestamp.init(rfc3339:)) ?? .now)
    }

    /// The number of the waiting request, and the index among several: the end of the inbox that the reply came to,
    /// `….ID-INDEX`. Nil if it came to no inbox.
    var inboxPlace: (id: UInt64, index: Int)? {
        withSubject { subject in
            guard subject[0] != CChar(bitPattern: UInt8(ascii: "$")),
                let dot = strrchr(subject, CInt(UInt8(ascii: ".")))
            else { return nil }
            var end: UnsafeMutablePointer<CChar>?
            let id = strtoull(dot + 1, &end, 10)
            guard let end, end != dot + 1, end.pointee == CChar(bitPattern: UInt8(ascii: "-")) else { return nil }
            return (id, strtol(end + 1, nil, 10))
        }
    }

    /// The place of a message from a consumer, the number of the request that made the consumer, and the count of
    /// messages that follow. All are in the subject for acknowledgements:
    /// `$JS.ACK.[domain.account.]stream.consumer.deliveries.sequence.count.time.pending`.
    var consumerPlace: (id: UInt64, place: StreamPlace, pending: UInt64)? {
        guard let reply, reply.hasPrefix("$JS.ACK.") else { return nil }
        var parts = reply.split(separator: ".").dropFirst(2)
        if parts.count > 7 { parts = parts.dropFirst(2) }
        let words = Array(parts)
        guard words.count >= 7, let id = ConsumerName.id(in: words[1]), let sequence = UInt64(words[3]),
            let time = Int64(words[5]), let pending = UInt64(words[6])
        else { return nil }
        return (id, StreamPlace(sequence: sequence, time: Timestamp(milliseconds: time / 1_000_000)), pending)
    }
}

/// The names of nestkv's consumers: `nestkv-ID-RANDOM`, so that their messages find the request.
enum ConsumerName {
    /// A new name.
    static func make(_ id: UInt64) -> String {
        "nestkv-\(id)-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
    }

    /// The configuration of all of them: no acknowledgements, in the memory of one server, deleted soon when unused.
    static func configuration(of name: String) -> JSONObject {
        var config = JSONObject()
        config["name"] = .string(name)
        config["ack_policy"] = .string("none")
        config["mem_storage"] = .true
        config["num_replicas"] = .integer(1)
        config["inactive_threshold"] = .integer(5_000_000_000)
        return config
    }

    /// The request's number in a name.
    static func id(in name: Substring) -> UInt64? {
        let parts = name.split(separator: "-")
        return parts.count == 3 && parts[0] == "nestkv" ? UInt64(parts[1]) : nil
    }
}
