import type { Cadence } from "../std/cron/cadence.ts";
import { parseCron } from "../std/cron/parse-cron.ts";
import { flyteidl } from "./flyteidl.ts";

const { MINUTE, HOUR, DAY } = flyteidl.admin.FixedRateUnit;
const secondsOf: Readonly<Record<number, number>> = { [MINUTE]: 60, [HOUR]: 3_600, [DAY]: 86_400 };

/** When a schedule has ticks: by a cron expression, or, where that is empty, at a fixed rate; `unit` is admin.FixedRateUnit. */
export interface SchedulePattern {
  readonly cron: string;
  readonly rate: { readonly value: number; readonly unit: number };
}

/** Undefined when it says nothing. Of an older client the expression stands in another field. Nobody, Flyte neither, reads the offset. */
export function patternOf(schedule: flyteidl.admin.Schedule.$Properties | null | undefined): SchedulePattern | undefined {
  const cron = schedule?.cronSchedule?.schedule || schedule?.cronExpression || "";
  const rate = { value: schedule?.rate?.value ?? 0, unit: schedule?.rate?.unit ?? MINUTE };
  if (cron !== "") return { cron, rate: { value: 0, unit: MINUTE } };
  return rate.value > 0 ? { cron, rate } : undefined;
}

/** Throws an Error with the text of Flyte's scheduler for what it cannot read. */
export function cadenceOf({ cron, rate }: SchedulePattern): Cadence {
  if (cron !== "") return parseCron(cron);
  const seconds = secondsOf[rate.unit];
  if (seconds === undefined) throw new Error(`unsupported unit ${rate.unit} for fixed rate scheduling`);
  return { kind: "delay", seconds: rate.value * seconds };
}
