/**
 * The connection to the signaling server: acts out the machine over a channel.
 *
 * @module
 */

import { assert } from "../base/assert.ts";
import { ProtocolError, SignalingError } from "../base/errors.ts";
import type { MemberId, Random } from "../base/ids.ts";
import { nextDeadline } from "../machine/timers.ts";
import type { Clock } from "../platform/platform.ts";
import { describeStep, type Trace } from "../platform/trace.ts";
import type { Channel, Dial } from "../transport/channel.ts";
import type { Address } from "../transport/courier.ts";
import type { Transport } from "../transport/transport.ts";
import { decodeSignaling, encodeSignaling, type SignalingContent } from "../wire/signaling.ts";
import type { SignalingEffect, SignalingHappening } from "./happening.ts";
import { signalingStep } from "./machine.ts";
import { CLOSED, type SignalingConnection, type SignalingPhase } from "./state.ts";

/** What the client tells. */
export type SignalingFact =
  | {
    readonly type: "phase";
    readonly phase: SignalingPhase;
    readonly connected: boolean | undefined;
  }
  /** A letter of the other side of a pairing; without content when that side went away. */
  | { readonly type: "letter"; readonly from: Address; readonly envelope: Uint8Array | undefined }
  /** STUN and TURN servers, from the server: an encoded offer. */
  | { readonly type: "ice"; readonly offer: Uint8Array }
  | { readonly type: "trouble"; readonly error: SignalingError };

/** What the client needs. */
export interface SignalingPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Pick<Transport, "dialSocket">;
  readonly trace: Trace;
  /** Is told what happens, at once. */
  readonly told: (fact: SignalingFact) => void;
  /** Has what happened outside handled in its turn. */
  readonly post: (turn: () => void) => void;
}

/** One peer's connection to a signaling server. */
export class SignalingClient {
  readonly #ports: SignalingPorts;
  #state: SignalingConnection = CLOSED;
  #urls: readonly string[] = [];
  /** What was dialed, by the server's place in the list. */
  readonly #dials = new Map<number, Dial>();
  /** Has just opened; whether it is used is being decided. */
  #opened: Channel | undefined;
  #channel: Channel | undefined;

  constructor(ports: SignalingPorts) {
    this.#ports = ports;
  }

  /** When `tick` is due. */
  get deadline(): number | undefined {
    return nextDeadline(this.#state.timers);
  }

  /** The place in the list of the server that is in use, or being tried; the first one before. */
  get server(): number {
    return this.#state.server;
  }

  /** Connects to the first server that can be had (URLs with the group's key), if not connected. */
  connect(urls: readonly string[]): void {
    if (this.#state.phase !== "CLOSED") return;
    this.#urls = urls;
    this.#step({ type: "connect", servers: urls.length });
  }

  /** Asks whether we, seeing these members, are still in the group. */
  check(me: MemberId, members: readonly MemberId[]): void {
    this.#step({ type: "check", id: me, members });
  }

  /** Sends a letter to the other side of a pairing. */
  send(address: Address, envelope: Uint8Array, last: boolean): void {
    if (address.via !== "signaling") return;
    const recipient = address.to === "member" ? undefined : address.to;
    this.#step({
      type: "send",
      content: { type: "content", sender: undefined, recipient, last, data: envelope },
    });
  }

  /** Hangs up. */
  close(): void {
    this.#step({ type: "close" });
  }

  /** Handles what is due. */
  tick(now: number): void {
    this.#step({ type: "tick" }, now);
  }

  #step(happening: SignalingHappening, now = this.#ports.clock.now()): void {
    const chance = this.#ports.random.uint32() / 2 ** 32;
    const before = this.#state;
    const { state, effects } = signalingStep(before, { ...happening, now, chance });
    this.#state = state;
    if (happening.type !== "tick" || effects.length > 0) {
      this.#ports.trace(
        "signaling",
        () => describeStep(happening, before.phase, state.phase, effects),
      );
    }
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: SignalingEffect): void {
    switch (effect.type) {
      case "dial":
        return this.#dial(effect.server);
      case "abort":
        return this.#abort(effect.server);
      case "use":
        return this.#use();
      case "hangUp":
        return this.#hangUp();
      case "transmit":
        return this.#channel?.send(encodeSignaling(effect.message));
      case "tellPhase":
        return this.#ports.told({
          type: "phase",
          phase: effect.phase,
          connected: effect.connected,
        });
      case "tellLetter":
        return this.#ports.told({
          type: "letter",
          from: addressOf(effect.letter),
          envelope: effect.letter.data,
        });
      case "tellIce":
        return this.#ports.told({ type: "ice", offer: effect.offer });
      case "tellTrouble":
        return this.#ports.told({
          type: "trouble",
          error: new SignalingError(
            effect.code,
            `Cannot use the signaling server ${this.#nameOf(effect.server)}: ${effect.reason}`,
          ),
        });
    }
  }

  #dial(server: number): void {
    const { post, transport } = this.#ports;
    const isCurrent = () => this.#dials.get(server) === dial;
    const dial = transport.dialSocket(this.#urlOf(server), {
      opened: (channel) => post(() => isCurrent() ? this.#came(server, channel) : channel.close()),
      failed: (reason) =>
        post(() => {
          if (!isCurrent()) return;
          this.#dials.delete(server);
          this.#step({ type: "failed", server, reason });
        }),
    });
    this.#dials.set(server, dial);
  }

  #abort(server: number): void {
    this.#dials.get(server)?.abort();
    this.#dials.delete(server);
  }

  #came(server: number, channel: Channel): void {
    this.#dials.delete(server);
    this.#opened = channel;
    this.#step({ type: "opened", server });
    this.#opened?.close();
    this.#opened = undefined;
  }

  #use(): void {
    const channel = this.#opened;
    assert(channel, "no channel has opened");
    this.#opened = undefined;
    this.#hangUp();
    this.#channel = channel;
    const ours = (turn: () => void) =>
      this.#ports.post(() => {
        if (this.#channel === channel) turn();
      });
    channel.listen({
      received: (frame) => ours(() => this.#received(frame)),
      drained: () => {},
      closed: ({ code, reason }) =>
        ours(() => this.#step({ type: "lost", reason: describeEnd(code, reason) })),
    });
  }

  #received(frame: Uint8Array): void {
    try {
      this.#step({ type: "heard", message: decodeSignaling(frame) });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#step({ type: "misheard", reason: error.message });
    }
  }

  #hangUp(): void {
    for (const server of [...this.#dials.keys()]) this.#abort(server);
    const channel = this.#channel;
    this.#channel = undefined;
    channel?.close(1000);
  }

  #urlOf(server: number): string {
    const url = this.#urls[server];
    assert(url !== undefined, "there is no such server");
    return url;
  }

  /** The group's key, and a token, are secrets: they have no place in an error. */
  #nameOf(server: number): string {
    const { protocol, host } = new URL(this.#urlOf(server));
    return `${protocol}//${host}`;
  }
}

function addressOf(letter: SignalingContent): Address {
  return { via: "signaling", to: letter.sender ?? "member" };
}

function describeEnd(code: number | undefined, reason: string): string {
  return `the connection was closed (${code ?? "no code"}${reason === "" ? "" : `, ${reason}`})`;
}
