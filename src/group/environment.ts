// The environment of a peer, passed to its constructor: the platform, the transport, and the URLs
// at which others can dial it.
//
// @sansio

import type { MemberId } from "../base/ids.ts";
import type { MemberRole } from "../base/member_role.ts";
import type { Platform } from "../platform/platform.ts";
import type { Transport } from "../transport/transport.ts";

/**
 * Everything outside a peer; of no use to programs.
 *
 * @ignore
 */
export interface Environment {
  /** Clock, random numbers, page events and log. */
  readonly platform: Platform;
  /** How channels are opened. */
  readonly transport: Transport;
  /** Called with each group that is made in this environment. */
  readonly groupCreated?: (group: EventTarget) => void;
}

/** A property of `globalThis` in tests, which returns the environment of each new group. */
interface EnvironmentHook {
  [HOOK]?: (() => Environment) | undefined;
}

/** A registered symbol, so that all builds of this package in a program share it. */
const HOOK: unique symbol = Symbol.for("netflux.environment");

/** Returns the environment that a test has set, or the usual one. */
export function environmentOr(usual: () => Environment): Environment {
  return (globalThis as EnvironmentHook)[HOOK]?.() ?? usual();
}

/**
 * Sets the environment of all groups that are created from now on; `undefined` restores the usual
 * one.
 *
 * @returns The previous value.
 * @internal
 */
export function setEnvironment(
  hook: (() => Environment) | undefined,
): (() => Environment) | undefined {
  const before = (globalThis as EnvironmentHook)[HOOK];
  (globalThis as EnvironmentHook)[HOOK] = hook;
  return before;
}

/** How members open WebSockets to this peer. */
export interface LocalListener {
  /** Returns the URL that members dial; `undefined` if this peer accepts no WebSockets. */
  readonly url: () => string | undefined;
  /** Whether members can also dial the signaling server, by the URL that they use for it. */
  readonly atSignaling?: boolean;
  /** Whether a frame of a member may be relayed; by default all. Control frames are urgent. */
  readonly mayRelay?: (from: MemberId, bytes: number, urgent: boolean) => boolean;
}

/** Returns the role that a peer sends to others. */
export function ownRole(platform: Pick<Platform, "isPage">, listener: LocalListener): MemberRole {
  if (listener.url() !== undefined) return "bot";
  return platform.isPage ? "page" : "process";
}
