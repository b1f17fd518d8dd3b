import { FlyteError, messageOf } from "../std/errors.ts";

const tlsCodes = /^(ERR_SSL|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|CERT_|ERR_HTTP2)|EPROTO|WRONG_VERSION/;

/** Nothing that speaks Flyte answers at `endpoint`: why, and what to try, from the system's error. */
export function unreachable(endpoint: string, insecure: boolean, cause: unknown): FlyteError {
  const code = causeCode(cause);
  const reason =
    code === "ECONNREFUSED"
      ? "nothing listens there"
      : code === "ENOTFOUND" || code === "EAI_AGAIN"
        ? "its name cannot be resolved"
        : code === "ETIMEDOUT"
          ? "it did not answer in time"
          : code === "NOT_GRPC"
            ? "what listens there does not speak gRPC"
            : messageOf(cause);
  const hint =
    tlsCodes.test(code) || code === "NOT_GRPC" || code === "ECONNRESET"
      ? insecure
        ? "it may expect TLS: set admin.insecure to false in the config, or check the endpoint"
        : "it may not speak TLS: set admin.insecure to true in the config, or give its certificate by admin.caCertFilePath"
      : "start a local deployment with: flyte sandbox start; or check admin.endpoint with: flyte config show";
  return new FlyteError({
    code: "ENDPOINT_UNREACHABLE",
    blame: "deployment",
    message: `cannot reach Flyte at ${endpoint}: ${reason}`,
    hint,
    details: { endpoint, insecure, reason: code || messageOf(cause) },
    cause,
  });
}

function causeCode(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return causeCode(cause.errors[0]);
  return cause instanceof Error && "code" in cause ? String(cause.code) : "";
}
