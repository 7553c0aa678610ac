/**
 * Peer-to-peer groups. All pages, Deno processes and Node servers that join with the same key, a
 * string, are members of one group. Each member sees the others, and sends messages to all of them
 * or to one. Members connect by RTCDataChannel or WebSocket. If two of them cannot connect, other
 * members relay between them.
 *
 * This entry runs in browsers, Deno, Node and Bun. Outside browsers, `@netflux/netflux/bot` adds
 * WebRTC and bots.
 *
 * @example
 * ```ts
 * import { WebGroup } from "@netflux/netflux";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * group.addEventListener("message", ({ sender, data }) => console.log(sender, data));
 * group.addEventListener("memberjoin", ({ member }) => group.sendTo(member, "welcome"));
 * ```
 *
 * @module
 */

export {
  ConnectionError,
  DeliveryError,
  NetfluxError,
  RequestError,
  SignalingError,
} from "./src/base/errors.ts";
export type { DataType } from "./src/base/data_type.ts";
export type { MemberRole } from "./src/base/member_role.ts";
export type { BinaryData, SendableData } from "./src/group/check_arguments.ts";
export { WebGroupEventTarget } from "./src/group/event_target.ts";
export {
  GroupErrorEvent,
  GroupMessageEvent,
  GroupStreamEvent,
  MemberChangeEvent,
  MemberEvent,
  StateChangeEvent,
} from "./src/group/events.ts";
export {
  ChannelMessageEvent,
  type ChannelOptions,
  GroupChannel,
  type RequestContext,
  type StandardResult,
  type StandardSchema,
} from "./src/group/group_channel.ts";
export { GroupPresence, PresenceChangeEvent } from "./src/group/presence.ts";
export { TypedEventTarget } from "./src/group/typed_event_target.ts";
export type { ListenerOptions, WebGroupEventMap, WebGroupListener } from "./src/group/listeners.ts";
export type { JoinOptions, StreamOptions, WebGroupOptions } from "./src/group/options.ts";
export type {
  RtcCertificate,
  RtcConfiguration,
  RtcIceServer,
  RtcIceServerSource,
} from "./src/group/rtc_configuration.ts";
export { SignalingState, Topology, WebGroupState } from "./src/group/state.ts";
export type { MemberStats } from "./src/group/stats.ts";
export { WebGroup } from "./src/group/web_group.ts";
export { LogLevel, setLogLevel } from "./src/platform/log.ts";
export type { TokenSource } from "./src/signaling/token_source.ts";
