import type { Replayed } from "./replay.ts";

/** Why calls of the conversations are answered otherwise than they were, and which: indices by conversation. */
export interface Difference {
  readonly why: string;
  readonly covers: (replayed: Replayed) => boolean;
  readonly calls: Readonly<Record<string, readonly number[]>>;
}

const about =
  (...names: readonly string[]) =>
  ({ call }: Replayed): boolean =>
    names.some((name) => JSON.stringify(call.request).includes(`"name":"${name}"`));
const says =
  (words: string) =>
  ({ outcome }: Replayed): boolean =>
    outcome.includes(words);
const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, offset) => from + offset);

/** What clients need and is not built yet: whoever builds it deletes it here. */
export const unbuilt: readonly Difference[] = [
  {
    why: "authentication",
    covers: ({ call, outcome }) => call.status === "UNAUTHENTICATED" || outcome.startsWith("UNIMPLEMENTED "),
    calls: { auth: [0, 1, 2], auth2: [0, 1, 2] },
  },
];

/** Where the recorder, which answered from memory, said otherwise than Flyte does: the answer here is Flyte's. */
export const asFlyte: readonly Difference[] = [
  {
    why: "it took references to tasks that nobody has registered",
    covers: about("wsp.graph.refs"),
    calls: { ctl: [91, 92], ctl2: [88, 89, 198, 199, 419, 420, 421], ctl3: [91, 92], reg1: [92, 93], reg3: [91, 92] },
  },
  {
    why: "it took ids without a version, which flytectl sends when it is given none",
    covers: says("INVALID_ARGUMENT missing version"),
    calls: { ctl2: range(451, 560) },
  },
  { why: "it took any sort key", covers: says("INVALID_ARGUMENT invalid sort key 'execution.duration'"), calls: { ctl3: [113] } },
  { why: "it took a URL of no node", covers: says("INVALID_ARGUMENT unable to parse flyte url"), calls: { run1: [184] } },
  {
    why: "it took the same workflow for another one",
    covers: says("ALREADY_EXISTS workflow with identical structure already exists"),
    calls: { reg1: range(318, 321) },
  },
];
