// The values that adapters exchange over their channel.
//
//   hello    {"hello": peer id, "metadata": {…}}
//   bye      {"bye": true}
//   message  bytes: length of the fields (4, big-endian), the fields as JSON, `data`

import type { Message, PeerId, PeerMetadata, StorageId } from "@automerge/automerge-repo/slim";
import { ProtocolError } from "../base/errors.ts";

/** The first value that is sent to a member. */
export interface Hello {
  readonly hello: PeerId;
  readonly metadata: PeerMetadata;
}

/** A decoded value. */
export type Frame = Hello | { readonly bye: true } | { readonly message: Message };

const LENGTH_BYTES = 4;

/** Encodes a message as bytes. */
export function encodeMessage({ data, ...fields }: Message): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify({ ...fields, hasData: data !== undefined }));
  const bytes = new Uint8Array(LENGTH_BYTES + json.length + (data?.length ?? 0));
  new DataView(bytes.buffer).setUint32(0, json.length);
  bytes.set(json, LENGTH_BYTES);
  if (data !== undefined) bytes.set(data, LENGTH_BYTES + json.length);
  return bytes;
}

/**
 * Decodes a value from a member.
 *
 * @throws {ProtocolError} The value is malformed.
 */
export function decodeFrame(value: unknown): Frame {
  if (value instanceof Uint8Array) return { message: decodeMessage(value) };
  if (!isRecord(value)) throw malformed("a hello, a bye or bytes expected");
  const { bye, hello, metadata } = value;
  if (bye === true) return { bye };
  if (!isPeerId(hello) || !isRecord(metadata)) throw malformed("a hello with a peer id expected");
  const { isEphemeral, storageId } = metadata;
  return {
    hello,
    metadata: {
      // A storage id is a branded string.
      ...(typeof storageId === "string" && { storageId: storageId as StorageId }),
      ...(typeof isEphemeral === "boolean" && { isEphemeral }),
    },
  };
}

function decodeMessage(bytes: Uint8Array): Message {
  const { buffer, byteOffset, byteLength } = bytes;
  const length = byteLength < LENGTH_BYTES
    ? Infinity
    : new DataView(buffer, byteOffset, byteLength).getUint32(0);
  const end = LENGTH_BYTES + length;
  if (end > byteLength) throw malformed("the fields of a message expected");
  const { hasData, ...fields } = parse(bytes.subarray(LENGTH_BYTES, end));
  const { senderId, targetId, type } = fields;
  if (typeof type !== "string" || !isPeerId(senderId) || !isPeerId(targetId)) {
    throw malformed("a message with type, senderId and targetId expected");
  }
  // An error of the repo about these would end a process of Node.
  if (!hasReadableHeads(fields)) throw malformed("lists of storage ids and heads expected");
  const message = { ...fields, type, senderId, targetId };
  return hasData === true ? { ...message, data: bytes.slice(end) } : message;
}

/** Checks what a `remote-subscription-change` and a `remote-heads-changed` consist of. */
function hasReadableHeads(
  { add = [], newHeads, remove = [], type }: Readonly<Record<string, unknown>>,
): boolean {
  if (type === "remote-subscription-change") return isTexts(add) && isTexts(remove);
  if (type !== "remote-heads-changed") return true;
  return isRecord(newHeads) &&
    Object.values(newHeads).every((one) =>
      isRecord(one) && isTexts(one.heads) && typeof one.timestamp === "number"
    );
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function parse(json: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const fields: unknown = JSON.parse(new TextDecoder().decode(json));
    if (isRecord(fields)) return fields;
  } catch (cause) {
    throw malformed("JSON expected", cause);
  }
  throw malformed("an object expected");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Whether a value is a peer id: any string that is not empty. */
function isPeerId(value: unknown): value is PeerId {
  return typeof value === "string" && value !== "";
}

function malformed(reason: string, cause?: unknown): ProtocolError {
  return new ProtocolError("MALFORMED", `Cannot read a value of automerge: ${reason}`, { cause });
}
