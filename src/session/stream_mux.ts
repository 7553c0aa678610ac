// The streams with one member: selects the next stream to send, and routes stream chunks.
//
// A writer sends the bytes of a stream within the credit that the reader grants: when its program
// accepts the stream, and as it reads. The writer counts a stream as open until the reader stops
// it, which it also does at its end, or acknowledges its `reset`. So both sides have a bounded
// number.
//
// @sansio

import { DeliveryError } from "../base/errors.ts";
import { Queue } from "../base/queue.ts";
import {
  STREAM_CHUNK_HEADER_BYTES,
  STREAM_UNACKED_REPLIES_MAX,
  STREAMS_MAX,
} from "../base/session_limits.ts";
import type { StreamInfo } from "../base/stream_info.ts";
import { asStreamId, type StreamChunk, type StreamId } from "../wire/stream_chunk.ts";
import { ReceiveStream } from "./receive_stream.ts";
import type { SizedChunk, StreamChunkSource } from "./send_buffer.ts";
import type { SendStream, StreamChunkToSend } from "./send_stream.ts";

export interface StreamPorts {
  readonly requestFrames: () => void;
  readonly streamOpened: (receiveStream: ReceiveStream) => void;
  readonly protocolError: (text: string) => void;
}

export class StreamMux implements StreamChunkSource {
  readonly #ports: StreamPorts;
  /** Chunks without stream data, sent first. */
  readonly #control = new Queue<StreamChunkToSend>();
  readonly #unopened = new Set<SendStream>();
  readonly #sendStreams = new Map<StreamId, SendStream>();
  /** Streams with something to send; the first one is next. */
  readonly #ready = new Set<StreamId>();
  readonly #receiveStreams = new Map<StreamId, ReceiveStream>();
  #nextSendId = 0;
  #nextReceiveId = 0;
  #unackedReplies = 0;
  #isClosed = false;
  /** A frame is being made: chunks that become ready now are part of it or of the next one. */
  #isMakingFrame = false;

  constructor(ports: StreamPorts) {
    this.#ports = ports;
  }

  open(sendStream: SendStream): void {
    this.#unopened.add(sendStream);
    sendStream.attach({ ready: () => {}, resetByProgram: () => this.#unopened.delete(sendStream) });
    this.#requestFrames();
  }

  // Outgoing

  get hasPending(): boolean {
    return this.#control.size > 0 || this.#ready.size > 0 || this.#mayOpen;
  }

  nextChunk(bytesMax: number): SizedChunk | undefined {
    const next = this.#nextChunk(bytesMax);
    return next && { ...next, bytes: bytesOf(next.chunk) };
  }

  #nextChunk(bytesMax: number): StreamChunkToSend | undefined {
    const control = this.#control.peek();
    if (control !== undefined) {
      return bytesOf(control.chunk) > bytesMax ? undefined : this.#control.shift();
    }
    if (this.#mayOpen) return this.#openNext(bytesMax);
    const [stream] = this.#ready;
    if (stream === undefined || bytesMax <= STREAM_CHUNK_HEADER_BYTES) return undefined;
    this.#ready.delete(stream);
    const sendStream = this.#sendStreams.get(stream);
    this.#isMakingFrame = true;
    const next = sendStream?.nextChunk(stream, bytesMax);
    this.#isMakingFrame = false;
    if (sendStream?.isReady) this.#ready.add(stream);
    return next ?? this.#nextChunk(bytesMax);
  }

  get #mayOpen(): boolean {
    return this.#unopened.size > 0 && this.#sendStreams.size < STREAMS_MAX;
  }

  #openNext(bytesMax: number): StreamChunkToSend | undefined {
    const [sendStream] = this.#unopened;
    if (sendStream === undefined) return undefined;
    const stream = asStreamId(this.#nextSendId);
    const chunk: StreamChunk = { type: "open", stream, info: sendStream.info };
    if (bytesOf(chunk) > bytesMax) return undefined;
    this.#nextSendId = (this.#nextSendId + 1) >>> 0;
    this.#unopened.delete(sendStream);
    this.#sendStreams.set(stream, sendStream);
    const ready = () => {
      if (!sendStream.isReady) return;
      this.#ready.add(stream);
      this.#requestFrames();
    };
    const givenUp = (reason: string) => {
      this.#ready.delete(stream);
      this.#sendControl({ type: "reset", stream, reason }, () => this.#sendStreams.delete(stream));
    };
    sendStream.attach({ ready, resetByProgram: givenUp });
    if (sendStream.isReady) this.#ready.add(stream);
    return { chunk, onAck: undefined };
  }

  #sendControl(chunk: StreamChunk, onAck?: () => void): void {
    this.#control.push({ chunk, onAck });
    this.#requestFrames();
  }

  #requestFrames(): void {
    if (!this.#isClosed && !this.#isMakingFrame) this.#ports.requestFrames();
  }

  // Incoming

