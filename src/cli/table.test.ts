import { expect, test } from "vitest";
import { renderFields, renderTable } from "./table.ts";

const table = {
  columns: ["name", "phase"],
  rows: [
    ["a-rather-long-name", "SUCCEEDED"],
    ["b", ""],
  ],
};

test("columns are as wide as their widest cell, and lines end without blanks", () => {
  expect(renderTable(table)).toBe("NAME                PHASE\na-rather-long-name  SUCCEEDED\nb\n");
});

test("without a terminal nothing is cut; with one the widest column is", () => {
  expect(renderTable(table, 22)).toBe("NAME         PHASE\na-rather-l…  SUCCEEDED\nb\n");
  expect(renderTable(table, 1)).toBe("NAME      PHASE\na-rathe…  SUCCEED…\nb\n");
});

test("cells are one line without control characters, and wide characters count once", () => {
  expect(renderTable({ columns: ["x", "y"], rows: [["é\u{1f600}", "a\nb\u001b[31mc"]] })).toBe("X   Y\né\u{1f600}  a b[31mc\n");
});

test("fields are aligned, and further lines of a value below its first", () => {
  expect(
    renderFields([
      ["a", "1"],
      ["long", "x\ny"],
      ["none", ""],
    ]),
  ).toBe("a     1\nlong  x\n      y\nnone\n");
});
