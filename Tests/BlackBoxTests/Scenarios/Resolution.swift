extension Scenario {
    /// `http-api.md`, Which key answers for a path.
    static let resolution = answering + composition + leafOnly

    private static let answering = [
        Scenario(
            "a leaf stored at exactly the path answers before a document that contains it",
            put("/d", #"{"x":1}"#).gives(201),
            put("/d/x?leaf", "2").gives(201),
            get("/d/x").gives(200, "2"),
            get("/d").gives(200, #"{"x":2}"#),
            put("/d/x", "3").gives(200),
            get("/d/x?leaf").gives(200, "3"),
            get("/d?leaf").gives(200, #"{"x":1}"#)),
        Scenario(
            "a part of an ancestor's value answers, members by name and elements by index",
            put("/main/sup1", #"{"key":"v","list":[{"n":1},[2,3]]}"#).gives(201),
            get("/main/sup1/key").gives(200, #""v""#),
            get("/main/sup1/list/0/n").gives(200, "1"),
            get("/main/sup1/list/1/1").gives(200, "3"),
            get("/main/sup1/list/2").fails(404, "not-found"),
            get("/main/sup1/list/01").fails(404, "not-found"),
            get("/main/sup1/list/-").fails(404, "not-found"),
            get("/main/sup1/key/deeper").fails(404, "not-found"),
            get("/main/sup1/Key").fails(404, "not-found")),
        Scenario(
            "PUT and DELETE of a part rewrite the document that contains it",
            put("/d", #"{"a":{"b":1},"z":0}"#).gives(201).header("Nestkv-Version", "1"),
            put("/d/a/b", "[2.0]").gives(200).header("Nestkv-Version", "2"),
            get("/d?leaf").gives(200, #"{"a":{"b":[2.0]},"z":0}"#),
            get("/d/a/b?leaf").fails(404, "not-found"),
            delete("/d/a").gives(204),
            get("/d?leaf").gives(200, #"{"z":0}"#).header("Nestkv-Version", "3")),
        Scenario(
            "a part of overlapping documents comes from the deepest one that has it",
            put("/a?leaf", #"{"b":{"c":1,"d":2}}"#).gives(201),
            put("/a/b?leaf", #"{"c":3}"#).gives(201),
            get("/a/b/c").gives(200, "3"),
            get("/a/b/d").gives(200, "2"),
            get("/a").gives(200, #"{"b":{"c":3,"d":2}}"#)),
        Scenario(
            "a member whose name must be escaped is found by its decoded name",
            put("/d", #"{"a\u002Fb":1,"\u00e9":2}"#).gives(201),
            get("/d/a%2Fb").gives(200, "1"),
            get("/d/%C3%A9").gives(200, "2")),
        Scenario(
            "a free path gets a new leaf, also below a document that doesn't contain it",
            put("/d", #"{"a":1}"#).gives(201),
            put("/d/b", "2").gives(201).header("Nestkv-Version", "1").header("Location", "/{e}/d/b"),
            get("/d/b?leaf").gives(200, "2"),
            get("/d?leaf").gives(200, #"{"a":1}"#).header("Nestkv-Version", "1"),
            get("/d").gives(200, #"{"a":1,"b":2}"#)),
        Scenario(
            "a member that is null exists",
            put("/d", #"{"n":null}"#).gives(201),
            get("/d/n").gives(200, "null"),
            put("/d/n", "1").gives(200),
            get("/d?leaf").gives(200, #"{"n":1}"#)),
    ]

    private static let composition = [
        Scenario(
            "the issue's first example: an object and a child merge",
            put("/main/sup1?leaf", #"{"key":"value"}"#).gives(201),
            put("/main/sup1/sub?leaf", "[1,2,3]").gives(201),
            get("/main/sup1").gives(200, #"{"key":"value","sub":[1,2,3]}"#),
            get("/main").gives(200, #"{"sup1":{"key":"value","sub":[1,2,3]}}"#)),
        Scenario(
            "the issue's second example: an array with a child is in _value",
            put("/main/sup1?leaf", "[1,2,3]").gives(201),
            put("/main/sup1/sub?leaf", #"{"k":1}"#).gives(201),
            get("/main/sup1").gives(200, #"{"_value":[1,2,3],"sub":{"k":1}}"#),
            get("").gives(200, #"{"main":{"sup1":{"_value":[1,2,3],"sub":{"k":1}}}}"#)),
        Scenario(
            "a scalar with children is in _value",
            put("/a", "1.50").gives(201),
            put("/a/b", #""x""#).gives(201),
            put("/a/b/c", "null").gives(201),
            get("/a").gives(200, #"{"_value":1.50,"b":{"_value":"x","c":null}}"#)),
        Scenario(
            "if both have a member that is not an object, the deeper stored key wins; objects merge",
            put("/a?leaf", #"{"x":1,"o":{"p":1,"q":[1]},"last":true}"#).gives(201),
            put("/a/x?leaf", #"{"k":1}"#).gives(201),
            put("/a/o?leaf", #"{"q":{"r":2},"s":3}"#).gives(201),
            get("/a").gives(200, #"{"x":{"k":1},"o":{"p":1,"q":{"r":2},"s":3},"last":true}"#)),
        Scenario(
            "a scalar in a document with a leaf below it is in _value, read from above or at its path",
            put("/a", #"{"x":{"y":1.0},"l":[7]}"#).gives(201),
            put("/a/x/y/z", "5").gives(201).header("Location", "/{e}/a/x/y/z"),
            put("/a/l/k", "6").gives(201),
            get("/a/x/y/z").gives(200, "5"),
            get("/a/x/y").gives(200, #"{"_value":1.0,"z":5}"#),
            get("/a").gives(200, #"{"x":{"y":{"_value":1.0,"z":5}},"l":{"_value":[7],"k":6}}"#),
            merge("/a", #"{"x":{"y":{"_value":2,"w":3}}}"#).gives(200),
            get("/a?leaf").gives(200, #"{"x":{"y":2},"l":[7]}"#),
            get("/a/x/y").gives(200, #"{"_value":2,"w":3,"z":5}"#),
            merge("/a/x/y", #"{"_value":null}"#).gives(200),
            get("/a").gives(200, #"{"x":{"y":{"w":3,"z":5}},"l":{"_value":[7],"k":6}}"#),
            put("/a/x/y", "8").gives(200),
            get("/a/x").gives(200, #"{"y":8}"#),
            delete("/a/l").gives(204),
            get("/a").gives(200, #"{"x":{"y":8}}"#)),
        Scenario(
            "a leaf hides the member of a document above at its path, and merges with what is stored below it",
            put("/a?leaf", #"{"m":{"q":1},"n":{"p":{"r":1}}}"#).gives(201),
            put("/a/m?leaf", "5").gives(201),
            put("/a/m/x?leaf", "2").gives(201),
            put("/a/n?leaf", #"{"k":2}"#).gives(201),
            put("/a/n/p/r/s?leaf", "3").gives(201),
            get("/a").gives(
                200, #"{"m":{"_value":5,"x":2},"n":{"p":{"r":{"_value":1,"s":3}},"k":2}}"#),
            get("/a/m").gives(200, #"{"_value":5,"x":2}"#)),
        Scenario(
            "a path with children but no value is an object of the children, in byte order of their names",
            put("/b/2", "2").gives(201),
            put("/b/10", "10").gives(201),
            put("/b/%C3%A9", "0").gives(201),
            put("/b/Z", "26").gives(201),
            put("/b/a/deep/er", "1").gives(201),
            get("/b").gives(200, #"{"10":10,"2":2,"Z":26,"a":{"deep":{"er":1}},"é":0}"#)),
        Scenario(
            "members of a leaf keep their order and children follow",
            put("/o", #"{"z":1,"m":2,"a":3}"#).gives(201),
            put("/o/b", "4").gives(201),
            put("/o/B", "5").gives(201),
            get("/o").gives(200, #"{"z":1,"m":2,"a":3,"B":5,"b":4}"#)),
        Scenario(
            "a name does not get the children of a longer name that begins with it",
            put("/a/x", "1").gives(201),
            put("/ab/x", "2").gives(201),
            put("/a%20/x", "3").gives(201),
            get("/a").gives(200, #"{"x":1}"#),
            delete("/a").gives(204),
            get().gives(200, #"{"a ":{"x":3},"ab":{"x":2}}"#)),
        Scenario(
            "a path without a value and children is 404",
            get("/nothing").fails(404, "not-found"),
            head("/nothing").gives(404)),
    ]

    private static let leafOnly = [
        Scenario(
            "?leaf reads only the stored leaf, without ancestors and children",
            put("/a", #"{"b":{"c":1}}"#).gives(201),
            put("/a/d", "2").gives(201),
            get("/a?leaf").gives(200, #"{"b":{"c":1}}"#),
            get("/a/b?leaf").fails(404, "not-found"),
            get("/a?leaf=true").gives(200, #"{"b":{"c":1}}"#),
            get("/a?leaf=false").gives(200, #"{"b":{"c":1},"d":2}"#),
            head("/a/d?leaf").gives(200)),
        Scenario(
            "PUT ?leaf does not change what is stored above and below",
            put("/a", #"{"b":1}"#).gives(201),
            put("/a/b/c?leaf", "2").gives(201),
            put("/a/b?leaf", "3").gives(201),
            get("/a/b").gives(200, #"{"_value":3,"c":2}"#),
            get("/a?leaf").gives(200, #"{"b":1}"#)),
        Scenario(
            "PATCH ?leaf changes only the leaf, and DELETE ?leaf deletes only the leaf",
            put("/a?leaf", #"{"x":1}"#).gives(201),
            put("/a/y?leaf", "2").gives(201),
            merge("/a?leaf", #"{"y":3}"#).gives(200),
            get("/a?leaf").gives(200, #"{"x":1,"y":3}"#),
            get("/a").gives(200, #"{"x":1,"y":2}"#),
            delete("/a?leaf").gives(204),
            get("/a").gives(200, #"{"y":2}"#),
            delete("/a?leaf").fails(404, "not-found")),
        Scenario(
            "DELETE ?leaf of a part of a document is 404",
            put("/a", #"{"x":1}"#).gives(201),
            delete("/a/x?leaf").fails(404, "not-found"),
            operations("/a/x?leaf", "[]").fails(404, "not-found")),
    ]
}
