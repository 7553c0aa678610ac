/**
 * A group that was left, while its members still get what was sent to them before (G12).
 *
 * ```text
 *          acknowledges all         is told: leave          all are told, or time is up
 * member ──────────────────▶ drained ─────────────▶ dismissed ─────────────────────────▶ closed
 * ```
 *
 * A neighbor that relays to a member which is not drained is told after that one.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { LEAVE_TIMEOUT_MS } from "../base/limits.ts";
import type { FullMesh } from "../topology/full_mesh.ts";
import type { Messages } from "./messages.ts";

/** The mesh and the messages of a group that was left. */
export class Leaving {
  readonly #me: MemberId;
  readonly #mesh: FullMesh;
  readonly #messages: Messages;
  readonly #deadline: number;
  readonly #closed: () => void;
  #isStopped = false;

  /** @param closed Called once, when every channel is closed. */
  constructor(
    me: MemberId,
    { mesh, messages }: { readonly mesh: FullMesh; readonly messages: Messages },
    now: number,
    closed: () => void,
  ) {
    this.#me = me;
    this.#mesh = mesh;
    this.#messages = messages;
    this.#deadline = now + LEAVE_TIMEOUT_MS;
    this.#closed = closed;
    messages.close();
  }

  /** When `tick` is due; never once it only waits for its channels to close. */
  get deadline(): number | undefined {
    if (this.#isStopped) return undefined;
    const { deadline: meshDeadline = Infinity } = this.#mesh;
    const { deadline: messagesDeadline = Infinity } = this.#messages;
    return Math.min(this.#deadline, meshDeadline, messagesDeadline);
  }

  /** Tells the members that are drained; ends when all are. */
  advance(): void {
    if (this.#isStopped) return;
    const members = this.#mesh.reachable.filter((id) => id !== this.#me);
    const undrained = new Set(members.filter((id) => !this.#messages.isDrained(id)));
    if (undrained.size === 0) return this.finish();
    for (const id of [...undrained]) undrained.add(this.#mesh.nextHopTo(id) ?? id);
    this.#mesh.leaveMembers(members.filter((id) => !undrained.has(id)));
  }

  /** Hands over what is left, tells all members, and closes every channel. */
  finish(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#messages.flushUnlimited();
    this.#mesh.stop(this.#closed);
  }

  /** The page goes away: the same, without waiting for the channels to close in order. */
  abort(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#messages.flushUnlimited();
    this.#mesh.abort();
    this.#mesh.stop(this.#closed);
  }

  /** Handles what is due. */
  tick(now: number): void {
    if (this.#isStopped) return;
    this.#mesh.tick(now);
    this.#messages.tick(now);
    if (now >= this.#deadline) this.finish();
    else this.advance();
  }
}
