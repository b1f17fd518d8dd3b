import type { Demo, DemoExecution } from "./run-demo.ts";

/** The two executions side by side, the cache hits marked, and what to type next. */
export function demoText(demo: Demo): string {
  const [first, second] = demo.executions;
  if (!first || !second) return "";
  const lines = ["", `${"NODE".padEnd(12)}${"FIRST LAUNCH".padEnd(24)}SECOND LAUNCH`];
  for (const node of first.nodes) {
    const again = second.nodes.find((other) => other.nodeId === node.nodeId);
    lines.push(`${node.nodeId.padEnd(12)}${cell(node).padEnd(24)}${again ? cell(again) : ""}`);
  }
  lines.push(`${"all".padEnd(12)}${total(first).padEnd(24)}${total(second)}`, "");
  for (const [name, value] of Object.entries(second.outputs)) lines.push(`${name} = ${JSON.stringify(value)}`);
  lines.push("", "Next:", ...demo.next.map((line) => `  ${line}`), "");
  return lines.join("\n");
}

function cell(node: DemoExecution["nodes"][number]): string {
  if (node.cacheStatus === "CACHE_HIT") return "from the cache";
  return `${node.phase} ${node.durationSeconds === null ? "" : `${node.durationSeconds.toFixed(1)} s`}`;
}

function total(execution: DemoExecution): string {
  return `${execution.phase} ${execution.durationSeconds === null ? "" : `${execution.durationSeconds.toFixed(1)} s`}`;
}
