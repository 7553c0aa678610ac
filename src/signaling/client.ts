/**
 * The connection to the signaling server: acts out the machine over a channel.
 *
 * @module
 */

import { type Observable, Subject } from "rxjs";
import { ProtocolError, SignalingError } from "../base/errors.ts";
import type { MemberId } from "../base/ids.ts";
import { nextDeadline } from "../machine/timers.ts";
import type { Clock } from "../platform/platform.ts";
import type { Channel, Dial } from "../transport/channel.ts";
import type { Address } from "../transport/courier.ts";
import type { Transport } from "../transport/transport.ts";
import { decodeSignaling, encodeSignaling, type SignalingContent } from "../wire/signaling.ts";
import { type SignalingEffect, type SignalingEvent, signalingStep } from "./machine.ts";
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
  | { readonly type: "trouble"; readonly error: SignalingError };

/** What the client needs. */
export interface SignalingPorts {
  readonly clock: Clock;
  readonly transport: Pick<Transport, "dialSocket">;
  /** Has what happened outside handled in its turn. */
  readonly post: (turn: () => void) => void;
}

/** One peer's connection to the signaling server. */
export class SignalingClient {
  readonly facts: Observable<SignalingFact>;
  readonly #facts = new Subject<SignalingFact>();
  readonly #ports: SignalingPorts;
  #state: SignalingConnection = CLOSED;
  #url = "";
  #dial: Dial | undefined;
  #channel: Channel | undefined;

  constructor(ports: SignalingPorts) {
    this.#ports = ports;
    this.facts = this.#facts.asObservable();
  }

  /** When `tick` is due. */
  get deadline(): number | undefined {
    return nextDeadline(this.#state.timers);
  }

  /** Connects to the server of a URL (the group's key included), if not connected. */
  connect(url: string): void {
    this.#url = url;
    this.#step({ type: "connect", url, now: this.#ports.clock.now() });
  }

  /** Asks whether we, seeing these members, are still in the group. */
  check(me: MemberId, members: readonly MemberId[]): void {
    this.#step({ type: "check", id: me, members, now: this.#ports.clock.now() });
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
    this.#step({ type: "tick", now });
  }

  #step(event: SignalingEvent): void {
    const { state, effects } = signalingStep(this.#state, event);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: SignalingEffect): void {
    switch (effect.type) {
      case "dial":
        return this.#open(effect.url);
      case "hangUp":
        return this.#hangUp();
      case "transmit":
        return this.#channel?.send(encodeSignaling(effect.message));
      case "tellPhase":
        return this.#facts.next({
          type: "phase",
          phase: effect.phase,
          connected: effect.connected,
        });
      case "tellLetter":
        return this.#facts.next({
          type: "letter",
          from: addressOf(effect.letter),
          envelope: effect.letter.data,
        });
      case "tellTrouble":
        return this.#facts.next({
          type: "trouble",
          error: new SignalingError(
            effect.code,
            `Cannot use the signaling server ${withoutKey(this.#url)}: ${effect.reason}`,
          ),
        });
    }
  }

  #open(url: string): void {
    const { post, transport } = this.#ports;
    this.#dial = transport.dialSocket(url, {
      opened: (channel) => post(() => this.#opened(channel)),
      failed: (reason) => post(() => this.#step({ type: "lost", reason, code: undefined })),
    });
  }

  #opened(channel: Channel): void {
    if (this.#state.phase !== "CONNECTING") return channel.close();
    this.#channel = channel;
    const ours = (turn: () => void) =>
      this.#ports.post(() => {
        if (this.#channel === channel) turn();
      });
    channel.listen({
      received: (frame) => ours(() => this.#received(frame)),
      drained: () => {},
      closed: ({ code, reason }) =>
        ours(() => this.#step({ type: "lost", code, reason: describeEnd(code, reason) })),
    });
    this.#step({ type: "opened", now: this.#ports.clock.now() });
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
    const channel = this.#channel;
    this.#dial?.abort();
    this.#dial = undefined;
    this.#channel = undefined;
    channel?.close(1000);
  }
}

function addressOf(letter: SignalingContent): Address {
  return { via: "signaling", to: letter.sender ?? "member" };
}

function describeEnd(code: number | undefined, reason: string): string {
  return `the connection was closed (${code ?? "no code"}${reason === "" ? "" : `, ${reason}`})`;
}

/** The group's key is the only secret of an open group: it has no place in an error. */
function withoutKey(url: string): string {
  return url.slice(0, url.lastIndexOf("/"));
}
