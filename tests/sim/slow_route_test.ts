import { expect } from "expect";
import { FRAGMENT_BYTES } from "../../src/base/session_limits.ts";
import { SimNetwork } from "./sim_network.ts";

const IDEAL_MS = 30_000;
const MOST_MS = 45_000;
/** Until the RTO is longer than the time of a frame. */
const RESENT_FRAMES_MAX = 3;

for (const kbitPerS of [2_000, 1_000, 500, 400, 300, 256, 200, 128]) {
  Deno.test(`WebGroup retransmits little of a long message over ${kbitPerS} kbit/s`, async () => {
    const network = new SimNetwork({ seed: 1 });
    const [sender, reader] = network.addMany(2);
    for (const { group } of network.peers) group.join("key");
    network.run(5_000);
    const bytesPerMs = kbitPerS / 8;
    network.world.netem.readSlowly(reader!.name, bytesPerMs, 2 * MOST_MS);
    // The round trips of small messages are short.
    for (let sent = 0; sent < 10; sent++) {
      sender!.group.send("small");
      network.run(300);
    }
    let hasArrived = false;
    reader!.group.onMessage = (_, data) => hasArrived ||= typeof data !== "string";
    sender!.group.send(new Uint8Array(bytesPerMs * IDEAL_MS));
    network.run(MOST_MS);
    const { bytesResent = NaN } = (await sender!.group.getStats()).get(reader!.group.myId) ?? {};
    expect(hasArrived).toBe(true);
    expect(bytesResent).toBeLessThan((RESENT_FRAMES_MAX + 1) * FRAGMENT_BYTES);
  });
}
