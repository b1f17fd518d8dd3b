import { emptyHome } from "./home.js";
import { interleaved, rows } from "./measure.js";

/** Whole commands against a running sandbox. */
export async function commands() {
  const home = emptyHome();
  try {
    home.flyte("sandbox", "start", "--port-base", "21300", "--quiet");
    const times = await interleaved(21, [
      { name: "node -e 0", run: home.floor },
      { name: "--version", run: () => home.flyte("--version") },
      { name: "get project", run: () => home.flyte("get", "project", "--sandbox") },
      { name: "get execution", run: () => home.flyte("get", "execution", "--sandbox") },
    ]);
    return rows(times, "node -e 0");
  } finally {
    home.flyte("sandbox", "stop", "--delete-data");
    home.remove();
  }
}
