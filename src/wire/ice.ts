/**
 * The STUN and TURN servers that the signaling server hands to peers.
 *
 * ```text
 * ice    := server 1* • lifetime 2 (s)
 * server := url 1* (string) • username 2 (string) • credential 3 (string)
 * ```
 *
 * @module
 */

import { ICE_SERVERS_MAX, ICE_URLS_MAX } from "../base/limits.ts";
import { Fields, readFields } from "./bytes.ts";

/** A STUN or TURN server (W3C WebRTC section 4.2, `RTCIceServer`). */
export interface IceServer {
  readonly urls: string | readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

/** What the signaling server hands out. */
export interface IceOffer {
  readonly servers: readonly IceServer[];
  /** The credentials are good for so many seconds; others come in time. */
  readonly lifetimeS: number;
}

/** The bytes of an offer. */
export function encodeIce({ servers, lifetimeS }: IceOffer): Uint8Array<ArrayBuffer> {
  const fields = new Fields();
  for (const server of servers) fields.bytes(1, encodeServer(server));
  return fields.uint32(2, lifetimeS).finish();
}

function encodeServer({ urls, username, credential }: IceServer): Fields {
  const fields = new Fields();
  for (const url of typeof urls === "string" ? [urls] : urls) fields.string(1, url);
  if (username !== undefined) fields.string(2, username);
  if (credential !== undefined) fields.string(3, credential);
  return fields;
}

/** Reads an offer, or throws a {@linkcode ProtocolError}; what is beyond the limits is left out. */
export function decodeIce(bytes: Uint8Array): IceOffer {
  const servers: IceServer[] = [];
  let lifetimeS = 0;
  readFields(bytes, (number, field) => {
    if (number === 2) lifetimeS = field.uint32() ?? lifetimeS;
    if (number !== 1 || servers.length >= ICE_SERVERS_MAX) return;
    const server = field.bytes();
    if (server !== undefined) servers.push(decodeServer(server));
  });
  return { servers, lifetimeS };
}

function decodeServer(bytes: Uint8Array): IceServer {
  const urls: string[] = [];
  const account: { username?: string; credential?: string } = {};
  readFields(bytes, (number, field) => {
    const text = number > 3 ? undefined : field.string();
    if (text === undefined) return;
    if (number === 2) account.username = text;
    else if (number === 3) account.credential = text;
    else if (urls.length < ICE_URLS_MAX) urls.push(text);
  });
  return { urls, ...account };
}
