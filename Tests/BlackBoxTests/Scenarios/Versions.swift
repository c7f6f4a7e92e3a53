extension Scenario {
    /// `http-api.md`, Methods (`?entry`, `?history`, `?version`) and Metadata.
    static let versions = numbering + histories + metadata

    private static let numbering = [
        Scenario(
            "versions count a leaf's changes and keep rising over deletion and re-creation",
            put("/a", "1").gives(201).header("Nestkv-Version", "1"),
            put("/a", "2").gives(200).header("Nestkv-Version", "2"),
            delete("/a").gives(204),
            put("/a", "4").gives(201).header("Nestkv-Version", "4"),
            delete("/a").gives(204),
            put("/a/b", "1").gives(201),
            put("/a", "6").gives(200).header("Nestkv-Version", "6"),
            get("/a").gives(200, "6").header("Nestkv-Version", "6")),
        Scenario(
            "?version returns the leaf at that version, and 410 if that was a deletion",
            put("/a", #"{"n":1.0}"#).gives(201),
            put("/a", #"{"n":2.0}"#).gives(200),
            delete("/a").gives(204),
            put("/a", "4").gives(201),
            get("/a?version=1").gives(200, #"{"n":1.0}"#).header("Nestkv-Version", "1"),
            get("/a?version=2").gives(200, #"{"n":2.0}"#),
            get("/a?version=3").fails(410, "gone"),
            head("/a?version=3").gives(410),
            get("/a?version=2").with("If-Match", "\"x\"").fails(412, "precondition-failed"),
            get("/a?version=4").gives(200, "4"),
            get("/a?version=5").fails(404, "not-found"),
            get("/b?version=1").fails(404, "not-found"),
            head("/a?version=1").gives(200).header("Nestkv-Version", "1")),
        Scenario(
            "an old version has its own ETag, and can be combined with ?entry and ?pretty",
            put("/a", "1").gives(201).saving("ETag", as: "v1"),
            put("/a", "2").gives(200),
            get("/a?version=1").gives(200, "1").header("ETag", "{v1}"),
            get("/a?version=1").with("If-None-Match", "{v1}").gives(304),
            get("/a?version=1&entry").gives(200).part("/value", "1").part("/metadata/version", "1"),
            get("/a?version=2&pretty").gives(200).containing("2")),
        Scenario(
            "a version must be a number above 0, and excludes contradicting parameters",
            put("/a", "1").gives(201),
            get("/a?version=0").fails(400, "invalid-parameter"),
            get("/a?version=-1").fails(400, "invalid-parameter"),
            get("/a?version=x").fails(400, "invalid-parameter"),
            get("/a?version=").fails(400, "invalid-parameter"),
            get("/a?version=1&history").fails(400, "invalid-parameter"),
            get("/a?version=18446744073709551615").fails(404, "not-found"),
            get("/a?version=18446744073709551616").fails(400, "invalid-parameter")),
        Scenario(
            "a part of a document has the document's version",
            put("/a", #"{"b":1}"#).gives(201),
            put("/a/b", "2").gives(200).header("Nestkv-Version", "2"),
            get("/a/b").gives(200, "2").header("Nestkv-Version", "2"),
            get("/a").gives(200).header("Nestkv-Version", "2")),
        Scenario(
            "a value composed of several leaves has a revision and no version",
            put("/a/x", "1").gives(201),
            put("/a/y", "2").gives(201).saving("Nestkv-Revision", as: "revision"),
            get("/a").gives(200).header("Nestkv-Version", .absent).header("Nestkv-Revision", "{revision}")),
    ]

    private static let histories = [
        Scenario(
            "?history lists the revisions, newest first, with their values and deletions",
            put("/a", "1.0").with("Nestkv-Modified-By", "bob").with("Nestkv-Comment", "first").gives(201),
            put("/a", #"{"k":[]}"#).gives(200),
            delete("/a").with("Nestkv-Modified-By", "eve").gives(204),
            put("/a", "4").gives(201),
            get("/a?history").gives(200).part("/0/version", "4").part("/0/value", "4").part("/0/operation", #""set""#)
                .part("/1/version", "3").part("/1/operation", #""delete""#).part("/1/value", nil)
                .part("/1/modifiedBy", #""eve""#).part("/2/version", "2").part("/2/value", #"{"k":[]}"#)
                .part("/3/version", "1").part("/3/modifiedBy", #""bob""#).part("/3/comment", #""first""#).part(
                    "/4", nil
                )
                .containing(#""value":1.0"#),
            get("/a?history&limit=2").gives(200).part("/1/version", "3").part("/2", nil)),
        Scenario(
            "a deleted leaf has a history, a path that never was a leaf has none",
            put("/a/b", "1").gives(201),
            delete("/a").gives(204),
            get("/a/b?history").gives(200).part("/0/operation", #""delete""#).part("/1/value", "1"),
            get("/a?history").fails(404, "not-found"),
            get("/a?limit=2").fails(400, "invalid-parameter"),
            get("/a/b?history&limit=0").fails(400, "invalid-parameter"),
            get("/a/b?history&entry").fails(400, "invalid-parameter")),
    ]

    private static let metadata = [
        Scenario(
            "?entry returns the value with all of its metadata",
            schema(#"{"type":"number"}"#).gives(201),
            put("/a", "1").with("Nestkv-Modified-By", "bob").with("Nestkv-Comment", "first").gives(201),
            put("/a", "2.0").with("Nestkv-Modified-By", "alice").with("Nestkv-Comment", "why")
                .with("Nestkv-Tags", "prod, eu ,, prod").with("Nestkv-Schema", "{e}").gives(200)
                .saving("Nestkv-Revision", as: "revision"),
            get("/a?entry").gives(200).containing(#"{"value":2.0,"metadata":{"#).part("/metadata/version", "2")
                .part("/metadata/revision", "{revision}").part("/metadata/expiresAt", "null")
                .part("/metadata/modifiedBy", #""alice""#).part("/metadata/comment", #""why""#)
                .part(
                    "/metadata/schemaHash",
                    #""sha256:cddf8275afa15408533079581ad27f95be579f4eeafbb1fba9fb6f32a4a64387""#
                ).part("/metadata/tags", #"["prod","eu"]"#)
                .part("/metadata/revisionHistory/0/version", "1")
                .part("/metadata/revisionHistory/0/modifiedBy", #""bob""#)
                .part("/metadata/revisionHistory/0/comment", #""first""#).part("/metadata/revisionHistory/1", nil)),
        Scenario(
            "metadata that a write does not set is null, and not inherited from the version before",
            put("/a", "1").with("Nestkv-Modified-By", "bob").with("Nestkv-Tags", "x").gives(201),
            put("/a", "2").gives(200).part("/modifiedBy", "null").part("/comment", "null").part("/tags", "[]")
                .part("/schemaHash", "null")),
        Scenario(
            "equal JSON has an equal data hash, whatever the spelling",
            put("/a", #"{"b":1.0,"a":"\u0041"}"#).gives(201),
            put("/a", #"{"a":"A","b":1}"#).gives(200),
            get("/a?history").gives(200),
            put("/one", "1").gives(201)
                .part("/dataHash", #""sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b""#),
            put("/one", "10e-1").gives(200)
                .part("/dataHash", #""sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b""#)),
        Scenario(
            "Repr-Digest is the SHA-256 of the bytes of a leaf",
            put("/a", "1").gives(201),
            get("/a").gives(200, "1")
                .header("Repr-Digest", "sha-256=:a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s=:"),
            head("/a").gives(200)
                .header("Repr-Digest", "sha-256=:a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s=:"),
            put("/a", "10e-1").gives(200),
            get("/a").gives(200, "10e-1")
                .header("Repr-Digest", "sha-256=:y9/2bGpHNiVZ9oFL+o61lxHGrGux40Rm1FxLCTKhusM=:")),
        Scenario(
            "every write raises the store's revision, and a read returns one at which it had its value",
            put("/a", "1").gives(201).saving("Nestkv-Revision", as: "r1"),
            put("/b", "1").gives(201).header("Nestkv-Revision", .other("{r1}")),
            get("/a").header("Nestkv-Revision", .atLeast("{r1}")),
            delete("/b").gives(204).header("Nestkv-Revision", .present).header("Nestkv-Durability", .present)),
        Scenario(
            "?entry and ?pretty can be combined, and each is a representation with a tag of its own",
            put("/a", "1").gives(201).saving("ETag", as: "plain"),
            get("/a?entry").gives(200).header("ETag", .other("{plain}")).saving("ETag", as: "entry"),
            get("/a?entry&pretty").gives(200).containing("\n  \"value\": 1").header("ETag", .other("{entry}")),
            get("/a?entry").with("If-None-Match", "{entry}").gives(304),
            get("/a?entry").with("If-None-Match", "{plain}").gives(200)),
        Scenario(
            "an entry of several leaves says how many",
            put("?flatten", #"{"x":1,"y":2}"#).gives(201),
            get("?entry").gives(200).part("/value", #"{"x":1,"y":2}"#).part("/metadata/leaves", "2")
                .part("/metadata/version", "null")),
    ]
}
