import { expect, test } from "vitest";
import { engineFailure } from "./engine-failure.ts";

const refused = (statusCode: number, message: string): Error =>
  Object.assign(new Error(`(HTTP code ${statusCode}) server error - ${message} `), { statusCode });
const broken = (code: string, message = code): Error => Object.assign(new Error(message), { code });

test.each([
  [broken("ECONNREFUSED"), "AWAY"],
  [broken("ENOENT"), "AWAY"],
  [broken("ECONNRESET", "socket hang up"), "AWAY"],
  [new Error("aborted"), "AWAY"],
  [refused(500, "write /var/lib/docker: no space left on device"), "FULL"],
  [new Error("failed to register layer: no space left on device"), "FULL"],
  [refused(404, "No such image: x"), "ABSENT"],
  [refused(409, "is already in use"), "TAKEN"],
  [refused(400, "bad"), "REFUSED"],
  [refused(500, "dial tcp: lookup registry: no such host"), "OTHER"],
  [new Error("manifest unknown"), "OTHER"],
] as const)("%s is %s", (error, kind) => {
  expect(engineFailure(error).kind).toBe(kind);
});

test("the engine's words are told without the library's", () => {
  expect(engineFailure(refused(409, "the name is in use")).message).toBe("the name is in use");
});
