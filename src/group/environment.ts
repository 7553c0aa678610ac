// The environment of a peer: the machine that it runs on, the network, and how others dial it. It
// comes in by the constructor.
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
  /** Time, chance, presence and log. */
  readonly platform: Platform;
  /** How channels are opened. */
  readonly transport: Transport;
  /** Called with each group that is made in this environment. */
  readonly groupCreated?: (group: EventTarget) => void;
}

/** A property of `globalThis`, in tests: returns the environment of each group that is made. */
interface EnvironmentHook {
  [HOOK]?: (() => Environment) | undefined;
}

/** The same one in all builds of this package that a program loads. */
const HOOK: unique symbol = Symbol.for("netflux.environment");

/** Returns the environment that tests have set, or else the usual one. */
export function environmentOr(usual: () => Environment): Environment {
  return (globalThis as EnvironmentHook)[HOOK]?.() ?? usual();
}

/**
 * Sets the environment of all groups that are made from now on: `undefined` for the usual one.
 *
 * @returns The one that was set before.
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
  /** The URL that they dial; `undefined`: this peer accepts none. */
  readonly url: () => string | undefined;
  /** They may as well dial the signaling server, each by the URL that it knows. */
  readonly atSignaling?: boolean;
  /** Whether application data of a member may be relayed; without it, all of it. */
  readonly mayRelay?: (from: MemberId, bytes: number) => boolean;
}

/** The role that a peer states to others. */
export function roleOf(platform: Pick<Platform, "isPage">, listener: LocalListener): MemberRole {
  if (listener.url() !== undefined) return "bot";
  return platform.isPage ? "page" : "process";
}
