// The acceptance tests of automerge-repo for network adapters, over groups with data channels.
// Loads the code of automerge, which its helpers alone do not.
import "@automerge/automerge-repo";
import { runNetworkAdapterTests } from "@automerge/automerge-repo/helpers/tests/network-adapter-tests.js";
import { WebGroup } from "netflux";
import { WebGroupNetworkAdapter } from "netflux/automerge";
import { expect } from "vitest";

const signalingServer = process.env.SIGNALING_SERVER;
let rooms = 0;

runNetworkAdapterTests(async () => {
  const key = `automerge ${rooms++}`;
  const groups = Array.from({ length: 3 }, () =>
    new WebGroup({ signalingServer, rtcConfiguration: { iceServers: [] } }));
  await Promise.all(groups.map((group) => group.join(key)));
  for (const group of groups) await full(group);
  const channels = [...(await groups[0].getStats()).values()].map(({ channel }) => channel);
  expect(channels).toEqual(["rtc", "rtc"]);
  const [a, b, c] = groups.map((group) => new WebGroupNetworkAdapter(group));
  const teardown = () => {
    for (const group of groups) group.leave();
  };
  return { adapters: [a, b, c], teardown };
});

/** Settles when a group sees all three, by channels of their own. */
function full(group) {
  return new Promise((resolve) => {
    const look = () => {
      if (group.neighbors.length < 2) return void setTimeout(look, 10);
      resolve();
    };
    look();
  });
}
