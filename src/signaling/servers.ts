// The signaling servers of a group, in the order in which they are tried. They are dialed with the
// key of the group, and with the token of the program: a callback is called for each dial, since
// tokens expire.

import { messageOf } from "../base/describe_value.ts";
import type { Dial, DialSink } from "../transport/channel.ts";
import type { Transport } from "../transport/transport.ts";
import { groupUrl } from "../wire/signaling_url.ts";
import { checkToken, type TokenSource } from "./token_source.ts";

export interface SignalingServersEnvironment {
  readonly transport: Pick<Transport, "dialSocket">;
  /** The key of the group. */
  readonly key: () => string;
  /** Whether servers pair newcomers with this peer first. */
  readonly isFavored: () => boolean;
}

export interface ServerDial extends Dial {
  /** Whether `token()` has not settled yet. */
  readonly isAwaitingToken?: boolean;
}

/** Servers are named by their index in the list. */
export class SignalingServers {
  /** The URLs, without a key; at least one. */
  readonly urls: readonly string[];
  /** `""`: none. */
  readonly #token: string | TokenSource;
  readonly #environment: SignalingServersEnvironment;

  constructor(
    urls: readonly string[],
    token: string | TokenSource,
    environment: SignalingServersEnvironment,
  ) {
    this.urls = urls;
    this.#token = token;
    this.#environment = environment;
  }

  /** The name of a server in errors, without the query, which may contain a secret. */
  nameOf(server: number): string {
    const { origin, pathname } = new URL(this.urls[server]!);
    return `${origin}${pathname}`.replace(/\/$/, "");
  }

  dial(server: number, sink: DialSink): ServerDial {
    const { isFavored, key } = this.#environment;
    return this.dialMember(groupUrl(this.urls[server]!, key(), isFavored()), sink);
  }

  /** Dials a member that listens at a server. */
  dialMember(url: string, sink: DialSink): ServerDial {
    const { key, transport } = this.#environment;
    const source = this.#token;
    if (typeof source === "string") return transport.dialSocket(urlWithToken(url, source), sink);
    let dial: Dial | undefined;
    let isCanceled = false;
    Promise.resolve(key()).then(source).then((token) => {
      const dialed = urlWithToken(url, checkToken(token));
      if (!isCanceled) dial = transport.dialSocket(dialed, sink);
    }).catch((error) => {
      if (!isCanceled) sink.failed(`token() failed: ${messageOf(error)}`);
    });
    return {
      get isAwaitingToken() {
        return dial === undefined;
      },
      cancel() {
        isCanceled = true;
        dial?.cancel();
      },
    };
  }
}

/** Puts a token before the query of a URL. */
function urlWithToken(url: string, token: string): string {
  if (token === "") return url;
  return url.replace(/\?|$/, (mark) => `?token=${encodeURIComponent(token)}${mark && "&"}`);
}
