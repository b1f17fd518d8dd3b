import { createHash } from "node:crypto";
import { fromJson } from "protobufjs/ext/protojson.js";
import { describe, expect, test } from "vitest";
import { flyteidl } from "./flyteidl.ts";
import { objectHash, messageHash } from "./object-hash.ts";
import { reflectedType } from "./reflection.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

/** The bytes that another protobuf implementation makes of JSON text. */
function encoded(typeName: string, json: string): Uint8Array {
  const type = reflectedType(typeName);
  return type.encode(fromJson(type, JSON.parse(json) as never)).finish();
}

const emptyHash = "18ac3e7343f016890c510e93f935261169d9e3f565436429830faf0934f4f8e4";

describe("JSON", () => {
  // From the objecthash project's common_json vectors.
  test.each([
    ["[]", "acac86c0e609ca906f632b0e2dacccb2b77d22b0621f20ebece1a4835b93f6f0"],
    ["{}", emptyHash],
    ['["foo"]', "268bc27d4974d9d576222e4cdbb8f7c6bd6791894098645a19eeca9c102d0964"],
    ['["foo","bar"]', "32ae896c413cfdc79eec68be9139c86ded8b279238467c216cf2bec4d5f1e4a2"],
    [
      '["foo",{"bar":["baz",null,1.0,1.5,0.0001,1000.0,2.0,-23.1234,2.0]}]',
      "783a423b094307bcb28d005bc2f026ff44204442ef3513585e7e73b66e3c2213",
    ],
    ['{"k1":"v1","k2":"v2","k3":"v3"}', "ddd65f1f7568269a30df7cafc26044537dc2f02a1a0d830da61762fc3e687057"],
    ['{"k2":"v2","k1":"v1","k3":"v3"}', "ddd65f1f7568269a30df7cafc26044537dc2f02a1a0d830da61762fc3e687057"],
  ])("%s", (text, expected) => {
    expect(hex(objectHash(text))).toBe(expected);
  });

  test.each([
    ["0", "+0:"],
    ["-0", "+0:"],
    ["1", "+0:1"],
    ["2", "+1:1"],
    ["3", "+2:011"],
    ["0.5", "+-1:1"],
    ["-1.5", "-1:011"],
    ["10", "+4:0101"],
  ])("the number %s is hashed as %s", (text, float) => {
    expect(hex(objectHash(text))).toBe(sha256(`f${float}`));
  });

  test("whole messages of mixed kinds", () => {
    const first = '"integer":"18","floatValue":1.3,"stringValue":"lets test this","boolean":true';
    const rest = '"datetime":"2019-03-29T12:00:00Z","duration":"0.001s","mapValue":{"a":"first","z":"last"},"collections":["1","2","3"]';
    expect(Buffer.from(objectHash(`{${first},${rest}}`)).toString("base64")).toBe("YpWyLCP1NW0DVk3Hj64tK70H/9t+5fQlj7yyDK2lSEQ=");
    expect(Buffer.from(objectHash(`{${first}}`)).toString("base64")).toBe("GhPMTKvJfUPHK8U3vEmoi/wdVBx7IQSPqyjGXAZzquI=");
  });
});

