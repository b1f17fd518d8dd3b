/**
 * The candidate a mistyped word probably means: with the fewest insertions, deletions, exchanges and swaps of neighbours
 * (at most a third of its length, so at least one), else the only one it abbreviates; upper and lower case are alike.
 * Undefined when nothing is near.
 */
export function nearestWord(word: string, candidates: Iterable<string>): string | undefined {
  const written = word.toLowerCase().slice(0, longest);
  let best: { candidate: string; distance: number } | undefined;
  const abbreviated: string[] = [];
  for (const candidate of candidates) {
    const other = candidate.toLowerCase().slice(0, longest);
    if (written.length > 1 && other.startsWith(written)) abbreviated.push(candidate);
    const distance = editDistance(written, other);
    const allowed = Math.max(1, Math.floor(Math.max(written.length, other.length) / 3));
    if (distance <= allowed && distance < other.length && distance < (best?.distance ?? Number.POSITIVE_INFINITY))
      best = { candidate, distance };
  }
  return best?.candidate ?? (abbreviated.length === 1 ? abbreviated[0] : undefined);
}

const longest = 100;

function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0;
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    rows[row] = current;
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        at(row - 1, column) + 1,
        (current[column - 1] ?? 0) + 1,
        at(row - 1, column - 1) + (same ? 0 : 1),
        swapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return at(a.length, b.length);
}

const mostShown = 12;

/** For hints: `did you mean "b"? projects: a, b, c`; at most 12 are named. */
export function choicesHint(word: string, what: string, choices: readonly string[]): string {
  const near = nearestWord(word, choices);
  const rest = choices.length - mostShown;
  const listed = `${choices.slice(0, mostShown).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
  return `${near === undefined ? "" : `did you mean "${near}"? `}${what}: ${listed || "none"}`;
}
