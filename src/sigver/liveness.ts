/**
 * Whether a client is alive.
 *
 * A client sends heartbeats by its own clock, unless its `connect` asks for a keepalive: then it
 * answers heartbeats, and gets one only if nothing else was sent for that long.
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

export class Liveness {
  /** When the client sent its last frame, or connected. */
  lastHeardMs: number;
  /** The interval of heartbeats on a quiet connection; `undefined` if it has no keepalive. */
  keepaliveS: number | undefined;
  #missedHeartbeats = 0;
  /** Since when a client with a keepalive owes an answer. */
  #probedAtMs: number | undefined;

  constructor(nowMs: number) {
    this.lastHeardMs = nowMs;
  }

  intervalMs(nowMs: number): number {
    return this.keepaliveS === undefined || this.#probedAtMs !== undefined
      ? SIGNALING_HEARTBEAT_MS
      : Math.max(0, this.lastHeardMs + 1000 * this.keepaliveS - nowMs);
  }

  /**
   * When the client was last known to be alive. One with a keepalive is, until it owes an answer
   * for as long as a heartbeat of another client may be late.
   */
  lastAliveMs(nowMs: number): number {
    if (this.keepaliveS === undefined) return this.lastHeardMs;
    return this.#probedAtMs === undefined ? nowMs : this.#probedAtMs - SIGNALING_HEARTBEAT_MS;
  }

  onFrame(nowMs: number): void {
    this.lastHeardMs = nowMs;
    this.#probedAtMs = undefined;
    if (this.keepaliveS !== undefined) this.#missedHeartbeats = 0;
  }

  onMessage(message: SignalingMessage): void {
    if (message.type === "heartbeat") this.#missedHeartbeats = 0;
    if (message.type !== "connect" || message.calmS === undefined) return;
    const leastS = SIGNALING_HEARTBEAT_MS / 1000;
    this.keepaliveS = Math.max(leastS, Math.min(message.calmS, SIGNALING_KEEPALIVE_S));
  }

  /** Starts a probe, unless the client cannot be probed, already is, or was heard a moment ago. */
  startProbe(nowMs: number): boolean {
    const isAlive = nowMs - this.lastHeardMs < SIGVER_HEARD_RECENTLY_MS;
    if (this.keepaliveS === undefined || this.#probedAtMs !== undefined || isAlive) return false;
    this.#probedAtMs = nowMs;
    this.#missedHeartbeats = 1;
    return true;
  }

  /** An interval has ended: the client gets a heartbeat, needs none, or missed too many. */
  onInterval(nowMs: number): "heartbeat" | "quiet" | "dead" {
    if (this.keepaliveS !== undefined && this.#probedAtMs === undefined) {
      if (nowMs - this.lastHeardMs < 1000 * this.keepaliveS) return "quiet";
      this.#probedAtMs = nowMs;
    }
    return ++this.#missedHeartbeats < SIGNALING_MISSED_MAX ? "heartbeat" : "dead";
  }
}
