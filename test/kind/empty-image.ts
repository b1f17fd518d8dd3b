import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";

/** An image of nothing but a configuration, for `architecture`. */
export async function emptyImage(name: string, architecture: string): Promise<Buffer> {
  const saved = pack();
  const config = { architecture, os: "linux", config: {}, rootfs: { type: "layers", diff_ids: [] } };
  saved.entry({ name: "config.json" }, JSON.stringify(config));
  saved.entry({ name: "manifest.json" }, JSON.stringify([{ Config: "config.json", RepoTags: [name], Layers: [] }]));
  saved.finalize();
  return buffer(saved);
}
