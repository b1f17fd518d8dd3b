import { spawn } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { freePortBase } from "../support/free-port-base.ts";
import { Home, startTestSandbox, testPython, type Endpoints } from "../support/test-sandbox.ts";

interface Failure {
  readonly ok: false;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string };
}

const version = (endpoints: Endpoints): Promise<number> =>
  fetch(`http://${endpoints.admin}/api/v1/version`).then(
    (reply) => reply.status,
    () => 0,
  );

describe("flyte sandbox", () => {
  test("start answers on all its ports, tells where, and start again is status", async () => {
    await using home = await Home.make();
    const base = await freePortBase();
    const started = await home.data<Endpoints>("sandbox", "start", "--port-base", String(base));
    expect(started).toEqual({
      name: "flyte",
      backend: "embedded",
      admin: `localhost:${base + 80}`,
      console: `http://localhost:${base + 80}/console`,
      blob: { endpoint: `http://localhost:${base + 2}`, accessKey: "minio", secretKey: "miniostorage", bucket: "my-s3-bucket" },
      dataDir: path.join(home.directory, ".flyte/sandboxes/flyte/data"),
      config: path.join(home.directory, ".flyte/sandboxes/flyte/config.yaml"),
      pid: started.pid,
    });
    for (const port of [base + 80, base + 81]) expect((await fetch(`http://127.0.0.1:${port}/api/v1/version`)).status).toBe(200);
    expect((await fetch(started.blob.endpoint)).status).toBe(403);
    expect((await fetch(started.console)).status).toBe(200);
    expect(await home.data<Endpoints>("sandbox", "start")).toEqual(started);
    expect((await stat(started.config)).mode & 0o777).toBe(0o600);

    const stopped = await home.flyte("sandbox", "stop");
    expect(stopped).toMatchObject({ code: 0, stdout: `Stopped "flyte"; its data is kept in ${started.dataDir}\n` });
    expect(await version(started)).toBe(0);
    expect(await home.data("sandbox", "status")).toMatchObject({ state: "stopped", endpoints: null });
    const again = await home.data<Endpoints>("sandbox", "start");
    expect(again).toEqual({ ...started, pid: again.pid });
  });

  test("everything listens on loopback only", async () => {
    await using home = await Home.make();
    const { pid } = await startTestSandbox(home);
    const listening = await home.run("/bin/sh", ["-c", "cat /proc/$0/net/tcp /proc/$0/net/tcp6", String(pid)]);
    const inodes = await Promise.all((await readdir(`/proc/${pid}/fd`)).map((fd) => home.run("readlink", [`/proc/${pid}/fd/${fd}`])));
    const own = new Set(inodes.map((ran) => /socket:\[(\d+)\]/.exec(ran.stdout)?.[1]));
    const addresses = listening.stdout
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === "0A" && own.has(fields[9]))
      .map((fields) => fields[1]?.split(":")[0]);
    expect(addresses.length).toBeGreaterThanOrEqual(3);
    expect(new Set(addresses)).toEqual(new Set(["0100007F"]));
  });

  test("a taken port is named with its holder and the flag that moves it", async () => {
    await using home = await Home.make();
    const base = await freePortBase();
    const holder = net.createServer().listen(base + 81, "127.0.0.1");
    try {
      const ran = await home.flyte("sandbox", "start", "--port-base", String(base), "--json");
      const answer = JSON.parse(ran.stdout) as Failure;
      expect(ran.code).toBe(3);
      expect(answer.error).toMatchObject({ code: "SANDBOX_PORT_TAKEN" });
      expect(answer.error.message).toMatch(new RegExp(`^port ${base + 81} is used by .+ \\(pid ${process.pid}\\)$`));
      expect(answer.error.hint).toContain("--port-base");
    } finally {
      holder.close();
    }
  });

  test("two starts at once bring up one daemon", async () => {
    await using home = await Home.make();
    const base = String(await freePortBase());
    const both = await Promise.all([1, 2].map(() => home.data<Endpoints>("sandbox", "start", "--port-base", base)));
    expect(both[0]).toEqual(both[1]);
  });

  test("a killed daemon leaves nothing that hinders the next start", async () => {
    await using home = await Home.make();
    const first = await startTestSandbox(home);
    process.kill(first.pid, "SIGKILL");
    const second = await home.data<Endpoints>("sandbox", "start");
    expect(second).toEqual({ ...first, pid: second.pid });
    expect(second.pid).not.toBe(first.pid);
  });

  test("a stale pid file of another process does not count as a running daemon", async () => {
    await using home = await Home.make();
    const first = await startTestSandbox(home);
    await home.flyte("sandbox", "stop");
    await writeFile(path.join(first.dataDir, "daemon.pid"), JSON.stringify({ pid: process.pid, identity: "1" }));
    const record = path.join(path.dirname(first.config), "sandbox.json");
    const kept = JSON.parse(await readFile(record, "utf8")) as { daemon: object };
    await writeFile(record, JSON.stringify({ ...kept, daemon: { pid: process.pid, identity: "1" } }));
    expect(await home.data("sandbox", "status")).toMatchObject({ state: "stopped" });
    expect((await home.data<Endpoints>("sandbox", "start")).pid).not.toBe(process.pid);
  });

  test("a data directory serves one sandbox at a time", async () => {
    await using home = await Home.make();
    const first = await startTestSandbox(home);
    const ran = await home.flyte(
      "sandbox",
      "start",
      "--name",
      "other",
      "--data-dir",
      first.dataDir,
      "--port-base",
      String(await freePortBase()),
      "--json",
    );
    expect(ran.code).toBe(3);
    expect((JSON.parse(ran.stdout) as Failure).error.code).toBe("DATA_DIR_LOCKED");
    expect(await version(first)).toBe(200);
  });

  test("a daemon older than its command line is told of", async () => {
    await using home = await Home.make();
    const first = await startTestSandbox(home);
    await home.flyte("sandbox", "stop");
    const daemonConfig = path.join(path.dirname(first.config), "daemon.json");
    const kept = JSON.parse(await readFile(daemonConfig, "utf8")) as object;
    await writeFile(daemonConfig, JSON.stringify({ ...kept, version: "0.0.1" }));
    // What an older package would have left running.
    const program = path.join(
      (await home.run("npm", ["root", "--global", "--prefix", path.dirname(home.env["PATH"]?.split(":")[1] ?? "")])).stdout.trim(),
      "flyte/bin/flyte-daemon.js",
    );
    const old = spawn(process.execPath, [program, daemonConfig], { stdio: ["ignore", "ignore", "ignore", "pipe"], env: home.env });
    try {
      await new Promise((resolve) => (old.stdio[3] as NodeJS.ReadableStream).once("data", resolve));
      const record = path.join(path.dirname(first.config), "sandbox.json");
      const stat = await readFile(`/proc/${old.pid}/stat`, "utf8");
      const identity = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
      await writeFile(
        record,
        JSON.stringify({ ...(JSON.parse(await readFile(record, "utf8")) as object), daemon: { pid: old.pid, identity } }),
      );
      const ran = await home.flyte("sandbox", "start");
      expect(ran.code).toBe(0);
      expect(ran.stderr).toMatch(/warning: The running engine is version 0\.0\.1, this command is \d/);
    } finally {
      old.kill("SIGKILL");
    }
  });

  test("an ephemeral sandbox leaves nothing at stop, and --delete-data works on a stopped one", async () => {
    await using home = await Home.make();
    const first = await startTestSandbox(home, "--ephemeral");
    expect(await home.data("sandbox", "stop")).toMatchObject({ stopped: true, dataDeleted: true });
    await expect(stat(path.dirname(first.config))).rejects.toMatchObject({ code: "ENOENT" });
    const second = await startTestSandbox(home);
    await home.flyte("sandbox", "stop");
    expect(await home.data("sandbox", "stop", "--delete-data")).toMatchObject({ stopped: false, dataDeleted: true });
    await expect(stat(second.dataDir)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("a disk without room is refused before anything starts", async () => {
    await using home = await Home.make();
    const disk = await mkdtemp(path.join(home.directory, "disk-"));
    // A file system of a megabyte, in a mount namespace of the command's own.
    const start = `mount -t tmpfs -o size=1m tmpfs "$0" && flyte sandbox start --data-dir "$0/data" --port-base ${await freePortBase()} --json`;
    const ran = await home.run("unshare", ["--user", "--map-root-user", "--mount", "/bin/sh", "-c", start, disk]);
    await rm(disk, { recursive: true });
    expect(ran.code, ran.stderr).toBe(3);
    expect((JSON.parse(ran.stdout) as Failure).error.code).toBe("SANDBOX_DISK_FULL");
  });

  test("--sandbox reaches no other deployment when that sandbox is stopped; a port in use is named with its sandbox", async () => {
    await using home = await Home.make();
    const base = await freePortBase();
    await home.data("sandbox", "start", "--name", "one", "--port-base", String(base));
    await home.flyte("sandbox", "stop", "--name", "one");
    await home.data("sandbox", "start", "--name", "two", "--port-base", String(base));
    for (const args of [
      ["get", "project"],
      ["terminate", "ex:flytesnacks:development:x"],
    ]) {
      const ran = await home.flyte(...args, "--sandbox=one", "--json");
      expect(ran.code).toBe(3);
      expect((JSON.parse(ran.stdout) as Failure).error).toMatchObject({
        code: "SANDBOX_STOPPED",
        hint: expect.stringContaining("--name one"),
      });
    }
    expect((await home.flyte("get", "project", "--sandbox=two")).code).toBe(0);
    const taken = await home.flyte("sandbox", "start", "--name", "one", "--json");
    expect((JSON.parse(taken.stdout) as Failure).error.message).toContain('is used by the sandbox "two"');
    const moved = await home.flyte("sandbox", "start", "--name", "two", "--port-base", String(base === 20_000 ? 20_100 : 20_000));
    expect(moved.stderr).toContain("It runs on other ports");
  });

  test("a HOME where nothing can be made ends at once, with what to do", async () => {
    await using home = await Home.make();
    // Node's own recursive mkdir never ends below /proc.
    const ran = await home.run("flyte", ["sandbox", "start", "--port-base", String(await freePortBase()), "--json"], {
      env: { HOME: "/proc/nope" },
    });
    expect(ran.code).toBe(3);
    expect((JSON.parse(ran.stdout) as Failure).error).toMatchObject({
      code: "SANDBOX_HOME_UNWRITABLE",
      hint: expect.stringContaining("HOME"),
    });
  });

  test("a sandbox that was never started, a bad name and a bad base are usage errors with a hint", async () => {
    await using home = await Home.make();
    for (const [args, code] of [
      [["status"], "SANDBOX_NOT_FOUND"],
      [["stop", "--name", "nobody"], "SANDBOX_NOT_FOUND"],
      [["start", "--name", "../x"], "SANDBOX_NAME_INVALID"],
      [["start", "--port-base", "99999"], "SANDBOX_PORT_BASE_INVALID"],
      [["start", "--database", "oracle://x"], "SANDBOX_DATABASE_UNAVAILABLE"],
      [["start", "--backend", "kind"], "SANDBOX_BACKEND_UNAVAILABLE"],
    ] as const) {
      const ran = await home.flyte("sandbox", ...args, "--json");
      expect((JSON.parse(ran.stdout) as Failure).error, args.join(" ")).toMatchObject({ code, hint: expect.stringMatching(/\w/) });
      expect(ran.code, args.join(" ")).toBe(2);
    }
  });

  test("logs shows what the engine wrote", async () => {
    await using home = await Home.make();
    await startTestSandbox(home);
    const ran = await home.flyte("sandbox", "logs");
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('"serving"');
  });
});

describe("the default ports", () => {
  test("belong to the first sandbox; a second name takes the next free block and says so", async () => {
    await using home = await Home.make();
    const first = await home.data<Endpoints>("sandbox", "start", "--python", testPython());
    expect(first.admin).toBe("localhost:30080");
    const ran = await home.flyte("sandbox", "start", "--name", "two", "--json");
    const second = (JSON.parse(ran.stdout) as { data: Endpoints }).data;
    expect(second).toMatchObject({ name: "two", admin: "localhost:30180", blob: { endpoint: "http://localhost:30102" } });
    expect(ran.stderr).toContain('"two" gets 30180, 30181 and 30102');
    expect(await version(first)).toBe(200);
    expect(await version(second)).toBe(200);
  });
});