test.each([
  ['{"x":{"scalar":{"primitive":{"integer":"0"}}}}', "h0ybA1cHx5B1m5G-KbiHXc30BtaM1rUyxpMGyj73b10"],
  ['{"b":{"scalar":{"primitive":{"boolean":false}}}}', "ekzpTTPYa2QXPk3qm8wePwqLnxRmdHwbMzCrKUljZ6A"],
  ['{"f":{"scalar":{"primitive":{"floatValue":1}}}}', "P8IB5NO-MnMx1QQAk5YZ0u3iG7WRwokwYHv44bBq-0w"],
  ['{"f":{"scalar":{"primitive":{"floatValue":1.5}}}}', "bLMNcrDK-1k50bXYH0X6ENguxPI7V7EjVikvim2SqOs"],
  ['{"s":{"scalar":{"primitive":{"stringValue":""}}}}', "wwFRtmgD-da5rok5wQs1GzscpRwA0mXCB2mUIodeO-c"],
  ['{"s":{"scalar":{"primitive":{"stringValue":"é<&>"}}}}', "ENTqSfN3ah6rZ_bWaARCJOFFMI0Rxl9bN4F3QWsoEdo"],
  ['{"d":{"scalar":{"primitive":{"datetime":"2019-03-29T12:00:00Z"}}}}', "fBggQmAR0mOHNJ4wd0_lR3FfuytDhhLWDvpybhCGLkE"],
  ['{"d":{"scalar":{"primitive":{"duration":"90s"}}}}', "kNhSPlcp8nudBq8JEgrPPIw2qH69CHESFSYIFjny4Vo"],
  ['{"d":{"scalar":{"primitive":{"duration":"1.500s"}}}}', "x3_e_OqL5M2wa96vGH1TqW5y7KiB5EEx7Ya_Vwr_VG0"],
  ['{"n":{"scalar":{"noneType":{}}}}', "G7uG9NoxGSWLr3naWWwMRwACz0P177souv_JwWz8CVc"],
  [
    '{"l":{"collection":{"literals":[{"scalar":{"primitive":{"integer":"1"}}},{"scalar":{"primitive":{"integer":"2"}}}]}}}',
    "OmxtFMaxQZ9ULcqUv6WFrQEpCU1qC1iDeeVSZnDU1Q8",
  ],
  ['{"l":{"collection":{}}}', "ZC1rFEj6e59Lamw9EBfxuOjo9u03Z68QqTyrdAp4HXg"],
  ['{"m":{"map":{"literals":{"k":{"scalar":{"primitive":{"stringValue":"v"}}}}}}}', "YHTKEtY3zZQBgUvDaitIG18UrzTcua_stZKkRIGiyRA"],
  ['{"s":{"scalar":{"generic":{"a":1,"b":"x","c":[true,null]}}}}', "UghG9Ri3bDOQgApBZe6c3utygx6buV7ES9DAmykn79k"],
  ['{"b":{"scalar":{"blob":{"metadata":{"type":{"format":"csv"}},"uri":"s3://b/k"}}}}', "0AKhNuALcwNvwi9x-gtOC5c52yCjsm5sNeqcRXNKZIg"],
  [
    '{"b":{"scalar":{"blob":{"metadata":{"type":{"dimensionality":"MULTIPART"}},"uri":"s3://b/d"}}}}',
    "GHFxrVJ52hkB_sC5ZN3U-1KwsLIJVftTqUngs0TAqTs",
  ],
  ['{"b":{"scalar":{"binary":{"value":"gaFhAQ==","tag":"msgpack"}}}}', "EpRM895QdVYM5FxafuCa6wivjrU3EGb_DbTbAJuzBBQ"],
  [
    '{"u":{"scalar":{"union":{"value":{"scalar":{"primitive":{"integer":"1"}}},"type":{"simple":"INTEGER","structure":{"tag":"int"}}}}}}',
    "sa607b5tYKkqia5Ot8KaWaloQDp-RRJMQKeClBQkCKo",
  ],
  ['{"x":{"hash":"abcde"}}', "6zv47jns9Mzs_ZhUuIuifS_FYqLhCpudWUPN7PH9h4o"],
  [
    '{"1":{"scalar":{"primitive":{"integer":"1"}}},"2":{"scalar":{"primitive":{"integer":"2"}}}}',
    "GQid5LjHbakcW68DS3P2jp80QLbiF0olFHF2hTh5bg8",
  ],
  ['{"out1":{"scalar":{"primitive":{"stringValue":"output1-stringval"}}}}', "BE6CZsMk6N3ExR_4X9EuwBgj2Jh2UwasXK3a_pM9xlY"],
])("the literals %s", (text, expected) => {
  const map = flyteidl.core.LiteralMap.decode(encoded("flyteidl.core.LiteralMap", `{"literals":${text}}`));
  expect(url(messageHash("flyteidl.core.LiteralMap", map))).toBe(expected);
});

