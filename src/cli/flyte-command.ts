import { Command } from "@oclif/core/command";
import * as Flags from "@oclif/core/flags";
import type { Input, ParserOutput } from "@oclif/core/interfaces";
import type { Answer } from "./answer.ts";
import { interruptSignal } from "./interrupted.ts";
import type { OutputFormat } from "./output.ts";
import { outputFormats, renderAnswer } from "./output.ts";
import { plainText } from "./plain-text.ts";

type Values = Record<string, unknown>;

interface GivenOutput {
  readonly json?: boolean;
  readonly output?: OutputFormat;
  readonly quiet?: boolean;
}

/**
 * The base of every command: `run` returns an Answer (or throws), and this prints it to stdout in the form the flags ask
 * for. Everything else, by `progress` and `warning`, goes to stderr. Errors are printed by main.ts.
 */
export abstract class FlyteCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({ summary: 'Print {"ok":true,"data":…} or {"ok":false,"error":…}.', helpGroup: "GLOBAL", exclusive: ["output"] }),
    output: Flags.option({ options: outputFormats, char: "o", summary: "Print the answer in this form.", helpGroup: "GLOBAL" })({
      default: "table",
    }),
    quiet: Flags.boolean({ summary: "No progress on stderr, only warnings and errors.", char: "q", helpGroup: "GLOBAL" }),
  };

  #interrupt: ReturnType<typeof interruptSignal> | undefined;
  #output: GivenOutput = {};

  abstract override run(): Promise<Answer>;

  /** Whether --json was given. */
  protected get envelope(): boolean {
    return this.#output.json === true;
  }

  /** What -o asks for. */
  protected get format(): OutputFormat {
    return this.#output.output ?? "table";
  }

  /** Aborted by Ctrl-C; a command that waits listens to it and throws its reason. */
  protected get signal(): AbortSignal {
    this.#interrupt ??= interruptSignal();
    return this.#interrupt.signal;
  }

  /** A line for people on stderr, unless --quiet. */
  protected progress(line: string): void {
    if (!this.#output.quiet) process.stderr.write(`${plainText(line)}\n`);
  }

  protected warning(line: string): void {
    process.stderr.write(`warning: ${plainText(line)}\n`);
  }

  protected override async parse<F extends Values, B extends Values, A extends Values>(
    options?: Input<F, B, A>,
    argv?: string[],
  ): Promise<ParserOutput<F, B, A>> {
    const input = options ?? (this.ctor as unknown as Input<F, B, A>);
    const parsed = await super.parse(withoutStdin(input), argv);
    this.#output = parsed.flags as GivenOutput;
    return parsed;
  }

  protected override async catch(error: Error): Promise<never> {
    throw error;
  }

  protected override async finally(): Promise<void> {
    this.#interrupt?.stop();
  }

  protected override async _run<T>(): Promise<T> {
    const answer = await super._run<Answer>();
    const { text, failure } = await renderAnswer(answer, {
      format: this.format,
      envelope: this.envelope,
      // A terminal that does not know its size says 0.
      width: (process.stdout.isTTY && process.stdout.columns) || undefined,
    });
    // On a terminal a control character of what a deployment sent would be obeyed.
    process.stdout.write(process.stdout.isTTY ? plainText(text) : text);
    if (answer.note !== undefined && this.format === "table" && !this.envelope) this.progress(`note: ${answer.note}`);
    if (failure) throw failure;
    return answer as T;
  }
}

/** oclif takes an argument that is left out from stdin, for which it waits: a loop's own input, or what --inputs-file - reads. */
function withoutStdin<F extends Values, B extends Values, A extends Values>(input: Input<F, B, A>): Input<F, B, A> {
  const args = Object.fromEntries(
    Object.entries(input.args ?? {}).map(([name, arg]) => [name, Object.assign({}, arg, { ignoreStdin: true })]),
  );
  return { ...input, args: args as Input<F, B, A>["args"], flags: input.flags, baseFlags: input.baseFlags };
}
