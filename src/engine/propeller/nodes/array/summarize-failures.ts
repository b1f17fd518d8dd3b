const more = "... and many more.";

/** `0-3`, `5`: runs of numbers that are given in order. */
function rangesOf(indices: readonly number[]): string {
  let text = "";
  for (let at = 0; at < indices.length;) {
    const first = indices[at] ?? 0;
    let last = first;
    while (indices[++at] === last + 1) last++;
    text += first === last ? `[${first}]` : `[${first}-${last}]`;
  }
  return text;
}

/**
 * What elements failed with: a line a message, with the elements whose it is. `limit` in characters. Flyte:
 * flyteplugins array/errorcollector.
 */
export function summarizeFailures(messages: ReadonlyMap<number, string>, limit: number): string {
  const byMessage = new Map<string, number[]>();
  for (const [index, message] of [...messages].sort(([a], [b]) => a - b)) {
    const known = byMessage.get(message);
    if (known) known.push(index);
    else byMessage.set(message, [index]);
  }
  let summary = "";
  const byText = ([a]: [string, unknown], [b]: [string, unknown]): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  for (const [message, indices] of [...byMessage].sort(byText)) {
    summary += `${rangesOf(indices)}: ${message}\n`;
    if (summary.length >= limit - more.length) return summary + more;
  }
  return summary;
}
