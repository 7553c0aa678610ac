import type { MemberGroup } from "./testbed.ts";

export interface Delivery {
  readonly sent: number;
  readonly received: number;
  readonly faulty: number;
  /** From the first `send()` until the last message was there. */
  readonly durationMs: number;
}

/** The measurement ends after this silence: bulk data of Netflux 4 stalls for seconds. */
const QUIET_MS = 8_000;

export async function deliver(
  group: MemberGroup,
  messages: number,
  bytes: number,
): Promise<Delivery> {
  const { sender, players: [, ...receivers] } = group;
  await Promise.all(receivers.map((player) => player.call("expect", messages, bytes)));
  const receiving = Promise.all(receivers.map((player) => player.call("receipts", QUIET_MS)));
  const to = receivers.length > 1 ? "all" : "one";
  const begun = await sender.call("send", { messages, bytes, to });
  const receipts = await receiving;
  return {
    sent: messages * receivers.length,
    received: receipts.reduce((sum, { received }) => sum + received, 0),
    faulty: receipts.reduce((sum, { faulty }) => sum + faulty, 0),
    durationMs: Math.max(...receipts.map(({ last = begun }) => last)) - begun,
  };
}
