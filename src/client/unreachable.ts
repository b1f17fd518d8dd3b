import { FlyteError } from "../std/errors.ts";
import { networkCode, networkReason } from "./network-reason.ts";

const certificateCodes = /^(DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|CERT_|ERR_TLS_CERT)/;
const tlsCodes = /^(ERR_SSL|ERR_TLS|ERR_HTTP2|EPROTO|ECONNRESET|NOT_GRPC)/;

/** Nothing that speaks Flyte answers at `endpoint`: why, and what to try, from the system's error. */
export function unreachable(endpoint: string, insecure: boolean, cause: unknown): FlyteError {
  const code = networkCode(cause);
  const reason =
    code === "ECONNREFUSED"
      ? "nothing listens there"
      : code === "ENOTFOUND" || code === "EAI_AGAIN"
        ? "its name cannot be resolved"
        : code === "ETIMEDOUT"
          ? "it did not answer in time"
          : code === "NOT_GRPC"
            ? "what listens there does not speak gRPC"
            : networkReason(cause);
  const hint = certificateCodes.test(code)
    ? "give the authority of its certificate by admin.caCertFilePath, or set admin.insecureSkipVerify to true in the config"
    : tlsCodes.test(code)
      ? insecure
        ? "it may expect TLS: set admin.insecure to false in the config, or check the endpoint"
        : "it may not speak TLS: set admin.insecure to true in the config, or check the endpoint"
      : "start a local deployment with: flyte sandbox start; or check admin.endpoint with: flyte config show";
  return new FlyteError({
    code: "ENDPOINT_UNREACHABLE",
    blame: "deployment",
    message: `cannot reach Flyte at ${endpoint}: ${reason}`,
    hint,
    details: { endpoint, insecure, reason: code || networkReason(cause) },
    cause,
  });
}
