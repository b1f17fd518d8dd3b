import { Box, Text } from "ink";
import { createElement as h } from "react";
import type { ReactElement } from "react";
import type { Mark, TreeRow } from "./tree-model.ts";

const signs: Readonly<Record<Exclude<Mark, "running">, string>> = { waiting: "·", done: "✔", failed: "✖", stopped: "■" };
const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const colors: Readonly<Record<Mark, string>> = { waiting: "gray", running: "cyan", done: "green", failed: "red", stopped: "yellow" };

/** Draws rows; `frame` counts up while something runs. */
export function TreeView({ rows, frame }: { readonly rows: readonly TreeRow[]; readonly frame: number }): ReactElement {
  const nodes = rows.filter(({ depth, key }) => depth > 0 && key !== "more");
  const label = Math.max(0, ...nodes.map((row) => indent(row).length + row.label.length));
  const phase = Math.max(0, ...nodes.map((row) => row.phase.length));
  const lines = rows.flatMap((row) => [
    h(RowView, { key: row.key, row, frame, label, phase }),
    ...(row.detail === null ? [] : [h(DetailView, { key: `${row.key} detail`, row })]),
  ]);
  return h(Box, { flexDirection: "column" }, lines);
}

function RowView(props: { readonly row: TreeRow; readonly frame: number; readonly label: number; readonly phase: number }): ReactElement {
  const { row, frame } = props;
  const sign = row.key === "more" ? " " : row.mark === "running" ? spinner[frame % spinner.length] : signs[row.mark];
  const color = colors[row.mark];
  return h(
    Text,
    { wrap: "truncate-end" },
    h(Text, { color }, `${indent(row)}${sign} `),
    h(Text, { bold: row.depth === 0 }, row.label.padEnd(props.label - indent(row).length)),
    h(Text, { color }, `  ${row.phase.padEnd(props.phase)}`),
    row.duration === "" ? "" : `  ${row.duration.padStart(6)}`,
    h(Text, { color: "cyan" }, row.notes.length === 0 ? "" : `  ${row.notes.join(", ")}`),
  );
}

function DetailView({ row }: { readonly row: TreeRow }): ReactElement {
  return h(
    Text,
    { wrap: "truncate-end", ...(row.mark === "failed" ? { color: "red" } : { dimColor: true }) },
    `${indent(row)}    ${row.detail}`,
  );
}

function indent({ depth }: TreeRow): string {
  return "  ".repeat(depth);
}
