import { FlyteError, messageOf } from "../../std/errors.ts";

/** A log from `offset` on, in pieces; nothing when it has not been written so far. FlyteError LOG_UNREADABLE. */
export async function* readLog(uri: string, offset: number, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const { httpRequest } = await import("../transfer/http-request.ts");
  const reply = await httpRequest(uri, { signal, headers: offset > 0 ? { range: `bytes=${offset}-` } : {} }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw unreadable(uri, messageOf(error));
  });
  const { statusCode, body } = reply;
  // 404: the attempt has not written a line yet; 416: no line since.
  if (statusCode === 404 || statusCode === 416) {
    await body.dump();
    return undefined;
  }
  if (statusCode === 410) {
    const why = (await body.text()).trim().slice(0, 500);
    throw unreadable(uri, why === "" ? "it is no longer kept" : why);
  }
  if (statusCode !== 200 && statusCode !== 206) {
    await body.dump();
    throw unreadable(uri, `it was answered with HTTP ${statusCode}`);
  }
  let skip = statusCode === 206 ? 0 : offset;
  for await (const chunk of body) {
    const bytes = chunk as Uint8Array;
    if (skip < bytes.length) yield bytes.subarray(skip);
    skip = Math.max(0, skip - bytes.length);
  }
}

function unreadable(uri: string, why: string): FlyteError {
  return new FlyteError({
    code: "LOG_UNREADABLE",
    blame: "deployment",
    message: `cannot read the log at ${uri}: ${why}`,
    hint: "open the address in a browser, or see `flyte get task-execution` for others",
    details: { uri },
  });
}
