/**
 * Whether a client is there, by what it says, and by what it owes.
 *
 * A client sends heartbeats by its own clock, unless it said that it can be asked: such a _calm_
 * one answers those of the server, and needs them only where nothing else is said for long.
 *
 * @sansio
 * @module
 */

import {
  SIGNALING_HEARTBEAT_MS,
  SIGNALING_KEEPALIVE_S,
  SIGNALING_MISSED_MAX,
} from "../base/limits.ts";
import { SIGVER_HEARD_RECENTLY_MS } from "../base/sigver_limits.ts";
import type { SignalingMessage } from "../wire/signaling.ts";

/** The pulse of one client. */
export class Pulse {
  #heardMs: number;
  /** Beats since its last sign of life. */
  #silentBeats = 0;
  /** Between beats of a calm one. */
  #calmS: number | undefined;
  /** Since when a calm one owes an answer. */
  #askedMs: number | undefined;

  constructor(nowMs: number) {
    this.#heardMs = nowMs;
  }

  /** When it came, or its last frame did. */
  get heardMs(): number {
    return this.#heardMs;
  }

  /** How often a calm one is asked; `undefined`: it is not calm. */
  get calmS(): number | undefined {
    return this.#calmS;
  }

  /** How long it is to the next beat: of a calm one that owes no answer, when it will be quiet. */
  intervalMs(nowMs: number): number {
    if (this.#calmS === undefined || this.#askedMs !== undefined) return SIGNALING_HEARTBEAT_MS;
    return Math.max(0, this.#heardMs + 1000 * this.#calmS - nowMs);
  }

  /**
   * When it was last known to be there. A calm one is, until it owes an answer for as long as the
   * heartbeat of another one may be late.
   */
  aliveMs(nowMs: number): number {
    if (this.#calmS === undefined) return this.#heardMs;
    return this.#askedMs === undefined ? nowMs : this.#askedMs - SIGNALING_HEARTBEAT_MS;
  }

  /** Bytes came. */
  heard(nowMs: number): void {
    this.#heardMs = nowMs;
    this.#askedMs = undefined;
    if (this.#calmS !== undefined) this.#silentBeats = 0;
  }

  /** They were a message. */
  understood(message: SignalingMessage): void {
    if (message.type === "heartbeat") this.#silentBeats = 0;
    if (message.type !== "connect" || message.calmS === undefined) return;
    const leastS = SIGNALING_HEARTBEAT_MS / 1000;
    this.#calmS = Math.max(leastS, Math.min(message.calmS, SIGNALING_KEEPALIVE_S));
  }

  /** Whether it is to be asked if it is there: it can be, and it is not known, and was not yet. */
  mustBeAsked(nowMs: number): boolean {
    const isKnown = nowMs - this.#heardMs < SIGVER_HEARD_RECENTLY_MS;
    if (this.#calmS === undefined || this.#askedMs !== undefined || isKnown) return false;
    this.#askedMs = nowMs;
    this.#silentBeats = 1;
    return true;
  }

  /** An interval is over: whether it gets a heartbeat, needs none, or left too many unanswered. */
  beat(nowMs: number): "needed" | "spared" | "over" {
    if (this.#calmS !== undefined && this.#askedMs === undefined) {
      if (nowMs - this.#heardMs < 1000 * this.#calmS) return "spared";
      this.#askedMs = nowMs;
    }
    return ++this.#silentBeats < SIGNALING_MISSED_MAX ? "needed" : "over";
  }
}