  receive(chunk: StreamChunk): void {
    switch (chunk.type) {
      case "open":
        return this.#onOpen(chunk.stream, chunk.info);
      case "stop":
      case "credit":
        return this.#onReaderChunk(chunk);
      default:
        return this.#onWriterChunk(chunk);
    }
  }

  #onOpen(stream: StreamId, info: StreamInfo): void {
    if (stream !== this.#nextReceiveId) {
      return this.#ports.protocolError(
        `Stream ${stream} was opened where ${this.#nextReceiveId} was next`,
      );
    }
    this.#nextReceiveId = (this.#nextReceiveId + 1) >>> 0;
    if (this.#unackedReplies >= STREAM_UNACKED_REPLIES_MAX) {
      return this.#ports.protocolError(
        `Stream ${stream} was opened by a peer that acknowledges nothing`,
      );
    }
    const receiveStream = new ReceiveStream(info, {
      creditGranted: (bytes) => this.#sendReply({ type: "credit", stream, bytes }),
      stopped: (reason) => this.#stop(stream, reason),
    });
    if (this.#receiveStreams.size >= STREAMS_MAX) {
      return this.#stop(stream, `${STREAMS_MAX} streams are open`);
    }
    this.#receiveStreams.set(stream, receiveStream);
    this.#ports.streamOpened(receiveStream);
    if (!receiveStream.isAccepted) this.#stop(stream, "no listener accepted it");
  }

  #stop(stream: StreamId, reason: string): void {
    this.#receiveStreams.delete(stream);
    this.#sendReply({ type: "stop", stream, reason });
  }

  #sendReply(chunk: StreamChunk): void {
    this.#unackedReplies++;
    this.#sendControl(chunk, () => this.#unackedReplies--);
  }

  #onWriterChunk(chunk: StreamChunk & { readonly type: "data" | "end" | "reset" }): void {
    const { stream } = chunk;
    const receiveStream = this.#receiveStreams.get(stream);
    if (receiveStream === undefined) return this.#checkKnown(chunk, this.#nextReceiveId);
    if (chunk.type === "reset") {
      this.#receiveStreams.delete(stream);
      return receiveStream.fail(
        new DeliveryError("ABORTED", because("The writer gave up", chunk.reason)),
      );
    }
    // A copy: through a view, the program could reach the frame and keep it in memory.
    const fault = chunk.type === "end"
      ? receiveStream.end()
      : receiveStream.add(chunk.content.slice());
    if (fault === undefined) return;
    this.#ports.protocolError(`Stream ${stream} was stopped: ${fault}`);
    receiveStream.fail(new DeliveryError("ABORTED", `Cannot read the stream: ${fault}`));
    this.#stop(stream, fault);
  }

  #onReaderChunk(chunk: StreamChunk & { readonly type: "stop" | "credit" }): void {
    const { stream } = chunk;
    const sendStream = this.#sendStreams.get(stream);
    if (sendStream === undefined) return this.#checkKnown(chunk, this.#nextSendId);
    if (chunk.type === "credit") {
      sendStream.addCredit(chunk.bytes);
      if (sendStream.isReady) this.#ready.add(stream);
      return this.#requestFrames();
    }
    this.#sendStreams.delete(stream);
    this.#ready.delete(stream);
    sendStream.fail(new DeliveryError("CANCELLED", because("The reader stopped", chunk.reason)));
    this.#requestFrames();
  }

  /** A chunk of a stream that has ended is ignored; one of an unknown stream is an error. */
  #checkKnown({ type, stream }: StreamChunk, nextId: number): void {
    const isKnown = ((stream - nextId) | 0) < 0;
    if (!isKnown) this.#ports.protocolError(`Received ${type} for unknown stream ${stream}`);
  }

  // The end

  failSendStreams(error: DeliveryError): void {
    for (const sendStream of [...this.#unopened, ...this.#sendStreams.values()]) {
      sendStream.fail(error);
    }
    this.#unopened.clear();
    this.#sendStreams.clear();
    this.#ready.clear();
  }

  end(): void {
    this.#isClosed = true;
    const error = new DeliveryError("MEMBER_LEFT", "Cannot finish the stream: the member left");
    this.failSendStreams(error);
    for (const receiveStream of this.#receiveStreams.values()) receiveStream.memberLeft(error);
    this.#receiveStreams.clear();
    this.#control.drain();
  }
}

function because(what: string, reason: string): string {
  return reason === "" ? what : `${what}: ${reason}`;
}

/** An upper bound of the bytes in a frame. */
function bytesOf(chunk: StreamChunk): number {
  if (chunk.type === "open") {
    return STREAM_CHUNK_HEADER_BYTES + UTF8_MAX * (chunk.info.name.length + chunk.info.type.length);
  }
  if (chunk.type === "reset" || chunk.type === "stop") {
    return STREAM_CHUNK_HEADER_BYTES + UTF8_MAX * chunk.reason.length;
  }
  return STREAM_CHUNK_HEADER_BYTES + (chunk.type === "data" ? chunk.content.length : 0);
}

/** Bytes of a unit of UTF-16. */
const UTF8_MAX = 3;
