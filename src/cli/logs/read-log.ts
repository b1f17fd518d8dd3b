import { FlyteError, messageOf } from "../../std/errors.ts";

export interface ReadLogOptions {
  /** Bytes that are known already. */
  readonly offset: number;
  /** Goes on to the end of the attempt, where the deployment can. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** The log is not there any more; the message is the deployment's. */
export class LogGone extends Error {
  override readonly name = "LogGone";
}

/**
 * A log from an offset on, in pieces; nothing when it has not been written so far, or too many are read at once. Throws LogGone, and
 * FlyteError LOG_UNREADABLE.
 */
export async function* readLog(uri: string, { offset, follow, signal }: ReadLogOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const { httpRequest } = await import("../transfer/http-request.ts");
  const failed = (error: unknown): FlyteError => {
    signal.throwIfAborted();
    return unreadable(uri, messageOf(error));
  };
  const url = new URL(uri);
  if (follow) url.searchParams.set("follow", "true");
  const reply = await httpRequest(url, { signal, ...(follow && { bodyTimeout: 0 }) }).catch((error: unknown) => {
    throw failed(error);
  });
  const { statusCode, body } = reply;
  // 404: the attempt has not written a line yet; 429: it is tried again when it is looked at again.
  if (statusCode === 404 || statusCode === 429) {
    await body.dump();
    return;
  }
  if (statusCode !== 200) {
    const why = (await body.text().catch(() => "")).trim().slice(0, 1000);
    if (statusCode === 410) throw new LogGone(why === "" ? "it is no longer kept" : why);
    const isText = String(reply.headers["content-type"]).startsWith("text/plain");
    throw unreadable(uri, isText && why !== "" ? why : `it was answered with HTTP ${statusCode}`);
  }
  let skip = offset;
  try {
    for await (const chunk of body) {
      const bytes = chunk as Uint8Array;
      if (skip < bytes.length) yield bytes.subarray(skip);
      skip = Math.max(0, skip - bytes.length);
    }
  } catch (error) {
    const failure = failed(error);
    // Whoever follows asks again for what is left.
    if (!follow) throw failure;
  }
}

/** LOG_UNREADABLE, for a log that is gone too. */
export function unreadable(uri: string, why: string): FlyteError {
  return new FlyteError({
    code: "LOG_UNREADABLE",
    blame: "deployment",
    message: `cannot read the log at ${uri}: ${why}`,
    hint: "see `flyte get task-execution` for other logs, and for an attempt's error, which has the end of its log",
    details: { uri },
  });
}
