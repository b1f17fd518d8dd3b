/** One line of `flyte doctor`. */
export interface Check {
  readonly name: string;
  /** problem: something will not work. warning: it may surprise. */
  readonly status: "ok" | "warning" | "problem";
  readonly detail: string;
  /** What to type or change; null when there is nothing to do. */
  readonly hint: string | null;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export const ok = (name: string, detail: string, hint: string | null = null): Check => ({ name, status: "ok", detail, hint });
export const warning = (name: string, detail: string, hint: string): Check => ({ name, status: "warning", detail, hint });
export const problem = (name: string, detail: string, hint: string): Check => ({ name, status: "problem", detail, hint });
