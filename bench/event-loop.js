import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { openEngine } from "./engine/open-engine.js";
import { launchRequest, register, registerTask, succeeded } from "./engine/workflows.js";
import { median } from "./measure.js";

const size = 500e6;

/** How late the engine's event loop comes while it is idle, and while it runs 1,000 executions and takes an upload of 500 MB. */
export async function eventLoop() {
  const { admin, ports, ask, close } = await openEngine();
  const s3 = new S3Client({
    endpoint: `http://127.0.0.1:${ports.s3}`,
    forcePathStyle: true,
    region: "us-east-1",
    credentials: { accessKeyId: "minio", secretAccessKey: "miniostorage" },
  });
  try {
    await registerTask(admin);
    await register(admin, "one", 1, false);
    const body = Buffer.alloc(size, 7);
    let launched = 0;
    const work = async () => {
      let left = 1000;
      const worker = async () => {
        while (left-- > 0) {
          const name = `e${launched++}`;
          await admin.createExecution(launchRequest("one", name));
          await succeeded(admin, name);
        }
      };
      const upload = s3.send(new PutObjectCommand({ Bucket: "my-s3-bucket", Key: "big", Body: body }));
      await Promise.all([upload, ...Array.from({ length: 50 }, worker)]);
    };
    const seen = { "nothing, for a second": [], "1,000 executions and 500 MB": [] };
    for (let round = 0; round < 3; round++) {
      await ask("watch loop");
      await new Promise((resolve) => setTimeout(resolve, 1000));
      seen["nothing, for a second"].push(await ask("loop"));
      await ask("watch loop");
      await work();
      seen["1,000 executions and 500 MB"].push(await ask("loop"));
    }
    return Object.entries(seen).map(([name, delays], index) => {
      const p99 = delays.map((delay) => delay.p99);
      const ms = (value) => `${value.toFixed(0)} ms`;
      return [
        `${name}: p99`,
        ms(median(p99)),
        `${ms(Math.min(...p99))} – ${ms(Math.max(...p99))}`,
        p99.length,
        index === 0 ? "the floor" : `longest ${ms(Math.max(...delays.map((delay) => delay.max)))}`,
      ];
    });
  } finally {
    s3.destroy();
    await close();
  }
}
