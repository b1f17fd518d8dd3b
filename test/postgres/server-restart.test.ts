import { expect, test } from "vitest";
import { systemClock } from "../../src/std/clock.ts";
import { openStores } from "../../src/stores/sql/open-stores.ts";
import { execution, project } from "../contract/state-rows.ts";
import { TestPostgres } from "../support/postgres.ts";

const spec = (name: string) => ({
  id: execution(name),
  closure: new Uint8Array(),
  executionSpec: new Uint8Array(),
  inputsUri: "",
  createdAt: 0,
});

test.for(["SIGINT", "SIGQUIT"] as const)("a server that ends by %s is UNAVAILABLE; back again, it goes on where it was", async (signal) => {
  await using server = await TestPostgres.start();
  const one = await openStores({ postgres: server.url(), clock: systemClock, holder: "propeller" });
  const two = await openStores({ postgres: server.url(), clock: systemClock });
  try {
    const heard = new Set<string>();
    let mayHaveMissed = false;
    one.state.watchedElsewhere((id) => (mayHaveMissed ||= id === undefined));
    one.workflows.subscribe(({ name }) => void heard.add(name));
    await two.workflows.create(spec("before"));
    await one.state.write((writer) => writer.projects.insert(project()));

    await server.down(signal);
    await expect(one.state.write((writer) => writer.projects.insert(project({ identifier: "lost" })))).rejects.toMatchObject({
      status: "UNAVAILABLE",
    });
    await expect(one.state.read.projects.get("p")).rejects.toMatchObject({ status: "UNAVAILABLE" });
    await expect(two.workflows.create(spec("lost"))).rejects.toMatchObject({ status: "UNAVAILABLE" });

    heard.clear();
    await server.up();
    // Created before the listening connection is back: it is told of all the same.
    await two.workflows.create(spec("after"));
    expect((await one.state.read.projects.get("p"))?.identifier).toBe("p");
    await one.state.write((writer) => writer.projects.insert(project({ identifier: "q" })));
    for (const deadline = Date.now() + 15_000; Date.now() < deadline && !heard.has("after");) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect([...heard].sort()).toEqual(["after", "before"]);
    expect(mayHaveMissed).toBe(true);
    expect((await one.workflows.listActive()).map(({ name }) => name)).toEqual(["before", "after"]);
  } finally {
    await Promise.all([one.close(), two.close()]);
  }
});
