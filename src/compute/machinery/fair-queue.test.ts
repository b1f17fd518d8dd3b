import { expect, test } from "vitest";
import { FairQueue } from "./fair-queue.ts";

const item = (name: string) => ({ name, project: name.slice(0, 1), execution: name.slice(0, 2) });

function drain(queue: FairQueue<ReturnType<typeof item>>): string {
  const order: string[] = [];
  for (let next = queue.peek(); next; next = queue.peek()) {
    queue.take(next);
    order.push(next.name);
  }
  return order.join(" ");
}

function queueOf(names: string): FairQueue<ReturnType<typeof item>> {
  const queue = new FairQueue<ReturnType<typeof item>>();
  for (const name of names.split(" ")) queue.add(item(name));
  return queue;
}

test.each([
  ["ax1 ax2 ax3", "ax1 ax2 ax3"],
  ["ax1 ax2 ax3 bx1", "ax1 bx1 ax2 ax3"],
  ["ax1 ax2 ax3 ay1 ay2", "ax1 ay1 ax2 ay2 ax3"],
  ["ax1 ax2 ax3 ay1 by1 by2 cz1", "ax1 by1 cz1 ay1 by2 ax2 ax3"],
])("%s is served as %s", (arrivals, order) => {
  expect(drain(queueOf(arrivals))).toBe(order);
});

test("who comes late is served before those who were served already", () => {
  const queue = queueOf("ax1 ax2 ax3 ax4");
  for (let taken = 0; taken < 2; taken++) {
    const next = queue.peek();
    if (next) queue.take(next);
  }
  queue.add(item("bx1"));
  queue.add(item("ay1"));
  expect(drain(queue)).toBe("bx1 ay1 ax3 ax4");
});

test("what is deleted is not served", () => {
  const queue = queueOf("ax1 ax2 bx1");
  expect(queue.delete("ax1")).toBe(true);
  expect(queue.delete("ax1")).toBe(false);
  expect(drain(queue)).toBe("ax2 bx1");
});

test("twenty thousand that wait are served within a moment", () => {
  const names = Array.from({ length: 20_000 }, (_, index) => `ax${index}`);
  const before = performance.now();
  expect(drain(queueOf(names.join(" ")))).toBe(names.join(" "));
  // Looking at all of them for each that is served takes minutes.
  expect(performance.now() - before).toBeLessThan(3000);
});
