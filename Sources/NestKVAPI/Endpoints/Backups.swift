import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVStorage

extension Route {
    private static let nameBytesMax = 64

    /// `POST /_backup`: makes a backup of the store; `{"to":"daily"}` puts it into that subfolder.
    static let makeBackup = Route(.post, "/_backup", needs: .admin, parameters: ["pretty"]) { call in
        let folder = try call.backupFolder(named: try call.backupName())
        let backup = try await call.administration.backUp(into: folder, keeping: call.api.service.backups?.kept)
        var response = try call.json { writer in
            backup.write(to: &writer)
            writer.member("bytesWritten", backup.bytesWritten)
            // The written files were read back; shared files were verified when the earlier backup was made.
            writer.member("verified", true)
        }
        response.status = 201
        return response
    }

    /// `GET /_backup`: lists the backups, the oldest first; `?to=daily` lists those of one subfolder.
    static let listBackups = Route(.get, "/_backup", needs: .admin, parameters: ["to", "pretty"]) { call in
        let folder = try call.backupFolder(named: try call.query.text("to").map(checked))
        let found = try await call.administration.backups(in: folder)
        return try call.json { writer in
            writer.array("backups", of: found) { writer, found in
                writer.object { writer in
                    switch found.backup {
                    case .success(let backup):
                        backup.write(to: &writer)
                    case .failure(let error):
                        writer.member("id", found.id)
                        writer.member("problem", error.message)
                    }
                }
            }
        }
    }

    /// Checks the name of a subfolder. It begins with a letter, so that it can't be the name of a backup.
    fileprivate static func checked(_ name: String) throws(Problem) -> String {
        let bytes = Array(name.utf8)
        let isLetter: (UInt8) -> Bool = { (0x61...0x7A).contains($0 | 0x20) }
        let isPlain = bytes.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F }
        guard let first = bytes.first, isLetter(first), isPlain, bytes.count <= nameBytesMax else {
            throw Problem(
                .invalidParameter,
                "'to' is '\(name.prefix(100))'; it must begin with a letter, contain only letters, digits, '-' "
                    + "and '_', and have at most \(nameBytesMax) bytes.")
        }
        return name
    }
}

extension Call {
    fileprivate func backupFolder(named name: String?) throws -> String {
        guard let place = api.service.backups else {
            throw StoreError(
                .unsupported,
                "This service makes no backups; to enable them, start it with --backup-folder FOLDER "
                    + "(NESTKV_BACKUP_FOLDER). 'nestkv backup --to FILE' writes a snapshot of any store.")
        }
        return name.map { "\(place.folder)/\($0)" } ?? place.folder
    }

    /// The member `to` of the body, if it is given.
    fileprivate func backupName() throws -> String? {
        guard !request.body.isEmpty else { return nil }
        guard case .object(let members) = JSONValue(try jsonBody()) else {
            throw Problem(.invalidJSON, "The body must be an object like {\"to\":\"daily\"}, or empty.")
        }
        var name: String?
        for member in members {
            guard member.name.elementsEqual("to".utf8), let text = member.value.stringContent else {
                throw Problem(.invalidJSON, "The body may have only the member 'to', which must be a string.")
            }
            name = try Route.checked(String(decoding: text, as: UTF8.self))
        }
        return name
    }
}
