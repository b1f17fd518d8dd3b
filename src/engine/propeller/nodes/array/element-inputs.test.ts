import Long from "long";
import { expect, test } from "vitest";
import { ElementInputs } from "./element-inputs.ts";
import { bytesField, concatBytes } from "../../../../idl/wire.ts";
import { flyteidl } from "../../../../idl/flyteidl.ts";
import type { Literal, LiteralMap } from "../../../../idl/types.ts";

const integer = (value: number): Literal => ({ scalar: { primitive: { integer: Long.fromNumber(value) } } });
const list = (...literals: Literal[]): Literal => ({ collection: { literals } });
const encode = (literals: Record<string, Literal>): Uint8Array => flyteidl.core.LiteralMap.encode({ literals }).finish();
/** Comparable: encoded, with names in order. */
const plain = ({ literals }: LiteralMap): unknown =>
  Object.entries(literals ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, literal]) => [name, Buffer.from(flyteidl.core.Literal.encode(literal).finish()).toString("hex")]);

const encoded = encode({
  x: list(...Array.from({ length: 300 }, (_, index) => integer(index * 1000))),
  nested: list(...Array.from({ length: 300 }, (_, index) => list(integer(index), integer(-index)))),
  whole: list(integer(1), integer(2)),
  plain: integer(9),
});

test.each([0, 1, 63, 64, 127, 299])("element %d is given its part of each list, and all of the rest", (index) => {
  expect(plain(new ElementInputs(encoded, ["whole"]).of(index))).toEqual(
    plain({
      literals: {
        x: integer(index * 1000),
        nested: list(integer(index), integer(-index)),
        whole: list(integer(1), integer(2)),
        plain: integer(9),
      },
    }),
  );
});

test("there is none beyond the end of a list", () => {
  expect(() => new ElementInputs(encoded, ["whole"]).of(300)).toThrow("list [x] has no element [300]");
  expect(() => new ElementInputs(encoded, []).of(2)).toThrow("list [whole] has no element [2]");
  expect(() => new ElementInputs(encode({ x: list() }), []).of(0)).toThrow("list [x] has no element [0]");
});

test("a list that comes in parts is joined", () => {
  const part = (value: number): Uint8Array => flyteidl.core.Literal.encode(list(integer(value))).finish();
  const entry = concatBytes(bytesField(1, Buffer.from("x")), bytesField(2, concatBytes(part(4), part(5))));
  const inputs = new ElementInputs(bytesField(1, entry), []);
  expect(plain(inputs.of(1))).toEqual(plain({ literals: { x: integer(5) } }));
});
