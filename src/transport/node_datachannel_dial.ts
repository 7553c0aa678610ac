// Opens data channels with node-datachannel, with workarounds.
//
// libdatachannel 0.24.5 can deadlock, and block the program, if the DTLS server sends through its
// own TURN relay (pull request 1630 of libdatachannel). So an offerer with relays becomes the DTLS
// client (RFC 8842, section 5.2). The answerer of such an offer is the DTLS server, and uses no
// relays: one relay is sufficient for two peers.
//
//   offerer   with relays, offer out: "active"; without, "actpass"
//   answerer  waiting ──offer in──▶ dialed: "active" ─▶ without relays; "actpass" ─▶ with relays
//
// Otherwise the default roles apply: the offerer is the DTLS server, which must complete ICE
// first, or the connection takes about 1 s longer.
//
// Host names of ICE servers are resolved here, not by libjuice. It uses a thread for each
// connection, and closing the connection blocks one of the few workers of libdatachannel until the
// thread ends. If the name server does not respond, two closed connections on a machine with two
// cores block all others, and the event loop, for 5 to 10 s.

import { ANSWERER_IDLE_MS, EARLY_CANDIDATES_MAX } from "../base/limits.ts";
import type { RtcSignal } from "../wire/rtc_signal.ts";
import type { HostAddresses } from "./host_addresses.ts";
import { hostNamesOf, withAddresses } from "./ice_hosts.ts";
import type { RtcQuirks } from "./rtc_channel.ts";
import { dialRtc } from "./rtc_dial.ts";
import type { RtcDial, RtcOptions, RtcSink } from "./transport.ts";

/**
 * If both sides closed the data channel at the same time, each would wait for the other to end the
 * connection, for 2 s. So an answerer that has just sent something lets the offerer close first.
 */
const QUIRKS: Readonly<Record<RtcOptions["role"], RtcQuirks>> = {
  offerer: { closesEarly: true, checksSlowly: true },
  answerer: { closesEarly: true, checksSlowly: true, idleMs: ANSWERER_IDLE_MS },
};

/** Opens a data channel when ICE servers are resolved and, as answerer, when the offer is known. */
export function dialNodeDatachannel(
  PeerConnection: typeof RTCPeerConnection,
  hosts: HostAddresses,
  options: RtcOptions,
  sink: RtcSink,
): RtcDial {
  const { role } = options;
  const escaped = escapeCredentials(options.configuration);
  const early: RtcSignal[] = [];
  let offer: Extract<RtcSignal, { type: "offer" }> | undefined;
  let isResolved = false;
  let isCanceled = false;
  let dial: RtcDial | undefined;
  const openWhenReady = () => {
    if (!isResolved || (role === "answerer" && offer === undefined)) return;
    const resolved = withAddresses(escaped, (name) => hosts.addressOf(name));
    const configuration = isActive(offer?.sdp) ? withoutRelays(resolved) : resolved;
    const isClient = role === "offerer" && hasRelays(configuration);
    const rtcOptions = { ...options, configuration };
    dial = dialRtc(PeerConnection, rtcOptions, isClient ? asClient(sink) : sink, QUIRKS[role]);
    for (const signal of [offer ?? [], early.splice(0)].flat()) dial.receive(signal);
  };
  const stopWaiting = hosts.whenKnown(hostNamesOf(escaped), () => {
    isResolved = true;
    openWhenReady();
  });
  return {
    receive(signal) {
      if (isCanceled) return;
      if (dial !== undefined) return dial.receive(signal);
      if (signal.type === "offer") offer ??= signal;
      else if (early.length < EARLY_CANDIDATES_MAX) early.push(signal);
      openWhenReady();
    },
    cancel() {
      isCanceled = true;
      stopWaiting();
      dial?.cancel();
    },
  };
}

const ANY_ROLE = /^a=setup:actpass\b/m;

function asClient(sink: RtcSink): RtcSink {
  return {
    opened: (channel) => sink.opened(channel),
    failed: (reason) => sink.failed(reason),
    signalGenerated: (signal) =>
      sink.signalGenerated(
        signal.type === "offer"
          ? { ...signal, sdp: signal.sdp.replace(ANY_ROLE, "a=setup:active") }
          : signal,
      ),
  };
}

function hasRelays({ iceServers = [] }: RTCConfiguration): boolean {
  return iceServers.some(({ urls }) => [urls].flat().some((url) => /^turns?:/.test(url)));
}

function isActive(offer = ""): boolean {
  return /^a=setup:active\b/m.test(offer);
}

/**
 * Uses TURN servers only as STUN servers, which they also are. If the program allows relays only,
 * to hide its addresses, the configuration stays.
 */
function withoutRelays(configuration: RTCConfiguration): RTCConfiguration {
  if (configuration.iceTransportPolicy === "relay") return configuration;
  const urls = (configuration.iceServers ?? []).flatMap((server) => server.urls);
  const stun = urls.map((url) => url.replace(/^turn:([^?]*).*$/, "stun:$1"));
  const usable = [...new Set(stun)].filter((url) => url.startsWith("stun:"));
  return { ...configuration, iceServers: usable.map((urls) => ({ urls })) };
}

/** Escapes user name and password, which node-datachannel inserts into a URL unescaped. */
function escapeCredentials(configuration: RTCConfiguration): RTCConfiguration {
  const { iceServers = [] } = configuration;
  return {
    ...configuration,
    iceServers: iceServers.map((server) => ({
      ...server,
      ...(server.username && { username: encodeURIComponent(server.username.toWellFormed()) }),
      ...(server.credential &&
        { credential: encodeURIComponent(server.credential.toWellFormed()) }),
    })),
  };
}
