extension Scenario {
    /// `http-api.md`, Responses: `Nestkv-Revision` of a read. It is a revision at which this was the value, and
    /// no later read of a path returns a smaller one.
    static let revisions = [
        // Sent: PUT d/x, PUT d/y, DELETE d/x, GET d. Came back: the revision of d/y, at which d/x was stored, too.
        // Should come back: the revision of the DELETE, or a later one at which nothing was changed.
        Scenario(
            "the revision of a composed value rises with a deletion below it",
            put("/d/y", "2").gives(201).with("Nestkv-Tags", "t"), put("/d/x", "1").gives(201),
            get("/d").gives(200).saving("Nestkv-Revision", as: "both"),
            delete("/d/x").gives(204).header("Nestkv-Revision", .atLeast("{both}")).saving("Nestkv-Revision", as: "r"),
            get("/d").gives(200).header("Nestkv-Revision", .atLeast("{r}")).saving("Nestkv-Revision", as: "told"),
            get("/d?at={told}").gives(200, #"{"y":2}"#).header("Nestkv-Revision", "{told}"),
            get("/d?entry").part("/metadata/revision", atLeast: "{told}").header("Nestkv-Revision", .atLeast("{told}")),
            get("/d?pretty").header("Nestkv-Revision", .atLeast("{told}")),
            get("/d?depth=1").header("Nestkv-Revision", .atLeast("{told}")),
            get("/d?shallow").header("Nestkv-Revision", .atLeast("{told}")),
            get("/d?tag=t").gives(200, #"{"y":2}"#).header("Nestkv-Revision", .atLeast("{told}")),
            head("/d").header("Nestkv-Revision", .atLeast("{told}"))),
        // Sent: PUT d, PUT d/x, GET d, DELETE d/x, GET d. Came back: a smaller revision than the first time.
        // Should come back: the revision of the DELETE, or a later one.
        Scenario(
            "the revision of a leaf does not fall if what was stored below it is deleted",
            put("/d", "5").gives(201), put("/d/x", "6").gives(201),
            get("/d").gives(200, #"{"_value":5,"x":6}"#).saving("Nestkv-Revision", as: "both"),
            delete("/d/x").gives(204).saving("Nestkv-Revision", as: "r"),
            get("/d").gives(200, "5").header("Nestkv-Revision", .atLeast("{r}")).header("Nestkv-Version", "1")
                .saving("Nestkv-Revision", as: "told"),
            get("/d").gives(200, "5").header("Nestkv-Revision", .atLeast("{told}")),
            get("/d?at={told}").gives(200, "5"),
            get("/d?at={both}").gives(200, #"{"_value":5,"x":6}"#),
            get("/d?pretty").header("Nestkv-Revision", .atLeast("{told}")),
            get("/d?entry").header("Nestkv-Revision", .atLeast("{told}")),
            put("/d", "7").gives(200).header("Nestkv-Revision", .atLeast("{told}")).saving("Nestkv-Revision", as: "r"),
            get("/d").gives(200, "7").header("Nestkv-Revision", .atLeast("{r}"))),
        Scenario(
            "the revision of a part of a document does not fall if the leaf over it is deleted",
            put("/a", #"{"x":{"y":1}}"#).gives(201),
            put("/a/x?leaf", "2").gives(201).saving("Nestkv-Revision", as: "r"),
            get("/a/x").gives(200, "2").header("Nestkv-Revision", .atLeast("{r}")),
            delete("/a/x?leaf").gives(204).saving("Nestkv-Revision", as: "r"),
            get("/a/x").gives(200, #"{"y":1}"#).header("Nestkv-Revision", .atLeast("{r}"))
                .saving("Nestkv-Revision", as: "told"),
            get("/a/x?at={told}").gives(200, #"{"y":1}"#),
            get("/a/x?depth=1").header("Nestkv-Revision", .atLeast("{told}")),
            get("/a/x/y").header("Nestkv-Revision", .atLeast("{r}"))),
        Scenario(
            "the revision of a value does not fall if the document above no longer adds to it",
            put("/a", #"{"x":{"y":1}}"#).gives(201),
            put("/a/x/z?leaf", "2").gives(201),
            get("/a/x").gives(200, #"{"y":1,"z":2}"#).saving("Nestkv-Revision", as: "both"),
            put("/a?leaf", "{}").gives(200).saving("Nestkv-Revision", as: "r"),
            get("/a/x").gives(200, #"{"z":2}"#).header("Nestkv-Revision", .atLeast("{r}"))
                .saving("Nestkv-Revision", as: "told"),
            get("/a/x?at={told}").gives(200, #"{"z":2}"#),
            get("/a/x?at={both}").gives(200, #"{"y":1,"z":2}"#),
            delete("/a?leaf").gives(204).saving("Nestkv-Revision", as: "r"),
            get("/a/x").gives(200, #"{"z":2}"#).header("Nestkv-Revision", .atLeast("{r}")),
            get("/a/x/z").gives(200, "2").header("Nestkv-Revision", .atLeast("{r}"))),
        Scenario(
            "the revision does not fall, whatever part of a value is requested",
            put("/d/x", "1").with("Nestkv-Tags", "t").gives(201), put("/d/y/z", "2").gives(201),
            get("/d").gives(200).saving("Nestkv-Revision", as: "told"),
            put("/other", "1").gives(201),
            get("/d?depth=1").header("Nestkv-Revision", .atLeast("{told}")).saving("Nestkv-Revision", as: "told"),
            get("/d").header("Nestkv-Revision", .atLeast("{told}")).saving("Nestkv-Revision", as: "told"),
            put("/other/one", "1").gives(201), delete("/other/one").gives(204),
            get("/d?tag=t").header("Nestkv-Revision", .atLeast("{told}")).saving("Nestkv-Revision", as: "told"),
            get("/d?pretty").header("Nestkv-Revision", .atLeast("{told}")).saving("Nestkv-Revision", as: "told"),
            get("/d?entry").header("Nestkv-Revision", .atLeast("{told}")).saving("Nestkv-Revision", as: "told"),
            head("/d").header("Nestkv-Revision", .atLeast("{told}")).saving("Nestkv-Revision", as: "told"),
            get("/d?at={told}").gives(200, #"{"x":1,"y":{"z":2}}"#),
            merge("/d", "{}").gives(200).header("Nestkv-Revision", .atLeast("{told}"))
                .saving("Nestkv-Revision", as: "told"),
            get("/d").header("Nestkv-Revision", .atLeast("{told}"))),
    ]
}
