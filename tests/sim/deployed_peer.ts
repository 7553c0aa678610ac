import type { DataType } from "../../src/base/data_type.ts";
import { asGroupId, asMemberId } from "../../src/base/ids.ts";
import { HEARTBEAT_INTERVAL_MS, MESSAGE_BYTES_DEFAULT } from "../../src/base/limits.ts";
import { LegacyReassembler } from "../../src/legacy/reassembly.ts";
import type { Channel } from "../../src/transport/channel.ts";
import { encodeDialQuery } from "../../src/wire/dial_query.ts";
import { decodeEnvelope, encodeEnvelope, Service } from "../../src/wire/envelope.ts";
import { decodeJoinHandshake, encodeJoinHandshake } from "../../src/wire/join_handshake.ts";
import type { SimMachine } from "../../src/testing/world.ts";
import type { TracedWorld } from "./world.ts";

export class DeployedPeer {
  readonly id = asMemberId(2 ** 31 + 4);
  readonly machine: SimMachine;
  /** In order of arrival. */
  readonly messages: DataType[] = [];
  readonly #world: TracedWorld;
  readonly #reassembler = new LegacyReassembler(MESSAGE_BYTES_DEFAULT);
  #channel: Channel | undefined;
  #isMember = false;

  constructor(world: TracedWorld) {
    this.#world = world;
    this.machine = world.addMachine("deployed");
  }

  /** Enters the group with this id and key through the bot that listens on a URL. */
  enter(url: string, groupId: number, key: string): void {
    const group = asGroupId(groupId);
    const call = { type: "newcomer", group, sender: this.id, key, proof: undefined } as const;
    this.#world.dialSocket(this.machine, encodeDialQuery(url, call), {
      opened: (channel) => {
        this.#channel = channel;
        channel.listen({
          received: (frame) => this.#receive(frame),
          bufferedAmountLow() {},
          closed: () => this.#channel = undefined,
        });
      },
      failed: (reason) => this.#world.errors.push(new Error(`A deployed peer: ${reason}`)),
    });
  }

  #receive(frame: Uint8Array): void {
    if (!this.#isMember) {
      if (decodeJoinHandshake(frame).type !== "initPing") return;
      this.#isMember = true;
      const pong = { type: "initPong", newcomer: this.id, version: undefined } as const;
      this.#channel?.send(encodeJoinHandshake(pong));
      return this.#beat();
    }
    const { sender, service, content } = decodeEnvelope(frame);
    if (service !== Service.USER || sender === undefined) return;
    const data = this.#reassembler.add(sender, content, this.#world.clock.now());
    if (data !== undefined) this.messages.push(data);
  }

  #beat(): void {
    if (this.#channel === undefined) return;
    this.#channel.send(encodeEnvelope({
      sender: this.id,
      recipient: "everyone",
      service: Service.HEARTBEAT,
      content: new Uint8Array(0),
      hopLimit: undefined,
    }));
    this.#world.clock.after(HEARTBEAT_INTERVAL_MS, () => this.#beat());
  }
}
