import { RTCPeerConnection as Polyfill } from "node-datachannel/polyfill";
import { dialNodeDatachannel } from "../../src/transport/node_datachannel_dial.ts";
import { seededRandom } from "../../src/testing/random.ts";
import { FakeHosts } from "../support/fake_hosts.ts";
import { type DialWith, makeRtcPair, type Treatment } from "../support/rtc_pair.ts";
import { repeatable, SEED } from "../support/seed.ts";
import { channelConformance } from "./channel.ts";
import { pathConformance } from "./path.ts";

const TREATMENTS: readonly Treatment[] = ["prompt", "early", "late", "shuffled"];

const NATIVE_TESTS = "tests/native_test.ts";

// Its types repeat the standard's by hand and miss some that no test uses.
const PeerConnection = Polyfill as unknown as typeof RTCPeerConnection;

const { addresses } = new FakeHosts();
const dialHere: DialWith = (Connection, options, sink) =>
  dialNodeDatachannel(Connection, addresses, options, sink);

for (const treatment of TREATMENTS) {
  const random = seededRandom(SEED);
  const name = `node-datachannel (signals ${treatment})`;
  const makePair = () => makeRtcPair(PeerConnection, dialHere, treatment, random);
  const cases = [...channelConformance(name, makePair), ...pathConformance(name, makePair)];
  for (const { name: title, run } of cases) {
    Deno.test(title, repeatable(NATIVE_TESTS, run));
  }
}
