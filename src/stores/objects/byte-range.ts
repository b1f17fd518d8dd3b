import type { ByteRange } from "../../ports/blob-store.ts";
import { S3Error } from "./s3-error.ts";

/** The one range of a Range header within an object; undefined (the whole) for no header, several ranges and other units. Throws InvalidRange. */
export function readByteRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "") ?? [];
  if (from === undefined || to === undefined || (from === "" && to === "")) return undefined;
  const first = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== "" && to !== "" && Number(to) < Number(from)) return undefined;
  if (first > last) throw new S3Error("InvalidRange", "The requested range is not satisfiable", { "content-range": `bytes */${size}` });
  return { first, last };
}
