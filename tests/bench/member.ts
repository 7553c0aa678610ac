import type { ServedLibrary } from "./server_process.ts";

/** The meeting point of a member, and its identity. */
export interface Meeting {
  /** The site of the benchmark, as `http://…`: page, scripts, and meeting points. */
  readonly site: string;
  /** The URL of the signaling server of this library, `ws://…`. */
  readonly signalingServer: string;
  /** The ports of the servers that other libraries need. */
  readonly servers: Readonly<Partial<Record<ServedLibrary, number>>>;
  /** A free port, for members that listen. */
  readonly port: number;
  /** Of the group, and of no group before. */
  readonly key: string;
  /** Which member this is, from 0. */
  readonly index: number;
}

/** The events of a member. */
export interface MemberSink {
  /** A message came. */
  received(peer: string, data: Uint8Array): void;
  /** A stream came. */
  streamed(readable: ReadableStream<Uint8Array>): void;
  /** The other members may have changed. */
  changed(): void;
}

/** A member of a group of some library. */
export interface Member {
  /** The size of a message of bulk data: a frame, where the library does not fragment. */
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

/** Starts to join; settles when the member has joined. */
export type Join = (meeting: Meeting, sink: MemberSink) => Promise<Member>;

/** The size of a message of bulk data for libraries that fragment. */
export const BULK_MESSAGE_BYTES = 1_000_000;

/** Only this machine: no STUN server. */
export const RTC_CONFIGURATION = { iceServers: [] };
