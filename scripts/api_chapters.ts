/**
 * The chapters of docs/API.md: which names programs meet first.
 *
 * A name that no chapter has is in the last one; a name that is not exported is an error.
 *
 * @module
 */

import type { Chapter } from "./api_page.ts";

/** All but the last two, which are the error classes and all other types. */
export const CHAPTERS: readonly Chapter[] = [
  {
    title: "Groups",
    entry: "@netflux/netflux",
    names: [
      "WebGroup",
      "WebGroupOptions",
      "JoinOptions",
      "WebGroupState",
      "SignalingState",
      "WebGroupEventTarget",
      "WebGroupEventMap",
      "MemberEvent",
      "MemberChangeEvent",
      "MemberRole",
      "GroupMessageEvent",
      "GroupStreamEvent",
      "StateChangeEvent",
      "GroupErrorEvent",
      "SendableData",
      "DataType",
      "StreamOptions",
      "MemberStats",
      "RtcConfiguration",
      "RtcIceServer",
      "RtcIceServerSource",
      "Topology",
      "setLogLevel",
      "LogLevel",
    ],
  },
  {
    title: "Channels, requests and presence",
    entry: "@netflux/netflux",
    names: [
      "GroupChannel",
      "ChannelOptions",
      "ChannelMessageEvent",
      "RequestContext",
      "GroupPresence",
      "PresenceChangeEvent",
      "TypedEventTarget",
    ],
  },
  {
    title: "A server in the room",
    entry: "@netflux/netflux/server",
    names: ["GroupServer", "GroupServerOptions", "RelayMode", "RelayLimits"],
  },
  {
    title: "Bots",
    entry: "@netflux/netflux/bot",
    names: ["Bot", "BotOptions", "Invitation", "BotLimits", "WebGroup", "webrtcUnavailable"],
  },
  {
    title: "The signaling server",
    entry: "@netflux/netflux/sigver",
    names: [
      "Sigver",
      "SigverOptions",
      "createHandler",
      "listen",
      "attach",
      "AdmissionRequest",
      "SigverLimits",
      "SigverIce",
      "SigverLoad",
      "LogOptions",
      "SigverEvent",
      "natsBus",
    ],
  },
  {
    title: "Yjs",
    entry: "@netflux/netflux/yjs",
    names: ["WebGroupProvider", "WebGroupProviderOptions", "WebGroupProviderEvents"],
  },
  {
    title: "Yjs on a server",
    entry: "@netflux/netflux/yjs/server",
    names: ["persistence", "PersistenceOptions", "folderStore", "sqliteStore", "DocumentStore"],
  },
  {
    title: "Automerge",
    entry: "@netflux/netflux/automerge",
    names: ["WebGroupNetworkAdapter", "WebGroupNetworkAdapterOptions"],
  },
  {
    title: "React",
    entry: "@netflux/netflux/react",
    names: ["useGroup", "useMembers", "useGroupState", "useChannel", "usePresence"],
  },
  {
    title: "Tests",
    entry: "@netflux/netflux/testing",
    names: ["TestNetwork", "TestNetworkOptions", "TestGroups"],
  },
  {
    title: "Observables",
    entry: "@netflux/netflux/rx",
    names: ["messages", "members", "memberEvents", "streams", "state", "signalingState", "errors"],
  },
];
