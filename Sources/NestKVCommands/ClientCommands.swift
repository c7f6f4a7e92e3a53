import ArgumentParser

/// The commands that talk to a server, and what clients do without one, in the order of the help.
package let clientCommands: [any ParsableCommand.Type] = [
    Get.self, Put.self, Patch.self, Delete.self, List.self, Watch.self, History.self, Import.self, Export.self,
    SchemaCommands.self,
]
