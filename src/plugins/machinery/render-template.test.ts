import Long from "long";
import { describe, expect, test } from "vitest";
import type { Literal, LiteralMap } from "../../idl/types.ts";
import { perRetryUniqueKey, renderTemplate, wantsInputs, wantsTaskTemplate, type TemplateValues } from "./render-template.ts";

const values: TemplateValues = {
  input: "s3://in/inputs.pb",
  inputPrefix: "s3://in",
  outputPrefix: "s3://out",
  rawOutputDataPrefix: "s3://raw/ab/x",
  checkpointOutputPrefix: "s3://raw/ab/x/_flytecheckpoints",
  prevCheckpointPrefix: "",
  perRetryUniqueKey: "a_b",
  namespace: "p-d",
  taskTemplatePath: undefined,
};

const text = (stringValue: string): Literal => ({ scalar: { primitive: { stringValue } } });
const list = (...literals: Literal[]): Literal => ({ collection: { literals } });
const number = (integer: number | Long): Literal => ({ scalar: { primitive: { integer } } });
const float = (floatValue: number): Literal => ({ scalar: { primitive: { floatValue } } });
const binary = (...bytes: number[]): Literal => ({ scalar: { binary: { tag: "msgpack", value: Uint8Array.from(bytes) } } });

const inputs: LiteralMap = {
  literals: {
    arr: list(text("a"), text("b")),
    nested: list(list(text("a"), text("b")), list(number(1), number(2))),
    date: { scalar: { primitive: { datetime: { seconds: Long.fromString("-2208985139"), nanos: 1 } } } },
    plainDate: { scalar: { primitive: { datetime: { seconds: Long.fromNumber(0), nanos: 500_000_000 } } } },
    big: number(Long.fromString("9223372036854775807")),
    zero: number(0),
    half: float(0.5),
    two: float(2),
    tiny: float(0.00001),
    huge: float(1e21),
    below: float(-999999.5),
    million: float(1e6),
    long: float(-1234567.5),
    small: float(0.0001),
    yes: { scalar: { primitive: { boolean: true } } },
    no: { scalar: { primitive: { boolean: false } } },
    wait: { scalar: { primitive: { duration: { seconds: Long.fromNumber(90), nanos: 5 } } } },
    instant: { scalar: { primitive: { duration: { seconds: Long.fromNumber(0), nanos: 0 } } } },
    empty: text(""),
    dollars: text("$& $1 {{.outputPrefix}}"),
    blob: { scalar: { blob: { uri: "s3://b/blob" } } },
    schema: { scalar: { schema: { uri: "s3://b/schema" } } },
    record: binary(0x82, 0xa1, 0x62, 0x93, 0x01, 0xc0, 0xc3, 0xa1, 0x61, 0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0),
    negative: binary(0xd1, 0xff, 0x00),
    map: { map: { literals: { a: text("b") } } },
    frame: { scalar: { structuredDataset: { uri: "s3://b/frame" } } },
    nothing: { scalar: { noneType: {} } },
    torn: binary(0xa5, 0x61),
    pickled: { scalar: { binary: { tag: "other", value: Uint8Array.of(1) } } },
  },
};

