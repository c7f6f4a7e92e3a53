import ArgumentParser
import MicroJSON
import NestKVCore

/// `nestkv schema migrate`.
struct SchemaMigrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring stored values to another version of their schema.",
        discussion: """
            A job of the server does it. The command shows its progress and waits for its end; if it \
            is interrupted, the job goes on.
            Exit code 1: values could not be migrated, or the job was stopped.

            Examples:
              nestkv schema migrate user --dry-run
              nestkv schema migrate user --to user@2 --below /users --rate 1000
              nestkv schema migrate --stop 7
            """)

    @Argument(help: "The schema's name.") var name: String?
    @Option(help: ArgumentHelp("Version to migrate to (default: the newest).", valueName: "version")) var to: String?
    @Option(help: ArgumentHelp("Only migrate values at and below this path.", valueName: "path")) var below: String?
    @Flag(help: "Migrate nothing, only count.") var dryRun = false
    @Option(help: ArgumentHelp("Change at most N leaves a second; 0: no limit.", valueName: "n")) var rate: Int?
    @Flag(inversion: .prefixedNo, help: "Wait for the end of the job.") var wait = true
    @Option(help: ArgumentHelp("Stop a job.", valueName: "job")) var stop: String?
    @Flag(name: .shortAndLong, help: "Print no progress.") var quiet = false
    @OptionGroup var output: OutputOptions
    @OptionGroup var persistence: Persistence
    @OptionGroup var server: ServerOptions

    func validate() throws {
        if (name == nil) == (stop == nil) {
            throw ValidationError("Give either the name of a schema, or --stop and a job.")
        }
        if let rate, rate < 0 { throw ValidationError("--rate must be 0 or more.") }
        if stop != nil, to != nil || below != nil || dryRun || rate != nil {
            throw ValidationError("--stop excludes --to, --below, --dry-run and --rate.")
        }
    }

    func run() throws {
        let client = try server.client()
        if let stop {
            _ = try client.ask("DELETE", "/__schema/_jobs/\(stop.utf8.percentEncoded)")
            return
        }
        var job = try started(client)
        if wait {
            let interruption = Interruption(
                "nestkv: The job goes on; stop it with 'nestkv schema migrate --stop \(job.id)'.\n")
            interruption.listen()
            job = try ended(job, client)
        }
        let format = output.chosen()
        if format == .table {
            try StandardStream.output.writeAll(Array((job.summary + "\n").utf8))
        } else {
            try format.write(job.reply)
        }
        for failure in job.failures { StandardStream.error.write("nestkv: \(failure)\n") }
        if wait, !job.hasSucceeded { throw ExitCode(1) }
    }

    /// Starts the job.
    private func started(_ client: HTTPClient) throws -> MigrationJob {
        var target = try Target.schema(named: name ?? "")
        target.add("op", "migrate")
        let answer = try client.ask("POST", target.text, body: try body())
        guard let path = answer.field("Location") else {
            throw CommandFailure.failure("\(client.server) started no job: its answer names none.")
        }
        return MigrationJob(String(path), try answer.json())
    }

    /// What is asked for.
    func body() throws -> [UInt8] {
        var writer = JSONWriter()
        let below = try below.map(Target.listedPath)
        writer.object { writer in
            if let to {
                // A number is a version of the name.
                writer.member("to", UInt64(to) == nil ? to : "\(name ?? "")@\(to)")
            }
            if let below { writer.member("below", below) }
            if dryRun { writer.member("dryRun", true) }
            if let rate { writer.member("rate", rate) }
        }
        return writer.bytes
    }

    /// Waits until the job has ended, and shows its progress.
    private func ended(_ started: MigrationJob, _ client: HTTPClient) throws -> MigrationJob {
        let progress = Progress(isQuiet: quiet)
        var job = started
        while job.isRunning {
            progress.tell(job.progress)
            let reply = try persistence.persisting(client) {
                try client.fetch("GET", "\(started.path)?wait=2s").json()
            }
            job = MigrationJob(started.path, reply)
        }
        progress.clear()
        return job
    }
}
