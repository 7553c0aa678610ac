/**
 * What servers that work together say to each other, over a bus.
 *
 * ```text
 * message := from 1 • incarnation 2 • to 3? •
 *            ( beat 4 | bye 5 | hello 6                        about nodes
 *            | tell 7 | adopt 8 | shut 9                       to the home of a group
 *            | give 10 | close 11 | ask 12 )                   from it
 * tell    := client 1 • key 2 • favored 3 • frame 4
 * adopt   := client 1 • key 2 • favored 3 • id 4
 * shut    := client 1
 * give    := client 1 • frame 2
 * close   := client 1 • code 2 • reason 3
 * ask     := client 1
 * ```
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { KEY_LENGTH_MAX } from "../base/limits.ts";
import { type Field, Fields, readFields } from "./bytes.ts";

/** A client of another node, and the group that it is in. */
interface Client {
  /** Which connection of that node. */
  readonly client: number;
  readonly key: string;
  readonly favored: boolean;
}

/** What one node says. */
export type ClusterWord =
  /** It is there. */
  | { readonly type: "beat" }
  /** It is no longer there. */
  | { readonly type: "bye" }
  /** It has just heard of the other for the first time, so that it knows none of its clients. */
  | { readonly type: "hello" }
  /** A client says something (an encoded signaling message) to the home of its group. */
  | Client & { readonly type: "tell"; readonly frame: Uint8Array }
  /** A client is a member, as another home of its group has told it. */
  | Client & { readonly type: "adopt"; readonly id: number }
  /** A client went, or its group lives elsewhere. */
  | { readonly type: "shut"; readonly client: number }
  /** The home says something to a client of the other node. */
  | { readonly type: "give"; readonly client: number; readonly frame: Uint8Array }
  /** The home ends the connection of a client of the other node. */
  | {
    readonly type: "close";
    readonly client: number;
    readonly code: number;
    readonly reason: string;
  }
  /** Somebody at the home depends on whether a client of the other node is there. */
  | { readonly type: "ask"; readonly client: number };

/** A word, from whom it is and for whom. */
export interface ClusterMessage {
  readonly from: string;
  readonly incarnation: number;
  /** The incarnation that it is for; `undefined`: any node that hears it. */
  readonly to: number | undefined;
  readonly word: ClusterWord;
}

/** The bytes of a message. */
export function encodeCluster(message: ClusterMessage): Uint8Array<ArrayBuffer> {
  const fields = new Fields().string(1, message.from).uint32(2, message.incarnation);
  if (message.to !== undefined) fields.uint32(3, message.to);
  const { word } = message;
  switch (word.type) {
    case "beat":
      return fields.bool(4, true).finish();
    case "bye":
      return fields.bool(5, true).finish();
    case "hello":
      return fields.bool(6, true).finish();
    case "tell":
      return fields.bytes(7, clientFields(word).bytes(4, word.frame)).finish();
    case "adopt":
      return fields.bytes(8, clientFields(word).uint32(4, word.id)).finish();
    case "shut":
      return fields.bytes(9, new Fields().uint32(1, word.client)).finish();
    case "give": {
      const give = new Fields().uint32(1, word.client).bytes(2, word.frame);
      return fields.bytes(10, give).finish();
    }
    case "close": {
      const { client, code, reason } = word;
      const close = new Fields().uint32(1, client).uint32(2, code).string(3, reason);
      return fields.bytes(11, close).finish();
    }
    case "ask":
      return fields.bytes(12, new Fields().uint32(1, word.client)).finish();
  }
}

function clientFields({ client, key, favored }: Client): Fields {
  return new Fields().uint32(1, client).string(2, key).bool(3, favored);
}

/** Reads a message, or throws a {@linkcode ProtocolError}. Frames are views. */
export function decodeCluster(bytes: Uint8Array): ClusterMessage {
  let from: string | undefined;
  let incarnation = 0;
  let to: number | undefined;
  let word: ClusterWord | undefined;
  readFields(bytes, (number, field) => {
    if (number === 1) from = field.string() ?? from;
    else if (number === 2) incarnation = field.uint32() ?? incarnation;
    else if (number === 3) to = field.uint32() ?? to;
    else word = readWord(number, field) ?? word;
  });
  if (from === undefined || from === "" || word === undefined) {
    const reason = "Cannot read a message of a node: its name and a word expected";
    throw new ProtocolError("UNEXPECTED", reason);
  }
  return { from, incarnation, to, word };
}

function readWord(number: number, field: Field): ClusterWord | undefined {
  if (number === 4) return field.bool() === undefined ? undefined : { type: "beat" };
  if (number === 5) return field.bool() === undefined ? undefined : { type: "bye" };
  if (number === 6) return field.bool() === undefined ? undefined : { type: "hello" };
  if (number < 7 || number > 12) return undefined;
  const bytes = field.bytes();
  return bytes && readClientWord(number, bytes);
}

function readClientWord(number: number, bytes: Uint8Array): ClusterWord {
  let client = 0;
  let text = "";
  let value = 0;
  let favored = false;
  let frame: Uint8Array = new Uint8Array(0);
  readFields(bytes, (part, field) => {
    if (part === 1) client = field.uint32() ?? client;
    else if (part === 2 && number === 10) frame = field.bytes() ?? frame;
    else if (part === 2 && number === 11) value = field.uint32() ?? value;
    else if (part === 2) text = field.string(KEY_LENGTH_MAX) ?? text;
    else if (part === 3 && number === 11) text = field.string() ?? text;
    else if (part === 3) favored = field.bool() ?? favored;
    else if (part === 4 && number === 7) frame = field.bytes() ?? frame;
    else if (part === 4) value = field.uint32() ?? value;
  });
  switch (number) {
    case 7:
      return { type: "tell", client, key: text, favored, frame };
    case 8:
      return { type: "adopt", client, key: text, favored, id: value };
    case 9:
      return { type: "shut", client };
    case 10:
      return { type: "give", client, frame };
    case 11:
      return { type: "close", client, code: value, reason: text };
    default:
      return { type: "ask", client };
  }
}
