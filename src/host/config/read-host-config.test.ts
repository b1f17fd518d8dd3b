import { expect, test } from "vitest";
import { InvalidValue } from "./reader.ts";
import { readHostConfig } from "./read-host-config.ts";

const files = { store: "files", port: 30_002, accessKey: "a", secretKey: "b" };
const least = { name: "n", dataDir: "/d", ports: [30_080], objects: files };
const read = (content: unknown, env: Record<string, string> = {}, contents: Record<string, string> = {}) =>
  readHostConfig(content, {
    env,
    readFile(path) {
      const found = contents[path];
      if (found === undefined) throw new Error(`ENOENT: ${path}`);
      return found;
    },
  });
const problemsOf = (content: unknown): readonly string[] => {
  try {
    read(content);
  } catch (thrown) {
    if (thrown instanceof InvalidValue) return thrown.problems;
    throw thrown;
  }
  return [];
};

test("the least there may be is taken as it stands", () => {
  expect(read(least)).toEqual(least);
});

test("secrets come from the file itself, the environment or a file", () => {
  const content = {
    ...least,
    database: { env: "DB" },
    objects: { store: "s3", bucket: "my-s3-bucket", accessKey: "plain", secretKey: { file: "/key" } },
  };
  expect(read(content, { DB: "postgres://u:p@h/d" }, { "/key": "from a file\n" })).toMatchObject({
    database: "postgres://u:p@h/d",
    objects: { accessKey: "plain", secretKey: "from a file" },
  });
});

test("a plugin module is a name, or a mapping with its own settings", () => {
  const plugins = {
    modules: ["./one", { module: "two", config: { any: [1] } }],
    enabled: ["container"],
    defaultForTaskTypes: { spark: "two" },
  };
  expect(read({ ...least, plugins }).plugins).toEqual({
    ...plugins,
    modules: [{ module: "./one" }, { module: "two", config: { any: [1] } }],
  });
});

test("connectors have Flyte's defaults where nothing else is said", () => {
  const connector = {
    defaultConnector: { endpoint: "localhost:8000", defaultServiceConfig: '{"loadBalancingConfig": [{"round_robin":{}}]}' },
    connectors: { warehouse: { endpoint: "warehouse:443", timeouts: { GetTask: 500 } } },
    connectorForTaskTypes: { snowflake: "warehouse" },
    resourceConstraints: { project: 7 },
  };
  expect(read({ ...least, plugins: { connector } }).plugins?.connector).toEqual({
    defaultConnector: { endpoint: "localhost:8000", insecure: true, timeouts: {}, defaultTimeout: 10_000 },
    connectors: { warehouse: { endpoint: "warehouse:443", insecure: false, timeouts: { GetTask: 500 }, defaultTimeout: 10_000 } },
    connectorForTaskTypes: { snowflake: "warehouse" },
    resourceConstraints: { project: 7, namespace: 50 },
  });
});

const withConnector = (connector: object): object => ({ ...least, plugins: { connector } });
const endpoint = "localhost:8000";

