// Runs the conformance suite in a page: with two data channels, and with two WebSockets that the
// server connects.

import type { Channel } from "../../src/transport/channel.ts";
import { dialRtc } from "../../src/transport/rtc_dial.ts";
import { QUIRKS, webTransport } from "../../src/transport/web.ts";
import { seededRandom } from "../../src/testing/random.ts";
import { type DialWith, makeRtcPair, type Treatment } from "../support/rtc_pair.ts";
import { TrackedChannel } from "../support/tracked_channel.ts";
import { type Case, channelConformance, type Pair } from "./channel.ts";
import { pathConformance } from "./path.ts";

export interface PageScope {
  listCases(seed: number): readonly string[];
  /** Returns the failure, or "". */
  runCase(seed: number, name: string): Promise<string>;
}

const TREATMENTS: readonly Treatment[] = ["prompt", "early", "late", "shuffled"];

function makeCases(seed: number): readonly Case[] {
  return [
    ...TREATMENTS.flatMap((treatment) => {
      const name = `RTCDataChannel (signals ${treatment})`;
      const makePair = () =>
        makeRtcPair(RTCPeerConnection, dialHere, treatment, seededRandom(seed));
      return [...channelConformance(name, makePair), ...pathConformance(name, makePair)];
    }),
    ...channelConformance("WebSocket", makeTiedPair),
  ];
}

const dialHere: DialWith = (PeerConnection, options, sink) =>
  dialRtc(PeerConnection, options, sink, QUIRKS);

async function makeTiedPair(): Promise<Pair> {
  const url = `ws://${location.host}/tie/${crypto.randomUUID()}`;
  const [a, b] = await Promise.all([dial(url), dial(url)]);
  return {
    a,
    b,
    async cleanUp() {
      await a.cleanUp();
      await b.cleanUp();
    },
  };
}

function dial(url: string): Promise<TrackedChannel> {
  return new Promise((resolve, reject) => {
    webTransport().dialSocket(url, {
      opened: (channel: Channel) => resolve(new TrackedChannel(channel)),
      failed: (reason) => reject(new Error(reason)),
    });
  });
}

const scope: PageScope = {
  listCases: (seed) => makeCases(seed).map(({ name }) => name),
  async runCase(seed, name) {
    try {
      await makeCases(seed).find((one) => one.name === name)?.run();
      return "";
    } catch (error) {
      return error instanceof Error ? error.stack ?? error.message : String(error);
    }
  },
};
Object.assign(globalThis, scope);
