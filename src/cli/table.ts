import { oneLine, plainText } from "./plain-text.ts";

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const gap = 2;
const narrowest = 8;

/**
 * Left-aligned columns under upper-case headings, no blanks at line ends. With `width` (a terminal's) the widest columns are
 * cut, ending in "…", until a line fits or all are 8 wide; without it nothing is cut.
 */
export function renderTable(table: Table, width?: number): string {
  const cells = [table.columns.map((column) => column.toUpperCase()), ...table.rows.map((row) => row.map(oneLine))];
  const natural = table.columns.map((_, column) => Math.max(...cells.map((row) => lengthOf(row[column] ?? ""))));
  const widths = width === undefined ? natural : fit(natural, width);
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, column) => pad(cut(cell, widths[column] ?? 0), widths[column] ?? 0))
          .join(" ".repeat(gap))
          .trimEnd()}\n`,
    )
    .join("");
}

/** Names and values without control characters, one a line, the values aligned; values of several lines are indented below. */
export function renderFields(fields: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...fields.map(([name]) => name.length)) + gap;
  return fields
    .map(([name, value]) => `${name.padEnd(width)}${plainText(value).replaceAll("\n", `\n${" ".repeat(width)}`)}`.trimEnd() + "\n")
    .join("");
}

function fit(natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  const total = (): number => widths.reduce((sum, each) => sum + each, 0) + gap * (widths.length - 1);
  while (total() > width) {
    const widest = Math.max(...widths);
    if (widest <= narrowest) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}

function lengthOf(text: string): number {
  return [...text].length;
}

function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join("")}…`;
}

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - lengthOf(text)));
}
