import { expect, test } from "vitest";
import { StatusError } from "../../idl/status.ts";
import { withWholeErrors } from "./whole-errors.ts";

const view = (id: number, message: string | null) => ({ id, error: message === null ? null : { code: "c", kind: "USER", message } });

test("only errors that a list has cut are asked for, in bytes, and stay in their places", async () => {
  const asked: number[] = [];
  const views = [view(0, null), view(1, "short"), view(2, "x".repeat(100)), view(3, "é".repeat(50)), view(4, "x".repeat(99))];
  const whole = await withWholeErrors(views, async ({ id }) => {
    asked.push(id);
    return view(id, "whole");
  });
  expect(asked).toEqual([2, 3]);
  expect(whole.map(({ error }) => error?.message)).toEqual([undefined, "short", "whole", "whole", "x".repeat(99)]);
});

test("what is gone meanwhile keeps what the list said; other refusals are thrown; a hundred are asked for at most", async () => {
  const cut = "x".repeat(100);
  const gone = await withWholeErrors([view(1, cut)], async () => Promise.reject(new StatusError("NOT_FOUND", "gone")));
  expect(gone[0]?.error?.message).toBe(cut);
  await expect(withWholeErrors([view(1, cut)], async () => Promise.reject(new StatusError("INTERNAL", "no")))).rejects.toThrow("no");
  let asked = 0;
  await withWholeErrors(
    Array.from({ length: 300 }, (_, id) => view(id, cut)),
    async ({ id }) => {
      asked++;
      return view(id, "whole");
    },
  );
  expect(asked).toBe(100);
});
