// The options of a group, of `join()` and of streams, with their defaults.
// @sansio

import {
  DEAD_AFTER_MS,
  GRACE_MAX_MS,
  GRACE_MS,
  MESSAGE_BYTES_DEFAULT,
  MESSAGE_BYTES_MAX,
  MESSAGE_BYTES_MIN,
} from "../base/limits.ts";
import { checkOptionNames } from "../base/option_names.ts";
import type { IceSource } from "../ice/ice_source.ts";
import { type RtcConfiguration, sourceOf } from "./rtc_configuration.ts";
import { serversOf } from "./signaling_servers.ts";
import { Topology } from "./state.ts";

/**
 * Options of a {@linkcode WebGroup}; all may be left out, and what is `undefined` counts as left
 * out.
 *
 * @example
 * ```ts
 * import { Topology, WebGroup, type WebGroupOptions } from "@netflux/netflux";
 *
 * const options: WebGroupOptions = {
 *   topology: Topology.FULL_MESH,
 *   signalingServer: "wss://signaling.example.org",
 *   rtcConfiguration: { iceServers: [{ urls: "stun:stun.example.org" }] },
 *   autoRejoin: false,
 * };
 * const group = new WebGroup(options);
 * ```
 */
export interface WebGroupOptions {
  /** How members are connected; {@linkcode Topology}`.FULL_MESH`, the only one, by default. */
  topology?: Topology | undefined;
  /**
   * The URL of the signaling server (Sigver), as `new WebSocket` takes it, to which the key is
   * appended: `wss://` or `ws://`; `https://` and `http://` stand for these, and `/signaling/` is
   * relative to the page. Where there is no page, as while one is rendered on a server, `join()`
   * throws on a relative one. `wss://signaling.netflux.coedit.re` by default; run your own in
   * production.
   *
   * Of several servers the first one that can be had is used, and those before it are tried again
   * about once a minute. Give all members the same list, in the same order: members that use
   * different servers find each other when they are back at the same one.
   */
  signalingServer?: string | URL | readonly (string | URL)[] | undefined;
  /**
   * ICE servers and policy for data channels. It replaces the default, the one public STUN server
   * `stun:stun3.l.google.com:19302`, as a whole. Where no `iceServers` are told, those are used
   * that the signaling server hands out, if it does.
   */
  rtcConfiguration?: RtcConfiguration | undefined;
  /**
   * Whether a group that was lost (not left) is joined again by itself, as soon as there is a
   * network and the page can be seen; true by default.
   */
  autoRejoin?: boolean | undefined;
  /**
   * For how long a member is listed that nobody hears, in ms from when it was heard last: 11,500 to
   * 3,600,000, 30,000 by default. Messages sent meanwhile arrive when it is back within
   * this time, after a tunnel or a short sleep; a crash shows when it is over. Each member decides
   * for itself, so give all the same.
   */
  graceTime?: number | undefined;
  /**
   * The longest message that is taken, in bytes: 262,144 to 2,147,483,647, and 268,435,456 (256
   * MiB) by default. A message is held until all of it has come, of each member one at a time; the
   * sender of a longer one gets a {@linkcode DeliveryError}. Streams have no such limit.
   */
  maxMessageSize?: number | undefined;
}

/**
 * Options of {@linkcode WebGroup.join}.
 *
 * @example
 * ```ts
 * import { WebGroup } from "@netflux/netflux";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * const signal = AbortSignal.abort(); // or AbortSignal.timeout(10_000)
 * await group.join("a key that we share", { signal }).catch((error) => console.log(error.name));
 * ```
 */
export interface JoinOptions {
  /** Leaves the group when it is aborted before the group is joined; later it has no effect. */
  signal?: AbortSignal | undefined;
}

