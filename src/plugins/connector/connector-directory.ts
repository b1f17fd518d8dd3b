import type { ConnectorClient } from "../../ports/connector-client.ts";
import type { Clock } from "../../std/clock.ts";
import { messageOf } from "../../std/errors.ts";
import type { Logger } from "../../std/logger.ts";
import type { ConnectorConfig, ConnectorDeployment } from "./connector-config.ts";

/** Who runs a type of tasks, and how: at once while the caller waits, or as a job that is asked about. */
export interface Served<Server extends ConnectorClient = ConnectorClient> {
  readonly server: Server;
  readonly isSync: boolean;
}

interface Known<Server extends ConnectorClient> {
  readonly server: Server;
  /** `type version`; undefined before the first answer. */
  categories: ReadonlyMap<string, boolean> | undefined;
  /** Why the last question was not answered. */
  error: string | undefined;
  failures: number;
  cancel: () => void;
}

const soonest = 250;

const keyOf = (type: string, version: number): string => `${version} ${type}`;

/**
 * What the servers of connectors say they run. Each is asked at the start and again every so often, for it cannot tell by itself;
 * one that does not answer, sooner, with back-off, and what it said last holds meanwhile. Flyte: connector/client.go getConnectorRegistry,
 * which forgets what a server said that is away, and all but the last version of a type.
 */
export class ConnectorDirectory<Server extends ConnectorClient = ConnectorClient> {
  readonly #config: ConnectorConfig;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #known: readonly Known<Server>[];
  readonly #byName: ReadonlyMap<string, Known<Server>>;
  readonly #default: Known<Server> | undefined;
  readonly #listeners: (() => void)[] = [];
  #closed = false;

  constructor(
    config: ConnectorConfig,
    deps: { readonly open: (deployment: ConnectorDeployment) => Server; readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#config = config;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    const known = (deployment: ConnectorDeployment): Known<Server> => ({
      server: deps.open(deployment),
      categories: undefined,
      error: undefined,
      failures: 0,
      cancel: () => {},
    });
    this.#default = config.defaultConnector && known(config.defaultConnector);
    this.#byName = new Map(Object.entries(config.connectors).map(([name, deployment]) => [name, known(deployment)]));
    // The later of them wins.
    this.#known = [...(this.#default ? [this.#default] : []), ...this.#byName.values()];
  }

  start(): void {
    for (const each of this.#known) void this.#ask(each);
  }

  close(): void {
    this.#closed = true;
    for (const { cancel } of this.#known) cancel();
  }

  /** Called whenever a server has said something else than before. */
  subscribe(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Who runs tasks of this type and version; of a version that nobody names, the default connector, as a job. */
  find(type: string, version: number): Served<Server> | undefined {
    const named = this.#byName.get(this.#config.connectorForTaskTypes[type] ?? "");
    if (named) return { server: named.server, isSync: false };
    for (const { server, categories } of this.#known.toReversed()) {
      const isSync = categories?.get(keyOf(type, version));
      if (isSync !== undefined) return { server, isSync };
    }
    return this.#default && { server: this.#default.server, isSync: false };
  }

  /** Whether some server runs tasks of the type, in whatever version. */
  serves(type: string): boolean {
    if (Object.hasOwn(this.#config.connectorForTaskTypes, type) || this.#config.supportedTaskTypes.includes(type)) return true;
    return this.#known.some(({ categories }) => [...(categories?.keys() ?? [])].some((key) => key.slice(key.indexOf(" ") + 1) === type));
  }

  /** Servers that have never said what they run, and why; empty when all have. */
  get silent(): readonly string[] {
    return this.#known
      .filter(({ categories }) => categories === undefined)
      .map(
        ({ server, error }) => `the connector at ${server.endpoint} has not said what it runs${error === undefined ? "" : `: ${error}`}`,
      );
  }

  async #ask(known: Known<Server>): Promise<void> {
    const { server } = known;
    const before = known.categories;
    let isNews = false;
    try {
      known.categories = categoriesOf(await server.list());
      isNews = !before || !sameEntries(before, known.categories);
      known.failures = 0;
      known.error = undefined;
      if (isNews) {
        const types = [...known.categories.keys()].map((key) => key.slice(key.indexOf(" ") + 1));
        this.#logger.info("a connector runs types of tasks", { endpoint: server.endpoint, types });
      }
    } catch (thrown) {
      const error = messageOf(thrown).slice(0, 500);
      isNews = !before && known.error !== error;
      if (known.failures++ === 0) this.#logger.warn("a connector does not say what it runs", { endpoint: server.endpoint, error });
      known.error = error;
    }
    if (this.#closed) return;
    const { pollInterval } = this.#config;
    const delay = known.failures === 0 ? pollInterval : Math.min(pollInterval, soonest * 2 ** Math.min(known.failures - 1, 20));
    known.cancel = this.#clock.at(this.#clock.now() + delay, () => void this.#ask(known));
    if (isNews) for (const listener of this.#listeners) listener();
  }
}

function categoriesOf(agents: Awaited<ReturnType<ConnectorClient["list"]>>): Map<string, boolean> {
  const found = new Map<string, boolean>();
  for (const { isSync, supportedTaskTypes, supportedTaskCategories } of agents) {
    for (const type of supportedTaskTypes ?? []) found.set(keyOf(type, 0), isSync ?? false);
    for (const { name, version } of supportedTaskCategories ?? []) found.set(keyOf(name ?? "", version ?? 0), isSync ?? false);
  }
  return found;
}

const sameEntries = (one: ReadonlyMap<string, boolean>, two: ReadonlyMap<string, boolean>): boolean =>
  one.size === two.size && [...one].every(([key, value]) => two.get(key) === value);
