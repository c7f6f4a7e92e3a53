import CMicroHTTPD
import Glibc

extension StreamSender {
    /// Queues chunks for a stream.
    func queue(_ new: [StreamChunk], _ stream: ResponseStream) {
        guard stream.output.isOpen else { return }
        for chunk in new { stream.output.append(chunks.put(chunk)) }
        touch(stream)
    }

    func publish(
        _ new: [StreamChunk], _ streams: [ResponseStream], _ refused: (ResponseStream.Refusals) -> Void
    ) {
        let cost = StreamLoad.Cost(new)
        let indices = new.map { chunks.put($0) }
        var refusals: ResponseStream.Refusals = []
        for stream in streams where stream.sender === self && !stream.output.isSkipped {
            var sent = stream.load.update { $0.add(cost, limits) }
            if sent == .full, !stream.output.isBlocked {
                flush(stream)
                sent = stream.load.update { $0.add(cost, limits) }
            }
            guard sent == .queued else {
                stream.output.isSkipped = true
                refusals.append((stream, sent))
                continue
            }
            guard stream.output.isOpen else { continue }
            for index in indices {
                chunks.use(index)
                stream.output.append(index)
            }
            touch(stream)
        }
        for index in indices { chunks.drop(index) }
        if !refusals.isEmpty { refused(refusals) }
    }

    /// Notes that a stream has something to write or must end.
    func touch(_ stream: ResponseStream) {
        guard !stream.output.isDirty else { return }
        stream.output.isDirty = true
        dirty.append(stream.output.socket)
    }

    /// Writes the chunks of this round, with one system call for each stream.
    func flush() {
        var index = 0
        while index < dirty.count {
            if let stream = streams[Int(dirty[index])] {
                stream.output.isDirty = false
                flush(stream)
            }
            index += 1
        }
        dirty.removeAll(keepingCapacity: true)
        swap(&dirty, &unfinished)
    }

    private func flush(_ stream: ResponseStream) {
        guard stream.output.isOpen else { return }
        let state = stream.load.load(ordering: .acquiring)
        if state[.aborted] { return end(stream, state[.tooSlow] ? .tooSlow : .aborted) }
        if !stream.output.isBlocked, !stream.output.isEmpty {
            let (progress, gone) = stream.output.write(vectors, &chunks)
            if gone.chunks > 0 { stream.release(gone) }
            // Also set when it has just begun to wait.
            stream.output.lastWrite = now
            switch progress {
            case .broken: return end(stream, .clientGone)
            case .unfinished:
                // It continues in the next round, after the chunks of other streams.
                stream.output.isDirty = true
                unfinished.append(stream.output.socket)
                return
            case .written, .blocked: break
            }
        }
        let isHalfClosed = stream.output.isHalfClosed && stream.output.isSettled
        // Chunks that were accepted but have not arrived here yet come first.
        guard state[.finishing], stream.output.isEmpty, stream.load.load(ordering: .acquiring).isEmpty else {
            if isHalfClosed { end(stream, .clientGone) }
            return
        }
        if stream.output.isChunked, !stream.output.isSealed {
            stream.output.isSealed = true
            queueUncounted(.last, stream)
        } else {
            end(stream, end == nil ? .finished : .shutDown)
        }
    }

    /// Queues a chunk without a limit.
    func queueUncounted(_ chunk: StreamChunk, _ stream: ResponseStream) {
        stream.load.update { $0.add(StreamLoad.Cost(chunk)) }
        stream.output.append(chunks.put(chunk))
        touch(stream)
    }
}
