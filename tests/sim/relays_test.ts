import { expect } from "expect";
import { asMemberId } from "../../src/base/ids.ts";
import { encodeEnvelope, Service } from "../../src/wire/envelope.ts";
import { encodeSessionFrame } from "../../src/wire/session_frame.ts";
import { Relays } from "./oracles.ts";

const [SENDER, RECIPIENT] = [asMemberId(2_147_483_649), asMemberId(2_147_483_650)];

/** A frame with data. */
const FRAME = encodeEnvelope({
  sender: SENDER,
  recipient: RECIPIENT,
  service: Service.SESSION,
  content: encodeSessionFrame({
    epoch: 1,
    peerEpoch: 2,
    syn: false,
    ack: undefined,
    nack: false,
    seq: 0,
    chunks: [{ type: "complete", kind: "string", content: new TextEncoder().encode("hi") }],
  }),
  hopLimit: 3,
});

function relay(copies: number, times: number): Relays {
  const relays = new Relays(() => false);
  for (let copy = 0; copy < copies; copy++) relays.watch("sender", FRAME, 0);
  for (let time = 0; time < times; time++) relays.watch("relay", FRAME, 100 + 50 * time);
  return relays;
}

Deno.test("Relays detects a circling frame", () => {
  expect(() => relay(1, 10)).toThrow("G10: relay relays a frame of 2147483649 for 2147483650");
});

Deno.test("Relays does not take copies that the sender has sent for a loop", () => {
  relay(10, 10);
  expect(() => relay(10, 11)).toThrow("in a loop");
});
