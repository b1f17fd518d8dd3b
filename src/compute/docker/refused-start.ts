import type { EndRecord } from "../machinery/attempt-files.ts";

export interface StartContext {
  readonly image: string;
  readonly program: string;
  /** `linux/arm64` of the image, and of the engine; undefined where unknown. */
  readonly imagePlatform: string | undefined;
  readonly enginePlatform: string;
}

const notFound = /executable file not found|no such file or directory/i;
/** What Docker's first process says when it cannot execute the task's. */
const initFailure = /^\[FATAL [^\]]*\] exec (.+) failed: (.+)$/m;

/** How Docker's first process says, at the very beginning of a log, that there is no such program; undefined when it did not. */
export function initRefusal(exitCode: number, log: string): string | undefined {
  if (exitCode !== 126 && exitCode !== 127) return undefined;
  const [line, program, why] = initFailure.exec(log) ?? [];
  return line === undefined || !log.startsWith(line) ? undefined : `exec ${program}: ${why}`;
}

/** The end of an attempt whose container could not begin: `said` are Docker's words. */
export function refusedStart(said: string, context: StartContext): EndRecord {
  const { image, program, imagePlatform, enginePlatform } = context;
  if (/exec format error/i.test(said) || (imagePlatform !== undefined && imagePlatform !== enginePlatform && notFound.test(said))) {
    return {
      refused: `image "${image}" is for ${imagePlatform ?? "another architecture"}, and this Docker engine runs ${enginePlatform}: ${said}`,
      hint: `build it for ${enginePlatform}: docker build --platform ${enginePlatform}`,
    };
  }
  if (notFound.test(said) || /permission denied/i.test(said)) {
    return {
      refused: `program ${JSON.stringify(program)} cannot be executed in image "${image}": ${said}`,
      hint: "name a program that the image has, or take an image that has it",
    };
  }
  return { refused: said, hint: `see that this works: docker run --rm ${image} ${program}`.trim() };
}
