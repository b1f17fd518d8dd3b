import { flyteidl } from "../../../idl/flyteidl.ts";

/** Lists show so many bytes of an error's message, or the few more that its last character needs. */
const shownBytes = 100;

interface WithError {
  error?: flyteidl.core.ExecutionError.$Properties | null;
}
interface ClosureType<T> {
  decode(bytes: Uint8Array): T;
  encode(message: T): { finish(): Uint8Array };
}

/** An encoded closure as lists show it; the same bytes when its message is short. */
function trimError<T extends WithError>(type: ClosureType<T>, closure: Uint8Array): Uint8Array {
  if (closure.length <= shownBytes) return closure;
  const decoded = type.decode(closure);
  const message = decoded.error?.message ?? "";
  if (decoded.error == null || Buffer.byteLength(message) <= shownBytes) return closure;
  decoded.error.message = prefixOf(message);
  return type.encode(decoded).finish();
}

/** The shortest prefix of at least 100 bytes that ends between characters. */
function prefixOf(message: string): string {
  let size = 0;
  let prefix = "";
  for (const character of message) {
    if (size >= shownBytes) break;
    prefix += character;
    size += Buffer.byteLength(character);
  }
  return prefix;
}

export const trimExecutionError = (closure: Uint8Array): Uint8Array => trimError(flyteidl.admin.ExecutionClosure, closure);
export const trimNodeExecutionError = (closure: Uint8Array): Uint8Array => trimError(flyteidl.admin.NodeExecutionClosure, closure);
export const trimTaskExecutionError = (closure: Uint8Array): Uint8Array => trimError(flyteidl.admin.TaskExecutionClosure, closure);
