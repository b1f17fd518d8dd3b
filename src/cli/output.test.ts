import { expect, test } from "vitest";
import { FlyteError } from "../std/errors.ts";
import { renderAnswer } from "./output.ts";

const answer = {
  data: { n: 1, text: "a: b" },
  text: (width: number | undefined) => `for people at ${width}\n`,
  urns: ["ex:p:d:a", "ex:p:d:b"],
};
const failure = new FlyteError({ code: "X", blame: "deployment", message: "m", hint: "h" });

test.each([
  ["table", false, "for people at 80\n"],
  ["json", false, '{\n  "n": 1,\n  "text": "a: b"\n}\n'],
  ["yaml", false, 'n: 1\ntext: "a: b"\n'],
  ["urn", false, "ex:p:d:a\nex:p:d:b\n"],
  ["table", true, '{\n  "ok": true,\n  "data": {\n    "n": 1,\n    "text": "a: b"\n  }\n}\n'],
] as const)("-o %s, with the envelope %s", async (format, envelope, text) => {
  expect(await renderAnswer(answer, { format, envelope, width: 80 })).toEqual({ text });
});

test("costly data is made only for the forms that print it", async () => {
  let made = 0;
  const costly = {
    ...answer,
    data: async () => {
      made++;
      return { late: true };
    },
  };
  await renderAnswer(costly, { format: "table", envelope: false, width: undefined });
  await renderAnswer(costly, { format: "urn", envelope: false, width: undefined });
  expect(made).toBe(0);
  expect(await renderAnswer(costly, { format: "yaml", envelope: false, width: undefined })).toEqual({ text: "late: true\n" });
  expect(made).toBe(1);
});

test("an answer that failed in part is printed, but with the envelope the error stands alone", async () => {
  expect(await renderAnswer({ ...answer, failure }, { format: "urn", envelope: false, width: 80 })).toEqual({
    text: "ex:p:d:a\nex:p:d:b\n",
    failure,
  });
  expect(await renderAnswer({ ...answer, failure }, { format: "table", envelope: true, width: 80 })).toEqual({ text: "", failure });
});

test("an answer without URNs refuses -o urn", async () => {
  await expect(renderAnswer({ data: {}, text: () => "" }, { format: "urn", envelope: false, width: 80 })).rejects.toMatchObject({
    code: "OUTPUT_UNSUPPORTED",
    blame: "usage",
  });
});
