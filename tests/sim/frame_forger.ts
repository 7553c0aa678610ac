// A hostile member, which sends forged session frames, and forged frames of others, beside correct
// traffic.

import { asMemberId, type MemberId, type Random } from "../../src/base/ids.ts";
import { HOP_LIMIT, PROTOCOL_VERSION } from "../../src/base/limits.ts";
import { encodeConnect } from "../../src/wire/connect_message.ts";
import { decodeEnvelope, encodeEnvelope, Service } from "../../src/wire/envelope.ts";
import { encodeLegacyMessage } from "../../src/wire/legacy_message.ts";
import { encodeMeshMessage } from "../../src/wire/mesh_message.ts";
import { decodeSessionFrame, encodeSessionFrame } from "../../src/wire/session_frame.ts";
import { asStreamId } from "../../src/wire/stream_chunk.ts";
import { drawFrame, type Knowledge } from "../support/hostile_frames.ts";
import type { SimPeer } from "./sim_network.ts";

const UNKNOWN: Knowledge = { ours: 0, theirs: 0, next: 0, sent: 0 };
const OPENED = 1_000;
const RANDOM_BYTES_MAX = 200;
const FORGED = new TextEncoder().encode("forged");

export class FrameForger {
  readonly one: SimPeer;
  readonly #random: Random;
  /** The forger's knowledge of its session with each member. */
  readonly #known = new Map<number, Knowledge>();

  constructor(one: SimPeer, random: Random) {
    this.one = one;
    this.#random = random;
  }

  /** Observes frames to this peer, so that forged ones fit the session. */
  observe(frame: Uint8Array): void {
    const envelope = decodeEnvelope(frame);
    const { sender, recipient, service, content } = envelope;
    if (recipient !== this.one.group.myId || service !== Service.SESSION) return;
    if (sender === undefined) return;
    const { epoch, peerEpoch, ack, seq, chunks } = decodeSessionFrame(content);
    const before = this.#known.get(sender);
    const sent = Math.max(seq + chunks.length, before?.theirs === epoch ? before.sent : 0);
    this.#known.set(sender, { ours: peerEpoch ?? 0, theirs: epoch, next: ack ?? 0, sent });
  }

  /** Sends a forged frame to a random member. */
  sendForged(): void {
    const { machine, group } = this.one;
    const others = group.members.filter((id) => id !== group.myId);
    const channels = machine.open;
    const [channel, to] = [
      channels[this.#below(channels.length)],
      others[this.#below(others.length)],
    ];
    if (channel === undefined || to === undefined) return;
    channel.send(encodeEnvelope({
      sender: asMemberId(group.myId),
      recipient: asMemberId(to),
      service: Service.SESSION,
      content: this.#content(this.#known.get(to) ?? UNKNOWN),
      hopLimit: HOP_LIMIT,
    }));
  }

  /** Sends a frame to a neighbor in the name of another member, as if relayed. */
  sendForgedAs(victim: SimPeer, to: SimPeer): void {
    const sender = asMemberId(victim.group.myId);
    const [service, content] = this.#contentOf(sender);
    const channel = this.one.machine.open.find(({ peer }) => peer === to.name);
    channel?.send(encodeEnvelope({
      sender,
      recipient: asMemberId(to.group.myId),
      service,
      content,
      hopLimit: HOP_LIMIT - 1,
    }));
  }

  #contentOf(victim: MemberId): readonly [number, Uint8Array] {
    switch (this.#below(5)) {
      case 0:
        return [Service.FULL_MESH, encodeMeshMessage({ type: "leave" })];
      case 1: {
        const { length } = FORGED;
        const message = { type: "full", length, kind: "string", content: FORGED } as const;
        return [Service.USER, encodeLegacyMessage(message)];
      }
      case 2: {
        const request = { id: victim, adjacent: [] };
        const message = { type: "request", request, version: PROTOCOL_VERSION } as const;
        return [Service.CHANNEL_BUILDER, encodeConnect(message)];
      }
      default:
        return [Service.SESSION, this.#content(this.#known.get(victim) ?? UNKNOWN)];
    }
  }

  #content(known: Knowledge): Uint8Array {
    const kind = this.#below(12);
    if (kind === 0) return this.#bytes();
    const below = (limit: number) => this.#below(limit);
    const frame = drawFrame(known, below);
    if (kind > 1) return encodeSessionFrame(frame).finish();
    const info = { name: "", type: "", size: undefined };
    const units = Array.from(
      { length: OPENED },
      (_, id) => ({ type: "open", stream: asStreamId(id), info }) as const,
    );
    return encodeSessionFrame({ ...frame, chunks: units }).finish();
  }

  #bytes(): Uint8Array {
    return Uint8Array.from({ length: this.#below(RANDOM_BYTES_MAX) }, () => this.#below(256));
  }

  #below(limit: number): number {
    return this.#random.uint32() % Math.max(1, limit);
  }
}
