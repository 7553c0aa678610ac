import { createHash } from "node:crypto";
import { expect } from "expect";
import { WebGroup } from "../../bot.ts";
import { STREAM_WINDOW_BYTES } from "../../src/base/session_limits.ts";
import { RTC } from "../support/deno_peer.ts";
import { Signaling } from "../support/signaling.ts";
import { until } from "../support/until.ts";

const BYTES = 50_000_000;
const CHUNK_BYTES = 65_536;

/** Generates distinct bytes on demand; counts and hashes them. */
class Source {
  readonly hash = createHash("sha256");
  count = 0;
  readonly readable = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const chunk = new Uint8Array(Math.min(CHUNK_BYTES, BYTES - this.count));
      for (let index = 0; index < chunk.length; index += 4) chunk[index] = this.count + index >> 8;
      this.hash.update(chunk);
      this.count += chunk.length;
      controller.enqueue(chunk);
      if (this.count === BYTES) controller.close();
    },
  });
}

Deno.test("WebGroup.openStream(): 50 MB arrive as they were sent, no faster than they are read", async () => {
  await using signaling = new Signaling();
  const options = { signalingServer: signaling.url, ...RTC };
  await using a = new WebGroup(options);
  await using b = new WebGroup(options);
  await Promise.all([a.join("key"), b.join("key")]);
  await until("they have a channel", () => a.neighbors.length === 1 && b.neighbors.length === 1);
  const source = new Source();
  const hash = createHash("sha256");
  let count = 0;
  let aheadMax = 0;
  const arrived = new Promise<void>((resolve, reject) => {
    b.addEventListener("stream", ({ readable, size }) => {
      expect(size).toBe(BYTES);
      const sink = new WritableStream<Uint8Array>({
        async write(chunk) {
          hash.update(chunk);
          count += chunk.length;
          aheadMax = Math.max(aheadMax, source.count - count);
          // The reader starts once the writer is blocked.
          if (count === chunk.length) {
            await until("the window is full", () => source.count > STREAM_WINDOW_BYTES);
          }
          await new Promise((go) => setTimeout(go));
        },
      });
      readable.pipeTo(sink).then(resolve, reject);
    });
  });
  await source.readable.pipeTo(a.openStream(b.myId, { size: BYTES }));
  await arrived;
  expect(count).toBe(BYTES);
  expect(hash.digest("hex")).toBe(source.hash.digest("hex"));
  expect(aheadMax).toBeGreaterThan(STREAM_WINDOW_BYTES / 2);
  expect(aheadMax).toBeLessThan(STREAM_WINDOW_BYTES + 4 * CHUNK_BYTES);
});
