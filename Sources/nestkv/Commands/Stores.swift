import ArgumentParser
import NestKVCommands
import NestKVStorage

/// `nestkv stores`, also `nestkv help stores`.
struct Stores: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the stores with their addresses and parameters.",
        discussion: """
            'nestkv help stores' prints the same.

            Examples:
              nestkv stores
            """)

    func run() {
        StandardStream.output.write(Self.text(of: drivers))
    }

    /// The stores as a person reads them.
    static func text(of drivers: [DriverFactory]) -> String {
        let head = """
            A store's address is the value of --store and of NESTKV_STORE. Parameters follow it:
            rocksdb:/data?sync=off&cache=64MiB. docs/stores has a page about each store.

            """
        return drivers.reduce(into: head) { text, driver in
            text += "\n\(driver.form)\n  \(driver.summary)\n"
            let width = driver.parameters.map(\.name.count).max() ?? 0
            for parameter in driver.parameters {
                let name = parameter.name + String(repeating: " ", count: width - parameter.name.count)
                let standard = parameter.standard.isEmpty ? "" : " (default: \(parameter.standard))"
                text += "    \(name)  \(parameter.meaning)\(standard)\n"
            }
        }
    }
}