test.for([
  {
    content: withConnector({ defaultConnector: { endpoint: "localhost" } }),
    problems: ['plugins.connector.defaultConnector.endpoint: "localhost" is not host:port'],
  },
  { content: withConnector({}), problems: ["plugins.connector: neither defaultConnector nor connectors says where one is"] },
  {
    content: withConnector({ defaultConnector: { endpoint }, connectorForTaskTypes: { t: "x" } }),
    problems: ["plugins.connector.connectorForTaskTypes.t: there is no x in connectors"],
  },
  {
    content: withConnector({ defaultConnector: { endpoint, timeouts: { Create: 1 } } }),
    problems: [expect.stringMatching(/^plugins\.connector\.defaultConnector\.timeouts\.Create: there is no such key/)],
  },
  {
    content: withConnector({ defaultConnector: { endpoint, defaultServiceConfig: '{"methodConfig":[]}' } }),
    problems: ["plugins.connector.defaultConnector.defaultServiceConfig: methodConfig cannot be heeded; time-outs stand in timeouts"],
  },
  {
    content: withConnector({ defaultConnector: { endpoint }, resourceQuota: 0 }),
    problems: ["plugins.connector.resourceQuota: 0 is not a whole number from 1 to 1000000"],
  },
  { content: { ...least, plugins: { modules: [{ config: 1 }, 7] } }, problems: ["plugins.modules[0].module: it must be given"] },
  { content: 7, problems: ["the file: 7 is not a mapping"] },
  {
    content: {},
    problems: ["name: it must be given", "dataDir: it must be given", "ports: it must be given", "objects: it must be given"],
  },
  { content: { ...least, prots: [1] }, problems: ["prots: there is no such key; did you mean ports?"] },
  {
    content: { ...least, limits: { zzzzzz: 1 } },
    problems: [expect.stringMatching(/^limits\.zzzzzz: there is no such key; known here: maxWork/)],
  },
  { content: { ...least, ports: [] }, problems: ["ports: a list is not a list that is not empty"] },
  { content: { ...least, ports: [1, "2"] }, problems: ['ports[1]: "2" is not a whole number from 1 to 65535'] },
  { content: { ...least, roles: ["admni"] }, problems: ['roles[0]: "admni" is not one of admin, propeller, datacatalog, scheduler'] },
  { content: { ...least, host: "pod" }, problems: ['host: "pod" is not an IP address'] },
  {
    content: { ...least, host: "0.0.0.0" },
    problems: ["host: whoever reaches the port may run code here; beyond 127.0.0.1 only where tasks are pods (kubernetes)"],
  },
  { content: { ...least, host: "127.0.0.2" }, problems: [] },
  { content: { ...least, host: "0.0.0.0", kubernetes: {} }, problems: [] },
  { content: { ...least, docker: { ports: { admin: 1, objects: 2 } } }, problems: [] },
  {
    content: { ...least, docker: { address: "here" } },
    problems: ['docker.address: "here" is not the address of a Docker engine', "docker.ports: it must be given"],
  },
  {
    content: { ...least, kubernetes: {}, docker: { ports: { admin: 1, objects: 2 } } },
    problems: ["docker: tasks are pods where kubernetes is given"],
  },
  {
    content: { ...least, database: "postgres://h/d", roles: ["admin"], docker: { ports: { admin: 1, objects: 2 } } },
    problems: ["docker: its containers reach admin by this process, so all roles must run here"],
  },
  { content: { ...least, warm: "yes" }, problems: ['warm: "yes" is not true or false'] },
  { content: { ...least, logLevel: "debug" }, problems: ['logLevel: "debug" is not one of info, warn, error'] },
  { content: { ...least, objects: { ...files, store: "gcs" } }, problems: ['objects.store: "gcs" is not one of files, s3'] },
  { content: { ...least, objects: {} }, problems: ["objects.store: nothing is not one of files, s3"] },
  {
    content: { ...least, limits: { maxParallelism: -1, taskResources: { limits: { cpu: "much" } } } },
    problems: [
      "limits.maxParallelism: -1 is not a whole number from 0 to 9007199254740991",
      'limits.taskResources.limits.cpu: "much" is not a quantity such as "500m", "2" or "1Gi"',
    ],
  },
  {
    content: {
      ...least,
      objects: { store: "s3", bucket: "B", endpoint: "minio:9000", accessKey: { env: "A" }, secretKey: { file: "/f" } },
    },
    problems: [
      'objects.endpoint: "minio:9000" is not a URL such as http://minio:9000, without a path',
      'objects.bucket: "B" is not a bucket\'s name',
      "objects.accessKey: the environment has no A",
      "objects.secretKey: ENOENT: /f",
    ],
  },
  {
    content: { ...least, roles: ["propeller"] },
    problems: [
      "database: it must be given, since not all roles run here: they share their tables in Postgres",
      "links: it must be given, since propeller runs apart from admin or the datacatalog",
    ],
  },
  {
    content: { ...least, database: "postgres://h/d", roles: ["propeller"], links: { admin: "a:1" } },
    problems: ["links.catalog: it must be given, since propeller runs apart from the datacatalog"],
  },
  {
    content: { ...least, database: "postgres://h/d", roles: ["scheduler"] },
    problems: ["links: it must be given, since the scheduler runs apart from admin"],
  },
  { content: { ...least, roles: ["admin", "propeller", "datacatalog"] }, problems: [] },
  { content: { ...least, database: "postgres://h/d", roles: ["scheduler"], links: { admin: "a:1" } }, problems: [] },
  {
    content: { ...least, scheduler: { timeZone: "Mars/Base", burst: 0 } },
    problems: [
      'scheduler.timeZone: "Mars/Base" is not a time zone such as Europe/Berlin',
      "scheduler.burst: 0 is not a whole number from 1 to 100000",
    ],
  },
])("$problems", ({ content, problems }) => {
  expect(problemsOf(content)).toEqual(problems);
});

test("what may be a secret is never shown", () => {
  const hidden = ["hunter2-password", 471_147];
  for (const bad of hidden) {
    const objects = { ...files, accessKey: [bad], secretKey: { value: bad } };
    const text = problemsOf({ ...least, database: bad, objects }).join("\n");
    expect(text).toMatch(/database: .*\nobjects\.accessKey: .*\nobjects\.secretKey: /s);
    expect(text).not.toContain(String(bad));
  }
});