/**
 * Options of {@linkcode WebGroup.openStream}: what the reader is told beforehand. All may be left
 * out, and what is `undefined` counts as left out.
 *
 * @example
 * ```ts
 * import { type StreamOptions, WebGroup } from "@netflux/netflux";
 *
 * const text = new Blob(["hello"], { type: "text/plain" });
 * const options: StreamOptions = { name: "hello.txt", size: text.size, type: text.type };
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * group.onMemberJoin = (id) => {
 *   text.stream().pipeTo(group.openStream(id, options)).catch((error) => console.log(error.code));
 * };
 * ```
 */
export interface StreamOptions {
  /** The name of the stream; empty by default. At most 1,024 bytes. */
  name?: string | undefined;
  /** How many bytes it will have, as far as that is known. It is told, and not checked. */
  size?: number | undefined;
  /** The media type of its bytes, or a word that both sides agree on; empty by default. */
  type?: string | undefined;
  /** Gives the stream up when it is aborted: both sides get an error. */
  signal?: AbortSignal | undefined;
}

export interface GroupSettings {
  readonly topology: Topology;
  /** In the order in which they are tried; at least one. */
  readonly signalingServers: readonly string[];
  /** Without the ICE servers. */
  readonly rtcConfiguration: RtcConfiguration;
  readonly ice: IceSource;
  readonly autoRejoin: boolean;
  readonly graceTime: number;
  readonly maxMessageSize: number;
}

const DEFAULTS = {
  topology: Topology.FULL_MESH,
  signalingServer: "wss://signaling.netflux.coedit.re",
  rtcConfiguration: {},
  autoRejoin: true,
  graceTime: GRACE_MS,
  maxMessageSize: MESSAGE_BYTES_DEFAULT,
} as const satisfies WebGroupOptions;

/**
 * `page` is the base of relative URLs, if there is a page.
 *
 * @throws {TypeError} An option is unknown, or of another type than expected.
 * @throws {RangeError} The topology is unknown.
 */
export function groupSettingsOf(options: WebGroupOptions, page?: string): GroupSettings {
  checkOptionNames(options, Object.keys(DEFAULTS));
  const { signalingServer, rtcConfiguration, ...rest }: Complete<WebGroupOptions> = {
    ...DEFAULTS,
    ...defined(options),
  };
  if (typeof rtcConfiguration !== "object" || rtcConfiguration === null) {
    throw new TypeError(`Cannot use ${rtcConfiguration} as rtcConfiguration: an object expected`);
  }
  const { iceServers, ...configuration }: RtcConfiguration = defined(rtcConfiguration);
  const settings: GroupSettings = {
    ...rest,
    signalingServers: serversOf(signalingServer, page),
    rtcConfiguration: configuration,
    ice: sourceOf(iceServers, rtcConfiguration === DEFAULTS.rtcConfiguration),
  };
  if (settings.topology !== Topology.FULL_MESH) {
    throw new RangeError(`Cannot use topology ${settings.topology}: FULL_MESH (0) expected`);
  }
  if (typeof settings.autoRejoin !== "boolean") {
    throw new TypeError(`Cannot use ${settings.autoRejoin} as autoRejoin: true or false expected`);
  }
  checkRange("graceTime", settings.graceTime, "ms", DEAD_AFTER_MS, GRACE_MAX_MS);
  const { maxMessageSize } = settings;
  checkRange("maxMessageSize", maxMessageSize, "bytes", MESSAGE_BYTES_MIN, MESSAGE_BYTES_MAX);
  return { ...settings, maxMessageSize: Math.floor(maxMessageSize) };
}

type Complete<Options> = { [Option in keyof Options]-?: NonNullable<Options[Option]> };

function defined<Options extends object>(options: Options): Partial<Complete<Options>> {
  const told = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(told) as Partial<Complete<Options>>;
}

/**
 * @throws {TypeError} The value is no number.
 * @throws {RangeError} It is out of the range, or NaN.
 */
export function checkRange(
  name: string,
  value: unknown,
  unit: string,
  least: number,
  most: number,
): number {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot use ${String(value)} as ${name}: a number of ${unit} expected`);
  }
  if (value >= least && value <= most) return value;
  throw new RangeError(`Cannot use ${value} ${unit} as ${name}: ${least} to ${most} expected`);
}
