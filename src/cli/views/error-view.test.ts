import { expect, test } from "vitest";
import { errorHeadline } from "./error-view.ts";

const trace =
  'Trace:\n\n    Traceback (most recent call last):\n      File "w.py", line 1, in t\n        raise ValueError()\n    ValueError: too large\n';

test.each([
  [`${trace}\nMessage:\n\n    ValueError: too large\n    second line\n`, "ValueError: too large"],
  [trace, "ValueError: too large"],
  ["one line\n\n", "one line"],
  [
    "[f-n0-0] terminated with exit code (1). Reason [Error]. Message: \nexec /bin/x: exec format error\n.",
    "exec /bin/x: exec format error",
  ],
  ["", ""],
])("%j is told by %j", (message, headline) => {
  expect(errorHeadline({ code: "c", kind: "USER", message })).toBe(headline);
});
