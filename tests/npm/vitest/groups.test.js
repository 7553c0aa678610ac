import { expect, inject, test } from "vitest";
import { WebGroup } from "netflux";

test("two groups hear each other by a data channel", async () => {
  expect(typeof document).toBe("object");
  const options = {
    signalingServer: inject("signalingServer"),
    rtcConfiguration: { iceServers: [] },
  };
  const groups = [new WebGroup(options), new WebGroup(options)];
  const [alice, bob] = groups;
  const said = groups.map((group) =>
    new Promise((resolve) => {
      group.onMessage = (_id, data) => resolve(data);
    })
  );
  alice.onMemberJoin = (id) => alice.sendTo(id, "привет");
  bob.onMemberJoin = (id) => bob.sendTo(id, new Uint8Array([1, 2, 3]));
  const key = "tested by Vitest";
  await alice.join(key, { signal: AbortSignal.timeout(10_000) });
  await bob.join(key);
  expect(await Promise.all(said)).toEqual([new Uint8Array([1, 2, 3]), "привет"]);
  const stats = await alice.getStats();
  expect([...stats.values()].map(({ channel }) => channel)).toEqual(["rtc"]);
  await Promise.all(groups.map((group) => group.leave()));
});
