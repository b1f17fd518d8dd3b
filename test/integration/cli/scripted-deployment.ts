import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startGateway } from "../../../src/engine/gateway/start-gateway.ts";
import type { CallContext } from "../../../src/engine/service.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { seededRandom } from "../../../src/std/random.ts";

type Handler = (request: never) => Promise<Uint8Array>;

export interface ScriptedDeployment extends AsyncDisposable {
  readonly endpoint: string;
  /** Names of the calls, in order. */
  readonly calls: { readonly method: string; readonly request: unknown }[];
  /** What was PUT, by path. */
  readonly puts: Map<string, Buffer>;
}

/** A gateway that answers AdminService as told, takes uploads on a port of its own, and remembers both. */
export async function scriptedDeployment(admin: Readonly<Record<string, Handler>>): Promise<ScriptedDeployment> {
  const calls: { method: string; request: unknown }[] = [];
  const puts = new Map<string, Buffer>();
  const objects = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      puts.set(request.url ?? "", Buffer.concat(chunks));
      response.statusCode = request.headers["x-signed"] === "yes" ? 200 : 403;
      response.end();
    });
  });
  await new Promise<void>((resolve) => objects.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(objects.address() as AddressInfo).port}`;
  const recorded = (method: string, handler: Handler) => async (request: never, _context: CallContext) => {
    calls.push({ method, request });
    return handler(request);
  };
  const upload: Handler = async (request: flyteidl.service.CreateUploadLocationRequest.$Properties) =>
    flyteidl.service.CreateUploadLocationResponse.encode({
      signedUrl: `${base}/up/${request.filename}?secret=1`,
      nativeUrl: `s3://bucket/${request.filename}`,
      headers: { "X-Signed": "yes", "Content-MD5": Buffer.from(request.contentMd5 ?? []).toString("base64") },
    }).finish();
  const gateway = await startGateway({
    services: [
      {
        service: "flyteidl.service.AdminService",
        unary: Object.fromEntries(Object.entries(admin).map(([name, handler]) => [name, recorded(name, handler)])),
      },
      { service: "flyteidl.service.DataProxyService", unary: { CreateUploadLocation: recorded("CreateUploadLocation", upload) } },
    ],
    ports: [0],
    host: "127.0.0.1",
    health: { serving: () => true, onChange: () => () => undefined },
    allowedOrigins: [],
    allowedHosts: [],
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    clock: systemClock,
    random: seededRandom(1),
    version: "0",
  });
  return {
    endpoint: `127.0.0.1:${gateway.ports[0]}`,
    calls,
    puts,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      objects.closeAllConnections();
      await new Promise((resolve) => objects.close(resolve));
    },
  };
}
