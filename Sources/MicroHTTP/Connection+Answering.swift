import CMicroHTTPD
import Glibc

/// From the complete request to the end of its response.
extension Connection {
    /// Calls the handler. If it answers at once, or its work ends without waiting, the response is sent before this
    /// returns. Otherwise the library suspends the connection and calls again when there is an answer.
    func askHandler() -> MHD_Result {
        let mayBeKept = mayBeKept
        if mayBeKept, let reply = thread.replies.find(head) {
            guard advance(to: .answering) else { return .NO }
            step = .handling
            return send(.prepared(reply))
        }
        let begun = state.withLock { state -> UInt32? in
            guard state.phase != .ended else { return nil }
            state.phase = .handling
            return state.sequence
        }
        guard let sequence = begun else { return .NO }
        step = .handling
        if server.observes { record.requestBodyBytes = body.count }
        let request = Request(method: head.method, body: body, head: head, mayKeepReply: mayBeKept)
        if !body.isEmpty { body = [] }
        switch server.handler(request) {
        case .now(let response):
            state.withLock { $0.phase = .answering }
            if mayBeKept, response.isCurrent != nil { thread.replies.keep(response, to: head) }
            return send(response)
        case .later(let respond):
            // Runs immediately on the library's thread until it must wait, which takes 7 µs a request instead of 14. It
            // also continues on this thread.
            let worker = server.workers.take()
            self.worker = worker
            worker.begin(Worker.Work(connection: self, sequence: sequence, respond: respond))
            return settle()
        }
    }

    /// Whether the reply to the request may be one that is kept. A server that stops gives each connection its own.
    private var mayBeKept: Bool {
        server.configuration.keptReplyBytes > 0 && head.section.isPlain && body.isEmpty
            && (head.method == .get || head.method == .head) && !server.isDraining.load(ordering: .relaxed)
    }

    /// The library calls this after the connection was woken.
    func resume() -> MHD_Result {
        let isLive = state.withLock { state in
            state.isWoken = false
            guard state.phase == .suspended else { return false }
            state.phase = .handling
            return true
        }
        return isLive ? settle() : .NO
    }

    /// Runs the handler as long as it has jobs, then sends its answer, or suspends the connection until there is one.
    private func settle() -> MHD_Result {
        while true {
            switch state.withLock({ nextStep(&$0) }) {
            case .run(let job):
                guard let worker else { return .NO }
                job.runSynchronously(on: worker.asUnownedTaskExecutor())
            case .send(let reply, let isHandlers, let rest):
                if let worker, isHandlers { server.workers.give(back: worker) }
                worker = nil
                // The request was answered without the handler during a shutdown, so the handler continues elsewhere.
                rest.forEach(Worker.runElsewhere)
                return send(reply)
            case .wait: return .YES
            }
        }
    }

    private enum Next {
        case run(UnownedJob)
        case send(Response, isHandlers: Bool, rest: [UnownedJob])
        case wait
    }

    private func nextStep(_ state: inout State) -> Next {
        if let reply = state.reply.take() {
            state.phase = .answering
            return .send(reply, isHandlers: !state.wasAbandoned, rest: state.takeJobs())
        }
        if !state.jobs.isEmpty { return .run(state.jobs.removeFirst()) }
        state.phase = .suspended
        MHD_suspend_connection(handle)
        return .wait
    }

    /// Takes the answer to request number `sequence`, on any thread; false if the request was already answered.
    func finish(_ sequence: UInt32, _ response: Response) -> Bool {
        state.withLock { state in
            guard state.sequence == sequence, state.reply == nil else { return false }
            guard state.phase == .handling || state.phase == .suspended else { return false }
            state.reply = response
            wake(&state)
            return true
        }
    }

    /// Answers 503 if the handler takes too long while the server stops.
    func abandon() {
        let response = rendered(.shuttingDown)
        state.withLock { state in
            guard state.phase == .suspended, state.reply == nil else { return }
            state.reply = response
            state.wasAbandoned = true
            wake(&state)
        }
    }

    func send(_ response: Response) -> MHD_Result {
        if let open = response.open { return stream(response, open) }
        // The library would not send any other status, and close without an answer.
        let status = UInt32((200...599).contains(response.status) ? response.status : 500)
        let closes = server.isDraining.load(ordering: .relaxed)
        if response.prepared == nil, !closes, let template = thread.templates.take(response) {
            if server.observes { record.note(response) }
            self.template = template
            return MHD_queue_response(handle, status, template.libraryResponse)
        }
        guard let body = load(response) else { return decline(.tooManyBytesInFlight(limit: server.inFlight.limit)) }
        if server.observes { record.note(response) }
        if let prepared = response.prepared {
            // The shared object can't have “Connection: close” for only one connection, and has its own body.
            guard closes || body !== prepared.sharedBody else {
                return MHD_queue_response(handle, status, prepared.libraryResponse)
            }
            return queue(status, LibraryResponse.make(headers: prepared.headers, body: body, close: closes))
        }
        return queue(status, LibraryResponse.make(headers: response.headers, body: body, close: closes))
    }

    private func queue(_ status: UInt32, _ response: OpaquePointer) -> MHD_Result {
        defer { MHD_destroy_response(response) }
        return MHD_queue_response(handle, status, response)
    }

    /// The library has finished the request, successfully or not.
    func complete(_ code: MHD_RequestTerminationCode) {
        let (jobs, expiry, wasAbandoned) = state.withLock { state in
            if state.phase != .ended { state.phase = .idle }
            state.sequence &+= 1
            state.reply = nil
            defer { (state.expiry, state.wasAbandoned) = (nil, false) }
            return (state.takeJobs(), state.expiry, state.wasAbandoned)
        }
        jobs.forEach(Worker.runElsewhere)
        worker = nil
        step = .idle
        if !body.isEmpty { body = [] }
        if !cargo.isEmpty { unload() }
        if let template = template.take() { template.isBusy = false }
        guard server.observes, !isHandedOver else { return }
        if let expiry { record.note(expiry, rendered(expiry)) }
        if wasAbandoned { record.rejection = .shuttingDown }
        observe(ending(code, expiry))
    }

    private func ending(_ code: MHD_RequestTerminationCode, _ expiry: Rejection?) -> Exchange.Ending {
        if expiry == .requestTimeout { return .timedOut }
        if record.rejection == .shuttingDown || code == .REQUEST_TERMINATED_DAEMON_SHUTDOWN { return .shutDown }
        // After an answer that bypassed the library, it reports an error even if the answer was sent.
        let isAnswered = record.rejection != nil || record.isHeadOfStream
        return code == .REQUEST_TERMINATED_COMPLETED_OK || isAnswered ? .completed : .aborted
    }
}
