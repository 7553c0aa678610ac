// The options of a group, of `join()` and of streams, with their defaults.
// @sansio

import { unusable } from "../base/describe_value.ts";
import {
  DEAD_AFTER_MS,
  GRACE_MAX_MS,
  GRACE_MS,
  MESSAGE_BYTES_DEFAULT,
  MESSAGE_BYTES_MAX,
  MESSAGE_BYTES_MIN,
} from "../base/limits.ts";
import { checkOptionNames } from "../base/check_options.ts";
import type { IceSource } from "../ice/ice_source.ts";
import { checkToken, type TokenSource } from "../signaling/token_source.ts";
import { type RtcConfiguration, sourceOf } from "./rtc_configuration.ts";
import { serversOf } from "./signaling_servers.ts";
import { Topology } from "./state.ts";

/**
 * Options of a {@linkcode WebGroup}. All are optional; `undefined` means the default.
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
  /** How members are connected: {@linkcode Topology}`.FULL_MESH`, the only one there is. */
  topology?: Topology | undefined;
  /**
   * The URL of the signaling server (Sigver), to which the key is appended. The scheme is `wss://`
   * or `ws://`; `https://` and `http://` mean the same. A URL such as `/signaling/` is relative to
   * the page; without a page, as in server-side rendering, `join()` throws for such a URL. The
   * default is `wss://signaling.netflux.coedit.re`; run your own server in production.
   *
   * Of several servers, the group uses the first one that it can connect to, and retries those
   * before it about once a minute. Give all members the same list in the same order: members on
   * different servers find each other only once they are back on the same one.
   */
  signalingServer?: string | URL | readonly (string | URL)[] | undefined;
  /**
   * A token for a signaling server that requires one, or a function that returns one for the key of
   * the group, or a promise of it. The function is called before each connection to the server, so
   * its tokens can expire soon. If it fails, or takes longer than 10 s, the attempt to connect
   * fails with a {@linkcode SignalingError}; the next attempt calls it again.
   */
  token?: string | TokenSource | undefined;
  /**
   * The ICE servers and the policy for data channels. It replaces the default configuration, which
   * has the public STUN server `stun:stun3.l.google.com:19302`. Without `iceServers`, the group
   * uses those that the signaling server provides, if any.
   */
  rtcConfiguration?: RtcConfiguration | undefined;
  /**
   * Whether to rejoin automatically when the group was lost rather than left, once the machine is
   * online and the page is visible; true by default.
   */
  autoRejoin?: boolean | undefined;
  /**
   * How long a silent member stays listed after the last sign of life, in ms: 11,500 to 3,600,000;
   * 30,000 by default. If the member is back within this time, as after a tunnel or a short sleep,
   * it receives the messages that were sent meanwhile. A crashed member is removed when the time is
   * over. Each member applies its own value, so use the same for all.
   */
  graceTime?: number | undefined;
  /**
   * The longest message that this member accepts, in bytes: 262,144 to 2,147,483,647; 268,435,456
   * (256 MiB) by default. The sender of a longer one gets a {@linkcode DeliveryError}. An
   * incomplete message is kept in memory, one for each sender. Streams have no such limit.
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
  /** Gives up the join when aborted. Once the group is joined, it has no effect. */
  signal?: AbortSignal | undefined;
}

/**
 * Options of {@linkcode WebGroup.openStream}, which the reader receives with the `stream` event.
 * All are optional; `undefined` means the default.
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
  /** The number of bytes, if known. The reader receives it; it is not checked. */
  size?: number | undefined;
  /** The media type, or any word that both sides agree on; empty by default. At most 255 bytes. */
  type?: string | undefined;
  /** Aborts the stream: both sides get an error. */
  signal?: AbortSignal | undefined;
}

export interface GroupSettings {
  /** In the order in which they are tried; at least one. */
  readonly signalingServers: readonly string[];
  /** `""`: none. */
  readonly token: string | TokenSource;
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
  token: "",
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
  const { topology, signalingServer, rtcConfiguration, ...rest }: Complete<WebGroupOptions> = {
    ...DEFAULTS,
    ...defined(options),
  };
  if (typeof rtcConfiguration !== "object" || rtcConfiguration === null) {
    throw unusable(rtcConfiguration, "rtcConfiguration", "an object");
  }
  const { iceServers, ...configuration }: RtcConfiguration = defined(rtcConfiguration);
  const settings: GroupSettings = {
    ...rest,
    signalingServers: serversOf(signalingServer, page),
    rtcConfiguration: configuration,
    ice: sourceOf(iceServers, rtcConfiguration === DEFAULTS.rtcConfiguration),
  };
  if (typeof settings.token !== "function") checkToken(settings.token);
  if (topology !== Topology.FULL_MESH) {
    throw new RangeError(`Cannot use topology ${topology}: FULL_MESH (0) expected`);
  }
  if (typeof settings.autoRejoin !== "boolean") {
    throw unusable(settings.autoRejoin, "autoRejoin", "true or false");
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
 * @throws {TypeError} The value is not a number.
 * @throws {RangeError} It is out of the range, or NaN.
 */
export function checkRange(
  name: string,
  value: unknown,
  unit: string,
  least: number,
  most: number,
): number {
  if (typeof value !== "number") throw unusable(value, name, `a number of ${unit}`);
  if (value >= least && value <= most) return value;
  throw new RangeError(`Cannot use ${value} ${unit} as ${name}: ${least} to ${most} expected`);
}
