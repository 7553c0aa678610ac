// The envelope of a frame between members: sender, recipient, service, content and hop limit.
//
//   envelope := senderId 1 • recipientId 2 • serviceId 3 • content 4 • hopLimit 5
//
// @sansio

import { asMemberId, type MemberId } from "../base/ids.ts";
import { readMessage } from "./protobuf_reader.ts";
import { Fields } from "./protobuf_writer.ts";

/** Service numbers. Netflux 4 peers do not know `SESSION` and `UNRELIABLE`. */
export const Service = {
  HEARTBEAT: 0,
  /** Requests for a channel and their negotiation. */
  CHANNEL_BUILDER: 74,
  DATA_CHANNEL_BUILDER: 7431,
  FULL_MESH: 74315,
  /** Messages of programs, exchanged with Netflux 4 peers. */
  USER: 743,
  /** Session frames, between v5 peers. */
  SESSION: 744,
  /** Channel messages with `unreliable` delivery, between v5 peers with a data channel. */
  UNRELIABLE: 745,
} as const;

export interface Envelope {
  /** The original sender; `undefined` over signaling, where ids are not known yet. */
  readonly sender: MemberId | undefined;
  readonly recipient: MemberId | "everyone";
  readonly service: number;
  readonly content: Uint8Array;
  /** How often it can still be relayed; `undefined` if a Netflux 4 peer sent or relayed it. */
  readonly hopLimit: number | undefined;
}

export function encodeEnvelope(
  envelope: Omit<Envelope, "content"> & { readonly content: Uint8Array | Fields },
): Uint8Array<ArrayBuffer> {
  return new Fields()
    .uint32(1, envelope.sender ?? 0)
    .uint32(2, envelope.recipient === "everyone" ? 0 : envelope.recipient)
    .uint32(3, envelope.service)
    .bytes(4, envelope.content)
    .uint32(5, envelope.hopLimit)
    .finish();
}

/** @throws {ProtocolError} */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const message = readMessage(bytes);
  const sender = message.uint32(1);
  const recipient = message.uint32(2);
  return {
    sender: sender ? asMemberId(sender) : undefined,
    recipient: recipient ? asMemberId(recipient) : "everyone",
    service: message.uint32(3) ?? 0,
    content: message.bytes(4) ?? new Uint8Array(0),
    hopLimit: message.uint32(5),
  };
}
