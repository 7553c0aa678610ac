import type { ServedLibrary } from "./server_process.ts";

export interface Meeting {
  readonly site: string;
  readonly signalingServer: string;
  readonly servers: Readonly<Partial<Record<ServedLibrary, number>>>;
  /** A free port, for members that listen. */
  readonly port: number;
  /** Unique to each group. */
  readonly key: string;
  /** Counts from 0. */
  readonly index: number;
}

export interface MemberSink {
  received(peer: string, data: Uint8Array): void;
  streamed(readable: ReadableStream<Uint8Array>): void;
  /** Members may have joined or left. */
  changed(): void;
}

export interface Member {
  /** The size of a frame, if the library does not fragment messages. */
  readonly bulkBytes: number;
  /** The number of pending sends before the sender waits. */
  readonly sendsMax: number;
  peers(): readonly string[];
  direct(): number;
  /** Sends to one or all; a promise settles when the library accepts more. */
  send(data: Uint8Array<ArrayBuffer>, peer?: string): Promise<unknown> | void;
  /** Undefined in libraries without streams. */
  openStream?(peer: string): WritableStream<Uint8Array>;
}

export type Join = (meeting: Meeting, sink: MemberSink) => Promise<Member>;

export const BULK_MESSAGE_BYTES = 1_000_000;

/** Without STUN servers, as all members are on this machine. */
export const RTC_CONFIGURATION = { iceServers: [] };
