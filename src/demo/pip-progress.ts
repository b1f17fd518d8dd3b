/**
 * What to tell of a pip that works: its own lines that say what it is at, at most one a second, each with the time since the
 * beginning; and, when it says nothing for ten seconds, that it still works. Times are milliseconds since the epoch.
 */
export class PipProgress {
  readonly #began: number;
  #told: number;
  #doing = "setting up";

  constructor(now: number) {
    this.#began = now;
    this.#told = now;
  }

  /** The line to show for a line of pip's, if any. */
  line(text: string, now: number): string | undefined {
    const doing = doingOf(text);
    if (doing === undefined) return undefined;
    const isStep = doing.startsWith("installing");
    this.#doing = doing;
    return now - this.#told >= 1000 || isStep ? this.#tell(doing, now) : undefined;
  }

  /** The line to show at a moment when pip has said nothing. */
  beat(now: number): string | undefined {
    return now - this.#told >= beatMs ? this.#tell(`still ${this.#doing}`, now) : undefined;
  }

  #tell(text: string, now: number): string {
    this.#told = now;
    return `  ${String(Math.round((now - this.#began) / 1000)).padStart(3)} s  ${text}`;
  }
}

/** How long pip may be silent. */
export const beatMs = 10_000;

function doingOf(text: string): string | undefined {
  const [, collected] = /^Collecting ([^\s(]+)/.exec(text) ?? [];
  if (collected) return `collecting ${collected}`;
  const [, name, size] = /^\s*Downloading (\S+)(?: \(([^)]*)\))?/.exec(text) ?? [];
  if (name) return `downloading ${name.replace(/^.*\//, "").replace(/\.metadata$/, "")}${size ? ` (${size})` : ""}`;
  const [, built] = /^\s*Building wheels? for (\S+)/.exec(text) ?? [];
  if (built) return `building ${built}`;
  const [, installed] = /^Installing collected packages: (.*)/.exec(text) ?? [];
  return installed ? `installing ${installed.split(",").length} packages` : undefined;
}
