import Long from "long";
import { expect, test } from "vitest";
import { comparePrimitives, MalformedBranch } from "./compare.ts";
import { flyteidl } from "../../../../idl/flyteidl.ts";

type Primitive = flyteidl.core.Primitive.$Properties;
const operators = flyteidl.core.ComparisonExpression.Operator;
type Name = keyof typeof operators;

const whole = (value: string): Long => Long.fromString(value);
/** Of each type: lower, higher, and another value that counts as the lower one. */
const values: Record<string, readonly [Primitive, Primitive, Primitive]> = {
  Integer: [{ integer: whole("9007199254740992") }, { integer: whole("9007199254740993") }, { integer: whole("9007199254740992") }],
  FloatValue: [{ floatValue: -1.5 }, { floatValue: 0.25 }, { floatValue: -1.5 }],
  // By bytes: U+FFFF comes before U+10000, though not in UTF-16.
  StringValue: [{ stringValue: "\uffff" }, { stringValue: "\u{10000}" }, { stringValue: "\uffff" }],
  Datetime: [
    { datetime: { seconds: whole("10"), nanos: 1 } },
    { datetime: { seconds: whole("11") } },
    { datetime: { seconds: whole("10"), nanos: 999_999_999 } },
  ],
  Duration: [
    { duration: { seconds: whole("-3") } },
    { duration: { seconds: whole("3") } },
    { duration: { seconds: whole("-3"), nanos: -5 } },
  ],
};
const expected: Record<Name, readonly [lower: boolean, same: boolean, higher: boolean]> = {
  EQ: [false, true, false],
  NEQ: [true, false, true],
  LT: [true, false, false],
  LTE: [true, true, false],
  GT: [false, false, true],
  GTE: [false, true, true],
};
const names = Object.keys(expected) as Name[];

test.each(Object.keys(values).flatMap((type) => names.map((name) => [type, name] as const)))("%s %s", (type, name) => {
  const [low, high, same] = values[type] ?? [{}, {}, {}];
  const holds = [
    [low, high],
    [low, same],
    [high, low],
  ].map(([left, right]) => comparePrimitives(left ?? {}, right ?? {}, operators[name]));
  expect(holds).toEqual(expected[name]);
});

test("booleans are equal or not, and have no order", () => {
  for (const a of [true, false]) {
    for (const b of [true, false]) {
      expect(comparePrimitives({ boolean: a }, { boolean: b }, operators.EQ)).toBe(a === b);
      expect(comparePrimitives({ boolean: a }, { boolean: b }, operators.NEQ)).toBe(a !== b);
      for (const name of ["GT", "GTE", "LT", "LTE"] as const)
        expect(() => comparePrimitives({ boolean: a }, { boolean: b }, operators[name])).toThrow(
          `[${name}] not defined for boolean operands.`,
        );
    }
  }
});

test("two types are never compared", () => {
  const all = { ...values, Boolean: [{ boolean: true }] };
  for (const [a, [left]] of Object.entries(all)) {
    for (const [b, [right]] of Object.entries(all)) {
      if (a === b) continue;
      expect(() => comparePrimitives(left ?? {}, right ?? {}, operators.EQ)).toThrow(
        new MalformedBranch(`Comparison between different primitives types. lVal[*core.Primitive_${a}]:rVal[*core.Primitive_${b}]`),
      );
    }
  }
});

test("numbers that are none are not lower, but for what Flyte makes of them", () => {
  const nan = { floatValue: Number.NaN };
  const holds = Object.fromEntries(names.map((name) => [name, comparePrimitives(nan, { floatValue: 1 }, operators[name])]));
  expect(holds).toEqual({ EQ: false, NEQ: true, LT: true, LTE: true, GT: false, GTE: false });
});