describe("a template becomes", () => {
  test.each([
    ["{{.input}}", "s3://in/inputs.pb"],
    ["{{ .Input }} {{$INPUT}} {{  $input\t}}", "s3://in/inputs.pb s3://in/inputs.pb s3://in/inputs.pb"],
    ["{{.inputPrefix}}/x", "s3://in/x"],
    ["--o={{.outputPrefix}}", "--o=s3://out"],
    ["{{ $RawOutputDataPrefix }}", "s3://raw/ab/x"],
    ["{{ .PerretryuNIqueKey }}", "a_b"],
    ["{{.checkpointOutputPrefix}}", "s3://raw/ab/x/_flytecheckpoints"],
    ["--prev={{ .PrevCheckpointPrefix }}", '--prev=""'],
    ["{{ .namespace }}", "p-d"],
    ["--someArg {{ .Inputs.arr }}", "--someArg [a,b]"],
    ["--someArg {{ .Inputs.nested }}", "--someArg [[a,b],[1,2]]"],
    ["{{ .Inputs.date }}", "1900-01-01T01:01:01.000000001Z"],
    ["{{.inputs.plainDate}}", "1970-01-01T00:00:00.5Z"],
    ["{{.inputs.big}} {{$inputs.zero}}", "9223372036854775807 0"],
    ["{{.inputs.half}} {{.inputs.two}} {{.inputs.tiny}} {{.inputs.huge}}", "0.5 2 1e-05 1e+21"],
    ["{{.inputs.below}} {{.inputs.million}} {{.inputs.long}} {{.inputs.small}}", "-999999.5 1e+06 -1.2345675e+06 0.0001"],
    ["{{.inputs.yes}}{{.inputs.no}}", "truefalse"],
    ["{{.inputs.wait}}|{{.inputs.instant}}|{{.inputs.empty}}|", "seconds:90 nanos:5|||"],
    ["{{.inputs.blob}} {{.inputs.schema}}", "s3://b/blob s3://b/schema"],
    ["{{.inputs.record}}", "map[a:0.5 b:[1 <nil> true]]"],
    ["{{.inputs.negative}}", "-256"],
    ["{{.inputs.dollars}}", "$& $1 {{.outputPrefix}}"],
  ])("%s → %s", (template, expected) => {
    expect(renderTemplate(template, values, inputs)).toBe(expected);
  });

  test.each([
    "${{input}}",
    "{{input}}",
    "{{ .wrongOutputDataPrefix }}",
    "{{ .Inputs.blah blah }}",
    "{ {.input} }",
    "{{.input",
    "{{.taskTemplatePath}}",
    "",
  ])("itself: %s", (template) => {
    expect(renderTemplate(template, values, inputs)).toBe(template);
  });
});

test("without any inputs their placeholders stay", () => {
  expect(renderTemplate("{{.input}} {{.inputs.x}}", values, { literals: {} })).toBe("s3://in/inputs.pb {{.inputs.x}}");
  expect(renderTemplate("{{.inputs.x}}", values, undefined)).toBe("{{.inputs.x}}");
});

test("a previous checkpoint and a task template are put in where there are any", () => {
  const more = { ...values, prevCheckpointPrefix: "s3://before", taskTemplatePath: "s3://out/task.pb" };
  expect(renderTemplate("{{.prevCheckpointPrefix}} {{.TASKTEMPLATEPATH}}", more, inputs)).toBe("s3://before s3://out/task.pb");
});

test.each([
  ["x {{ .Inputs.absent }}", "input template [{{ .Inputs.absent }}]: requested input is not found [absent]"],
  ["{{.inputs.constructor}}", "requested input is not found [constructor]"],
  ["{{.inputs.Arr}}", "requested input is not found [Arr]"],
  ["{{.inputs.map}}", "failed to bind a value to inputName [map]: received an unexpected literal type [map]"],
  ["{{.inputs.frame}}", "received an unexpected scalar type [structuredDataset]"],
  ["{{.inputs.nothing}}", "received an unexpected scalar type [noneType]"],
  ["{{.inputs.torn}}", "ends early"],
  ["{{.inputs.pickled}}", "unsupported binary tag [other]"],
])("%s is an error", (template, message) => {
  expect(() => renderTemplate(template, values, inputs)).toThrow(message);
});

test.each([
  ["f-uuid-n0-0", "f_uuid_n0_0"],
  ["0abc", "aabc"],
  ["--9--x-.-y", "ax_y"],
  ["_ok", "_ok"],
  ["123", "a"],
])("unique key of %s is %s", (name, key) => {
  expect(perRetryUniqueKey(name)).toBe(key);
});

test("says what a text asks for, however often it is asked", () => {
  for (let round = 0; round < 3; round++) {
    expect([wantsInputs("{{ $inputs.a }}"), wantsInputs("{{.input}}")]).toEqual([true, false]);
    expect([wantsTaskTemplate("{{.tasktemplatepath}}"), wantsTaskTemplate("{{.x}}")]).toEqual([true, false]);
  }
});
