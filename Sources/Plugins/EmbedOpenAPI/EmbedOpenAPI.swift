import PackagePlugin

/// Turns `openapi/openapi.yaml` into a Swift source of the target that uses this plugin.
@main
struct EmbedOpenAPI: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let input = context.package.directoryURL.appending(components: "openapi", "openapi.yaml")
        let output = context.pluginWorkDirectoryURL.appending(component: "OpenAPI.swift")
        return [
            .buildCommand(
                displayName: "Embedding openapi.yaml", executable: try context.tool(named: "openapi-embed").url,
                arguments: [input.path(), output.path()], inputFiles: [input], outputFiles: [output])
        ]
    }
}
