import { emptyHome } from "./home.js";
import { interleaved, rows } from "./measure.js";

/** From the command to a GetVersion answered, command line included, on a directory that is kept. */
export async function sandboxStart() {
  const home = emptyHome();
  const start = () => home.flyte("sandbox", "start", "--port-base", "21300", "--quiet");
  const stop = (...flags) => home.flyte("sandbox", "stop", ...flags);
  try {
    start();
    stop("--delete-data");
    const times = await interleaved(11, [
      { name: "node -e 0", run: home.floor },
      { name: "sandbox start, empty", run: start, after: () => stop("--delete-data") },
      { name: "sandbox start, used", before: () => (start(), stop()), run: start, after: () => stop("--delete-data") },
    ]);
    return rows(times, "node -e 0");
  } finally {
    home.remove();
  }
}
