/**
 * What every library that is measured is made to look like.
 *
 * @module
 */

/** Where and as whom a member meets the others. */
export interface Meeting {
  /** The site of the benchmark, as `http://…`: page, scripts, and meeting points. */
  readonly site: string;
  /** The signaling server of ours, as `ws://…`. */
  readonly signalingServer: string;
  /** The port of the server that PeerJS needs. */
  readonly peerPort: number;
  /** A free port, for who listens itself. */
  readonly port: number;
  /** Of the group, and of no group before. */
  readonly key: string;
  /** Which member this is, from 0. */
  readonly index: number;
}

/** What a member is told. */
export interface MemberSink {
  /** A message came. */
  received(peer: string, data: Uint8Array): void;
  /** A stream came. */
  streamed(readable: ReadableStream<Uint8Array>): void;
  /** Who is there may have changed. */
  changed(): void;
}

/** A member of a group of some library. */
export interface Member {
  /** How many bytes a message of bulk data has: a frame, where nobody cuts messages. */
  readonly bulkBytes: number;
  /** How many messages may be under way to the library before one waits for its word. */
  readonly sendsMax: number;
  /** The other members that it can send to. */
  peers(): readonly string[];
  /** To how many of them it has a channel of its own. */
  direct(): number;
  /** Sends to one, or to all; a promise settles when the library would take more. */
  send(data: Uint8Array<ArrayBuffer>, peer?: string): Promise<unknown> | void;
  /** Opens a stream to one, in libraries that have them. */
  openStream?(peer: string): WritableStream<Uint8Array>;
}

/** Begins to be a member; the promise settles when it is one. */
export type Join = (meeting: Meeting, sink: MemberSink) => Promise<Member>;

/** What message bulk data is sent in, by libraries that cut messages themselves. */
export const BULK_MESSAGE_BYTES = 1_000_000;

/** Only this machine: no STUN server. */
export const RTC_CONFIGURATION = { iceServers: [] };
