import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
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

/** `sandbox start --foreground`, as from a shell. */
function startForeground(home: Home, base: string, ...flags: string[]) {
  const args = ["sandbox", "start", "--foreground", "--port-base", base, ...flags];
  const child = home.begin("flyte", args);
  let text = "";
  let heard = (): void => undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      heard();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return {
    child,
    ended,
    text: () => text,
    said: (words: string): Promise<void> =>
      new Promise((resolve, reject) => {
        heard = () => text.includes(words) && resolve();
        heard();
        void ended.then((code) => reject(new Error(`it ended with ${code}: ${text}`)));
      }),
  };
}

describe("flyte sandbox", () => {
  test("start answers on all its ports, tells where, and start again is status", async () => {
    await using home = await Home.make();
    const base = await freePortBase();
    const started = await home.data<Endpoints>("sandbox", "start", "--port-base", String(base));
    expect(started).toEqual({
      name: "flyte",
      backend: "embedded",
      compute: "local",
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

  test("a start that is no cluster's reads neither what speaks to Docker and kind nor what draws steps", async () => {
    await using home = await Home.make();
    const file = path.join(home.directory, "read");
    // Of every Node process that is started: the bundles' files that it reads.
    const hook = `const fs = process.getBuiltinModule("node:fs"), { readFileSync, appendFileSync } = fs;
      fs.readFileSync = (name, ...rest) => (/dist[/]/.test(name) && appendFileSync(${JSON.stringify(file)}, name + ";"), readFileSync(name, ...rest));`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` };
    for (const args of [["--version"], ["sandbox", "start", "--port-base", String(await freePortBase())], ["sandbox", "status"]]) {
      const ran = await home.run("flyte", args, { env });
      expect(ran.code, ran.stderr).toBe(0);
    }
    const read = new Set((await readFile(file, "utf8")).split(";").map((name) => path.basename(name)));
    expect([...read]).toEqual(expect.arrayContaining(["main.cjs", "daemon.cjs"]));
    expect(read).not.toContain("cluster.cjs");
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

  test("starts at once bring up one daemon, also where none was before", async () => {
    for (let round = 0; round < 3; round++) {
      await using home = await Home.make();
      const base = String(await freePortBase());
      const all = await Promise.all([1, 2, 3, 4].map(() => home.data<Endpoints>("sandbox", "start", "--port-base", base)));
      expect(all.slice(1)).toEqual(all.slice(1).map(() => all[0]));
    }
  });

  test("starts at once of two names get blocks of ports of their own", async () => {
    await using home = await Home.make();
    // Neither has 30000 for itself alone: that belongs to the one called flyte.
    const both = await Promise.all(["one", "two"].map((name) => home.data<Endpoints>("sandbox", "start", "--name", name)));
    expect(new Set(both.map(({ admin }) => admin)).size).toBe(2);
    expect(await Promise.all(both.map(version))).toEqual([200, 200]);
  });

  test("a daemon whose start was killed before it wrote it down is taken on by the next start", async () => {
    await using home = await Home.make();
    const first = await startTestSandbox(home);
    const record = path.join(path.dirname(first.config), "sandbox.json");
    const { daemon: _lost, ...kept } = JSON.parse(await readFile(record, "utf8")) as { daemon: object };
    await writeFile(record, JSON.stringify(kept));
    expect(await home.data<Endpoints>("sandbox", "start")).toEqual(first);
    await rm(record);
    expect(await home.data<Endpoints>("sandbox", "start")).toEqual(first);
    expect(await home.data("sandbox", "status")).toMatchObject({ state: "running" });
  });

  test("--foreground shows the log, and Ctrl-C stops the sandbox", async () => {
    await using home = await Home.make();
    const foreground = startForeground(home, String(await freePortBase()));
    await foreground.said("admin:");
    const { endpoints } = await home.data<{ endpoints: Endpoints }>("sandbox", "status");
    expect(await version(endpoints)).toBe(200);
    foreground.child.kill("SIGINT");
    expect(await foreground.ended, foreground.text()).toBe(0);
    expect(foreground.text()).toContain('"serving"');
    expect(await version(endpoints)).toBe(0);
    expect(await home.data("sandbox", "status")).toMatchObject({ state: "stopped" });
  });

  test("--foreground ends when another command stops the sandbox, and fails when the daemon dies", async () => {
    await using home = await Home.make();
    const base = String(await freePortBase());
    for (const flags of [[], ["--ephemeral"]]) {
      const foreground = startForeground(home, base, ...flags);
      await foreground.said("admin:");
      expect(await home.data("sandbox", "stop")).toMatchObject({ stopped: true, dataDeleted: flags.length > 0 });
      expect(await foreground.ended, foreground.text()).toBe(0);
      expect(foreground.text()).not.toContain("error:");
    }
    const foreground = startForeground(home, base);
    await foreground.said("admin:");
    const { endpoints } = await home.data<{ endpoints: Endpoints }>("sandbox", "status");
    process.kill(endpoints.pid, "SIGKILL");
    expect(await foreground.ended, foreground.text()).toBe(3);
    expect(foreground.text()).toContain("ended without being told");
  });

  test("files with keys are their owner's alone, whatever mode they had", async () => {
    await using home = await Home.make();
    const { config } = await startTestSandbox(home);
    await home.flyte("sandbox", "stop");
    const files = ["daemon.json", "config.yaml", "sandbox.json"].map((name) => path.join(path.dirname(config), name));
    for (const file of files) await chmod(file, 0o644);
    await home.data("sandbox", "start");
    expect(await Promise.all(files.map(async (file) => (await stat(file)).mode & 0o777))).toEqual([0o600, 0o600, 0o600]);
  });

  test("a Python without flytekit is warned of, then told by status and doctor", async () => {
    await using home = await Home.make();
    const base = String(await freePortBase());
    const bare = path.join(home.directory, "bare");
    expect((await home.run(testPython(), ["-m", "venv", "--without-pip", bare])).code).toBe(0);
    const python = path.join(bare, "bin/python");
    const ran = await home.flyte("sandbox", "start", "--port-base", base, "--python", python);
    expect(ran.code).toBe(0);
    const warned = `${python} has no flytekit`;
    const status = async (): Promise<string> => (await home.flyte("sandbox", "status")).stdout;
    await expect.poll(status, { timeout: 10_000 }).toContain("no flytekit: Python tasks cannot run");
    expect((await home.flyte("sandbox", "start")).stderr).toContain(warned);
    expect((await home.flyte("doctor")).stdout).toContain("has no flytekit");
    await home.flyte("sandbox", "stop");
    expect((await home.flyte("sandbox", "start")).stderr).toContain(warned);
    await home.flyte("sandbox", "stop");
    expect((await home.flyte("sandbox", "start", "--python", testPython())).stderr).not.toContain("flytekit");
  });

  test("status of one names the others", async () => {
    await using home = await Home.make();
    await startTestSandbox(home);
    expect((await home.flyte("sandbox", "status")).stdout).not.toContain("--all");
    await home.data("sandbox", "start", "--name", "two", "--port-base", String(await freePortBase()));
    expect((await home.flyte("sandbox", "status")).stdout).toContain("others:       two (all of them: flyte sandbox status --all)");
  });

  test("an empty HOME is refused, and puts nothing into the working directory", async () => {
    await using home = await Home.make();
    const cwd = path.join(home.directory, "work");
    await mkdir(cwd);
    for (const args of [["start", "--port-base", String(await freePortBase())], ["status"], ["stop"], ["logs"]]) {
      const ran = await home.run("flyte", ["sandbox", ...args, "--json"], { cwd, env: { HOME: "" } });
      expect(ran.code, args.join(" ")).toBe(3);
      expect((JSON.parse(ran.stdout) as Failure).error).toMatchObject({ code: "HOME_MISSING", hint: expect.stringContaining("HOME") });
    }
    expect(await readdir(cwd)).toEqual([]);
  });

  test("a HOME that is no directory is told of in our words alone", async () => {
    await using home = await Home.make();
    const ran = await home.run("flyte", ["sandbox", "start"], { env: { HOME: "/dev/null" } });
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain("set HOME to a directory that you can write to");
    expect(ran.stderr).not.toContain("trace-warnings");
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
    const elsewhere = String(base === 20_000 ? 20_100 : 20_000);
    const moved = await home.flyte("sandbox", "start", "--name", "two", "--port-base", elsewhere, "--json");
    expect(moved.code).toBe(2);
    expect((JSON.parse(moved.stdout) as Failure).error).toEqual(
      expect.objectContaining({
        code: "SANDBOX_PORTS_FIXED",
        message: `"two" runs already, on localhost:${base + 80}, which is not what --port-base ${elsewhere} gives`,
        hint: `move it with: flyte sandbox stop --name two && flyte sandbox start --name two --port-base ${elsewhere}`,
      }),
    );
    expect((await home.flyte("sandbox", "start", "--name", "two", "--port-base", String(base))).code).toBe(0);
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
    ] as const) {
      const ran = await home.flyte("sandbox", ...args, "--json");
      expect((JSON.parse(ran.stdout) as Failure).error, args.join(" ")).toMatchObject({ code, hint: expect.stringMatching(/\w/) });
      expect(ran.code, args.join(" ")).toBe(2);
    }
  });

  test("without Docker a start on kind names where it looked, and what to do without", async () => {
    await using home = await Home.make();
    const socket = `unix://${path.join(home.directory, "docker.sock")}`;
    const ran = await home.run("flyte", ["sandbox", "start", "--backend", "kind", "--json"], { env: { DOCKER_HOST: socket } });
    expect(ran.code).toBe(3);
    expect((JSON.parse(ran.stdout) as Failure).error).toMatchObject({
      code: "SANDBOX_DOCKER_UNREACHABLE",
      message: expect.stringContaining(`${socket} (DOCKER_HOST): connect ENOENT`),
      hint: expect.stringContaining("flyte sandbox start --backend embedded"),
    });
  });

  test("logs shows what the engine wrote", async () => {
    await using home = await Home.make();
    await startTestSandbox(home);
    const ran = await home.flyte("sandbox", "logs");
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('"serving"');
  });

  test("logs whose file is gone say so; followed, they end", async () => {
    await using home = await Home.make();
    const { config } = await startTestSandbox(home);
    const logs = path.join(path.dirname(config), "logs");
    const follow = home.begin("flyte", ["sandbox", "logs", "-f"]);
    let stderr = "";
    follow.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    const ended = once(follow, "exit");
    await once(follow.stdout, "data");
    await rm(logs, { recursive: true });
    expect(await ended).toEqual([0, null]);
    expect(stderr).toBe("");
    for (const flags of [[], ["-f"]]) {
      const ran = await home.flyte("sandbox", "logs", ...flags, "--json");
      expect(ran.code).toBe(3);
      expect((JSON.parse(ran.stdout) as Failure).error).toMatchObject({ code: "SANDBOX_LOG_MISSING" });
    }
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
    const events = ran.stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly type: string; readonly message: string });
    expect(events).toContainEqual({ type: "warning", message: expect.stringContaining('"two" gets 30180, 30181 and 30102') });
    expect(await version(first)).toBe(200);
    expect(await version(second)).toBe(200);
  });
});
