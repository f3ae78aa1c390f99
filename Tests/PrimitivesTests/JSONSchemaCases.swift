/// Values of which each schema takes some and refuses the others.
///
/// Which is which was computed with the Python package jsonschema 4.26.0 (Draft202012Validator).
struct JSONSchemaCase {
    let schema: String
    /// JSON arrays of the values.
    let valid: String
    let invalid: String

    init(_ schema: String, valid: String, invalid: String) {
        self.schema = schema
        self.valid = valid
        self.invalid = invalid
    }

    static let all = types + numbers + texts + arrays + objects + logic + references

    static let types: [JSONSchemaCase] = [
        JSONSchemaCase(#"{"type":"null"}"#, valid: "[null]", invalid: #"[false,0,"",[],{}]"#),
        JSONSchemaCase(#"{"type":"boolean"}"#, valid: "[true,false]", invalid: #"[0,1,"true",null]"#),
        JSONSchemaCase(#"{"type":"integer"}"#, valid: "[0,-7,3.0,1e+300]", invalid: #"[1.5,"1",true,null]"#),
        JSONSchemaCase(#"{"type":"number"}"#, valid: "[0,1.5]", invalid: #"["1.5",true]"#),
        JSONSchemaCase(#"{"type":"string"}"#, valid: #"["","1"]"#, invalid: "[1,null]"),
        JSONSchemaCase(#"{"type":["array","object"]}"#, valid: "[[],{}]", invalid: #"["[]",null]"#),
        JSONSchemaCase(
            #"{"const":{"a":[1,{"b":null}]}}"#,
            valid: #"[{"a":[1.0,{"b":null}]}]"#,
            invalid: #"[{"a":[1,{"b":0}]},{"a":[1]}]"#
        ),
        JSONSchemaCase(#"{"const":false}"#, valid: "[false]", invalid: "[0,null]"),
        JSONSchemaCase(#"{"const":1}"#, valid: "[1,1.0]", invalid: #"[true,"1"]"#),
        JSONSchemaCase(#"{"const":"é"}"#, valid: #"["é"]"#, invalid: #"["e\u0301"]"#),
        JSONSchemaCase(#"{"const":9007199254740993}"#, valid: "[9007199254740993]", invalid: "[9007199254740992]"),
        JSONSchemaCase(
            #"{"enum":["draft",1,null,[2]]}"#,
            valid: #"["draft",1.0,null,[2.0]]"#,
            invalid: #"["Draft",2,[],false]"#
        ),
    ]

    static let numbers: [JSONSchemaCase] = [
        JSONSchemaCase(#"{"minimum":1.5}"#, valid: #"[1.5,2,"0"]"#, invalid: "[1.4999,-3]"),
        JSONSchemaCase(
            #"{"maximum":9007199254740992}"#,
            valid: "[9007199254740992,-1]",
            invalid: "[9007199254740993]"
        ),
        JSONSchemaCase(#"{"exclusiveMinimum":0}"#, valid: "[0.001,1]", invalid: "[0,-0.0,-1]"),
        JSONSchemaCase(#"{"exclusiveMaximum":3}"#, valid: "[2.9]", invalid: "[3,3.0,4]"),
        JSONSchemaCase(#"{"multipleOf":0.0001}"#, valid: "[0.0075,12]", invalid: "[0.00751]"),
        JSONSchemaCase(#"{"multipleOf":3}"#, valid: #"[0,9,-6,9.0,"7"]"#, invalid: "[10,7.5]"),
        JSONSchemaCase(#"{"multipleOf":2.5}"#, valid: "[0,7.5,10,-2.5]", invalid: "[3,1]"),
    ]

    static let texts: [JSONSchemaCase] = [
        JSONSchemaCase(#"{"minLength":2}"#, valid: #"["ab","é\u0301","😀😀",1]"#, invalid: #"["😀","a",""]"#),
        JSONSchemaCase(#"{"maxLength":2.0}"#, valid: #"["","😀😀","e\u0301"]"#, invalid: #"["abc"]"#),
        JSONSchemaCase(#"{"pattern":"a+"}"#, valid: #"["xxaayy",1]"#, invalid: #"["bcd"]"#),
        JSONSchemaCase(
            #"{"pattern":"^[a-z]+-\\d{2,4}$"}"#,
            valid: #"["video-12","video-1234"]"#,
            invalid: #"["video-12345","Video-12","video-1"]"#
        ),
        JSONSchemaCase(#"{"pattern":"^(foo|ba[rz])?$"}"#, valid: #"["","foo","baz"]"#, invalid: #"["bat","foobar"]"#),
        JSONSchemaCase(
            #"{"pattern":"\\bcut\\b"}"#,
            valid: #"["a cut here","cut"]"#,
            invalid: #"["cute","shortcut"]"#
        ),
        JSONSchemaCase(#"{"pattern":"^[^\\s,]+$"}"#, valid: #"["ab;c"]"#, invalid: #"["a b","a,b",""]"#),
        JSONSchemaCase(#"{"pattern":"^.$"}"#, valid: #"["a","😀","é"]"#, invalid: #"["ab",""]"#),
    ]

    static let arrays: [JSONSchemaCase] = [
        JSONSchemaCase(#"{"items":{"type":"integer"}}"#, valid: #"[[],[1,2],"x"]"#, invalid: #"[[1,"x"]]"#),
        JSONSchemaCase(
            #"{"prefixItems":[{"type":"string"},{"type":"number"}]}"#,
            valid: #"[["a",1],["a"],["a",1,null]]"#,
            invalid: #"[[1],["a","b"]]"#
        ),
        JSONSchemaCase(
            #"{"prefixItems":[{"type":"string"}],"items":false}"#,
            valid: #"[["a"],[]]"#,
            invalid: #"[["a",1]]"#
        ),
        JSONSchemaCase(#"{"contains":{"const":1}}"#, valid: "[[1],[0,1.0]]", invalid: "[[],[2]]"),
        JSONSchemaCase(
            #"{"contains":{"minimum":5},"minContains":2,"maxContains":3}"#,
            valid: "[[5,6],[5,6,7,1]]",
            invalid: "[[5],[5,6,7,8]]"
        ),
        JSONSchemaCase(#"{"contains":{"minimum":5},"minContains":0}"#, valid: "[[],[1]]", invalid: "[]"),
        JSONSchemaCase(#"{"minItems":1,"maxItems":2}"#, valid: "[[1],[1,2]]", invalid: "[[],[1,2,3]]"),
        JSONSchemaCase(
            #"{"uniqueItems":true}"#,
            valid: #"[[1,2],[{"a":1,"b":2},{"a":1,"b":3}],[1,true],[0,false],["é","e\u0301"]]"#,
            invalid: #"[[1,1.0],[{"a":1,"b":2},{"b":2,"a":1}],[[1],[1]]]"#
        ),
        JSONSchemaCase(#"{"prefixItems":[true],"unevaluatedItems":false}"#, valid: "[[1]]", invalid: "[[1,2]]"),
        JSONSchemaCase(
            #"{"contains":{"type":"string"},"unevaluatedItems":{"type":"number"}}"#,
            valid: #"[["a",1,"b"]]"#,
            invalid: #"[["a",null]]"#
        ),
        JSONSchemaCase(
            #"{"allOf":[{"prefixItems":[true,true]}],"anyOf":[{"prefixItems":[true,true,{"const":3}]},true],"unevaluatedItems":false}"#,
            valid: "[[1,2],[1,2,3]]",
            invalid: "[[1,2,4]]"
        ),
    ]

    static let objects: [JSONSchemaCase] = [
        JSONSchemaCase(
            #"{"required":["id","title"]}"#,
            valid: #"[{"id":1,"title":2},[],{"id":null,"title":null}]"#,
            invalid: #"[{"id":1},{}]"#
        ),
        JSONSchemaCase(
            #"{"properties":{"id":{"type":"string"}}}"#,
            valid: #"[{},{"id":"v"},{"ID":1}]"#,
            invalid: #"[{"id":1}]"#
        ),
        JSONSchemaCase(
            #"{"properties":{"id":true},"additionalProperties":false}"#,
            valid: #"[{"id":1},{}]"#,
            invalid: #"[{"id":1,"x":2}]"#
        ),
        JSONSchemaCase(
            #"{"properties":{"id":true},"patternProperties":{"^x-":{"type":"string"}},"additionalProperties":{"type":"number"}}"#,
            valid: #"[{"id":[],"x-a":"b","n":1}]"#,
            invalid: #"[{"x-a":1},{"n":"1"}]"#
        ),
        JSONSchemaCase(#"{"propertyNames":{"maxLength":3}}"#, valid: #"[{"abc":1}]"#, invalid: #"[{"abcd":1}]"#),
        JSONSchemaCase(
            #"{"minProperties":1,"maxProperties":2}"#,
            valid: #"[{"a":1}]"#,
            invalid: #"[{},{"a":1,"b":2,"c":3}]"#
        ),
        JSONSchemaCase(
            #"{"dependentRequired":{"card":["address","name"]}}"#,
            valid: #"[{},{"card":1,"address":2,"name":3}]"#,
            invalid: #"[{"card":1,"address":2}]"#
        ),
        JSONSchemaCase(
            #"{"dependentSchemas":{"a":{"required":["b"]}}}"#,
            valid: #"[{"b":1},{"a":1,"b":2}]"#,
            invalid: #"[{"a":1}]"#
        ),
        JSONSchemaCase(
            #"{"properties":{"a":true},"unevaluatedProperties":false}"#,
            valid: #"[{"a":1}]"#,
            invalid: #"[{"b":1}]"#
        ),
        JSONSchemaCase(
            #"{"anyOf":[{"properties":{"a":{"const":1}},"required":["a"]},{"properties":{"b":true}}],"unevaluatedProperties":false}"#,
            valid: #"[{"a":1,"b":2},{"b":1}]"#,
            invalid: #"[{"a":2},{"a":1,"c":1}]"#
        ),
        JSONSchemaCase(
            #"{"if":{"properties":{"kind":{"const":"x"}},"required":["kind"]},"then":{"properties":{"x":true}},"else":{"properties":{"y":true}},"unevaluatedProperties":false}"#,
            valid: #"[{"kind":"x","x":1},{"y":1}]"#,
            invalid: #"[{"x":1},{"kind":"x","y":1}]"#
        ),
        JSONSchemaCase(
            ##"{"$ref":"#/$defs/base","properties":{"b":true},"unevaluatedProperties":false,"$defs":{"base":{"properties":{"a":true}}}}"##,
            valid: #"[{"a":1,"b":2}]"#,
            invalid: #"[{"c":1}]"#
        ),
        JSONSchemaCase(
            #"{"patternProperties":{"^a":true},"not":{"not":{"properties":{"b":true}}},"unevaluatedProperties":false}"#,
            valid: #"[{"a1":1}]"#,
            invalid: #"[{"b":1}]"#
        ),
    ]

    static let logic: [JSONSchemaCase] = [
        JSONSchemaCase("true", valid: "[null,1]", invalid: "[]"),
        JSONSchemaCase("false", valid: "[]", invalid: "[null,1]"),
        JSONSchemaCase("{}", valid: "[null,1]", invalid: "[]"),
        JSONSchemaCase(#"{"allOf":[{"minimum":1},{"maximum":3}]}"#, valid: "[2]", invalid: "[0,4]"),
        JSONSchemaCase(#"{"anyOf":[{"type":"string"},{"minimum":5}]}"#, valid: #"["a",5,[]]"#, invalid: "[4]"),
        JSONSchemaCase(#"{"oneOf":[{"multipleOf":2},{"multipleOf":3}]}"#, valid: "[2,3]", invalid: "[6,5]"),
        JSONSchemaCase(#"{"not":{"type":"null"}}"#, valid: "[1]", invalid: "[null]"),
        JSONSchemaCase(
            #"{"if":{"minimum":10},"then":{"multipleOf":10},"else":{"maximum":5}}"#,
            valid: "[20,3]",
            invalid: "[12,7]"
        ),
        JSONSchemaCase(#"{"then":false}"#, valid: "[1]", invalid: "[]"),
    ]

    static let references: [JSONSchemaCase] = [
        JSONSchemaCase(
            ##"{"$ref":"#/$defs/positive","maximum":9,"$defs":{"positive":{"exclusiveMinimum":0}}}"##,
            valid: "[1]",
            invalid: "[0,10]"
        ),
        JSONSchemaCase(
            ##"{"properties":{"child":{"$ref":"#"},"n":{"type":"number"}},"additionalProperties":false}"##,
            valid: #"[{"child":{"child":{"n":1}}}]"#,
            invalid: #"[{"child":{"child":{"m":1}}}]"#
        ),
        JSONSchemaCase(
            ##"{"items":{"$ref":"#word"},"$defs":{"w":{"$anchor":"word","pattern":"^\\w+$"}}}"##,
            valid: #"[["ab"]]"#,
            invalid: #"[["a b"]]"#
        ),
        JSONSchemaCase(
            #"{"$id":"https://studio.example/video","properties":{"cut":{"$ref":"cut"}},"$defs":{"c":{"$id":"cut","type":"object","required":["at"]}}}"#,
            valid: #"[{"cut":{"at":1}}]"#,
            invalid: #"[{"cut":{}}]"#
        ),
        JSONSchemaCase(
            ##"{"$defs":{"a/b~c":{"type":"string"},"100%":{"type":"number"}},"properties":{"x":{"$ref":"#/$defs/a~1b~0c"},"y":{"$ref":"#/$defs/100%25"}}}"##,
            valid: #"[{"x":"a","y":1}]"#,
            invalid: #"[{"x":1},{"y":"a"}]"#
        ),
        JSONSchemaCase(
            #"{"$schema":"https://json-schema.org/draft/2020-12/schema","title":"x","x-unknown":1,"format":"email","contentMediaType":"application/json"}"#,
            valid: #"["no address"]"#,
            invalid: "[]"
        ),
    ]
}