test.each(["flyteidl.core.LiteralMap", "flyteidl.core.VariableMap"])("an empty %s", (type) => {
  expect(hex(messageHash(type, {}))).toBe(emptyHash);
});

test.each([
  ['{"a":{"type":{"simple":"INTEGER"}}}', "rJudYX8l"],
  ['{"o0":{"type":{"simple":"STRING"}}}', "zCZxwZgs"],
  ['{"o0":{"type":{"collectionType":{"simple":"INTEGER"}}}}', "N4Mg4RHc"],
])("the variables %s", (text, expected) => {
  const map = flyteidl.core.VariableMap.decode(encoded("flyteidl.core.VariableMap", `{"variables":${text}}`));
  expect(url(messageHash("flyteidl.core.VariableMap", map)).slice(0, 8)).toBe(expected);
});

test("a task's digest", () => {
  const text =
    '{"template":{"id":{"resourceType":"TASK","project":"project","domain":"domain","name":"name","version":"version"},"type":"foo type","metadata":{"timeout":"60s"},"custom":{}}}';
  const task = flyteidl.core.CompiledTask.decode(encoded("flyteidl.core.CompiledTask", text));
  expect(hex(messageHash("flyteidl.core.CompiledTask", task))).toBe("85b284aa8726a13ec22053698281b13fd8a8a50a2280b1084453f3ca6004f76f");
});

test("a launch plan's digest", () => {
  const text =
    '{"closure":{"expectedInputs":{"parameters":{"foo":{},"bar":{}}},"expectedOutputs":{"variables":{"baz":{}}}},"spec":{"workflowId":{"resourceType":"WORKFLOW","project":"project","domain":"domain","name":"workflow name","version":"version"},"entityMetadata":{"schedule":{"cronExpression":"* * * * "}}}}';
  const plan = flyteidl.admin.LaunchPlan.decode(encoded("flyteidl.admin.LaunchPlan", text));
  expect(hex(messageHash("flyteidl.admin.LaunchPlan", plan))).toBe("1350e90ab913e22a472ef2370cbd9a4ca8527e874af65e95226a4fa1eef4c8d5");
});

test("a workflow's digest, also from the bytes", () => {
  const text =
    '{"primary":{"template":{"id":{"resourceType":"WORKFLOW","project":"p","domain":"d","name":"w","version":"v"},"metadata":{},"interface":{"inputs":{},"outputs":{}},"nodes":[{"id":"start-node"},{"id":"end-node"},{"id":"n0","metadata":{"name":"t"},"upstreamNodeIds":["start-node"],"taskNode":{"referenceId":{"resourceType":"TASK","project":"p","domain":"d","name":"t","version":"v"}}}],"metadataDefaults":{}},"connections":{"downstream":{"n0":{"ids":["end-node"]},"start-node":{"ids":["n0"]}},"upstream":{"end-node":{"ids":["n0"]},"n0":{"ids":["start-node"]}}}},"tasks":[{"template":{"id":{"resourceType":"TASK","project":"p","domain":"d","name":"t","version":"v"},"type":"python-task","metadata":{},"interface":{"inputs":{},"outputs":{}},"container":{"image":"img:1","args":["a"],"resources":{}}}}]}';
  const expected = "195a934e0a555a953be71c4936b06c2bf63868d14afa138106999430b5aa1d56";
  expect(hex(objectHash(text))).toBe(expected);
  const closure = flyteidl.core.CompiledWorkflowClosure.decode(encoded("flyteidl.core.CompiledWorkflowClosure", text));
  expect(hex(messageHash("flyteidl.core.CompiledWorkflowClosure", closure))).toBe(expected);
});

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
