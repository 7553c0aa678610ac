/**
 * Data channels by node-datachannel, where it is not as the standard has it.
 *
 * Where the server of DTLS sends through a relay of its own, libdatachannel 0.24.5 may wait for
 * ever for a lock that it holds itself, and the program with it (its pull request 1630). So who
 * offers is the client if it has relays, as an offer may say (RFC 8842 section 5.2); and who
 * answers such an offer, as the server, has none: one is enough for two.
 *
 * ```text
 *   offerer   with relays, offer out: "active"; without, "actpass"
 *   answerer  waiting ──offer in──▶ dialed: "active" ─▶ without relays; "actpass" ─▶ with relays
 * ```
 *
 * Without need nobody is another one than usual: the server of DTLS has to be connected first, or a
 * second is lost, and who offers is.
 *
 * @module
 */

import { EARLY_CANDIDATES_MAX } from "../base/limits.ts";
import type { RtcSignal } from "../wire/data_channel_builder.ts";
import type { RtcQuirks } from "./rtc_channel.ts";
import { dialRtc } from "./rtc_dial.ts";
import type { RtcDial, RtcOptions, RtcSink } from "./transport.ts";

/** How node-datachannel differs besides. */
const QUIRKS: RtcQuirks = { closesEarly: true, checksSlowly: true };

/** Opens a data channel, as {@linkcode dialRtc} does. */
export function dialNative(
  PeerConnection: typeof RTCPeerConnection,
  options: RtcOptions,
  sink: RtcSink,
): RtcDial {
  const dial = (configuration: RTCConfiguration, sink: RtcSink) =>
    dialRtc(PeerConnection, { ...options, configuration }, sink, QUIRKS);
  const configuration = escapeCredentials(options.configuration);
  return options.role === "offerer"
    ? dial(configuration, hasRelays(configuration) ? asClient(sink) : sink)
    : new Answer((offer) =>
      dial(isActive(offer) ? withoutRelays(configuration) : configuration, sink)
    );
}

/** Waits for the offer: it decides how the connection is made. */
class Answer implements RtcDial {
  readonly #begin: (offer: string) => RtcDial;
  #early: RtcSignal[] = [];
  #dial: RtcDial | undefined;
  #isOver = false;

  constructor(begin: (offer: string) => RtcDial) {
    this.#begin = begin;
  }

  receive(signal: RtcSignal): void {
    if (this.#isOver) return;
    if (this.#dial !== undefined) return this.#dial.receive(signal);
    if (signal.type !== "offer") {
      if (this.#early.length < EARLY_CANDIDATES_MAX) this.#early.push(signal);
      return;
    }
    this.#dial = this.#begin(signal.sdp);
    for (const known of [signal, ...this.#early]) this.#dial.receive(known);
    this.#early = [];
  }

  abort(): void {
    this.#isOver = true;
    this.#early = [];
    this.#dial?.abort();
  }
}

const ANY_ROLE = /^a=setup:actpass\b/m;

function asClient(sink: RtcSink): RtcSink {
  return {
    opened: (channel) => sink.opened(channel),
    failed: (reason) => sink.failed(reason),
    signal: (signal) =>
      sink.signal(
        signal.type === "offer"
          ? { ...signal, sdp: signal.sdp.replace(ANY_ROLE, "a=setup:active") }
          : signal,
      ),
  };
}

function hasRelays({ iceServers = [] }: RTCConfiguration): boolean {
  return iceServers.some(({ urls }) => [urls].flat().some((url) => /^turns?:/.test(url)));
}

function isActive(offer: string): boolean {
  return /^a=setup:active\b/m.test(offer);
}

/**
 * TURN servers as the STUN servers that they are besides; unless a program wants relays only, and
 * says no address of its own.
 */
function withoutRelays(configuration: RTCConfiguration): RTCConfiguration {
  if (configuration.iceTransportPolicy === "relay") return configuration;
  const urls = (configuration.iceServers ?? []).flatMap((server) => server.urls);
  const stun = urls.map((url) => url.replace(/^turn:([^?]*).*$/, "stun:$1"));
  const usable = [...new Set(stun)].filter((url) => url.startsWith("stun:"));
  return { ...configuration, iceServers: usable.map((urls) => ({ urls })) };
}

/** Name and password are written into a URL as they are: an "@" would end them. */
function escapeCredentials(configuration: RTCConfiguration): RTCConfiguration {
  const { iceServers = [] } = configuration;
  return {
    ...configuration,
    iceServers: iceServers.map((server) => ({
      ...server,
      ...(server.username && { username: encodeURIComponent(server.username) }),
      ...(server.credential && { credential: encodeURIComponent(server.credential) }),
    })),
  };
}
