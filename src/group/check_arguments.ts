// Validation of the arguments of a group's methods.
// @sansio

import type { DataType } from "../base/data_type.ts";
import { describeValue, kindOf, unusable } from "../base/describe_value.ts";
import { MESSAGE_BYTES_MAX } from "../base/limits.ts";
import { checkOptionNames } from "../base/check_options.ts";
import { STREAM_NAME_BYTES_MAX, STREAM_TYPE_BYTES_MAX } from "../base/session_limits.ts";
import type { StreamInfo } from "../base/stream_info.ts";
import { isListenUrl } from "../wire/dial_query.ts";
import { encodeText, isWellFormed } from "../wire/utf8.ts";
import type { StreamOptions } from "./options.ts";

/**
 * Bytes to send: an `ArrayBuffer`, a `SharedArrayBuffer`, or a view of one such as `Uint8Array`,
 * `DataView` or Node's `Buffer`, also of another realm.
 *
 * @example
 * ```ts
 * import { type BinaryData, WebGroup } from "@netflux/netflux";
 *
 * const position: BinaryData = new Float32Array([1.5, 2]);
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * group.send(position);
 * ```
 */
export type BinaryData = ArrayBufferLike | ArrayBufferView<ArrayBufferLike>;

/**
 * The data that {@linkcode WebGroup.send} accepts. Bytes arrive as a `Uint8Array`, a string as a
 * string.
 *
 * @example
 * ```ts
 * import { type SendableData, WebGroup } from "@netflux/netflux";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * const greet = (greeting: SendableData) => group.send(greeting);
 * greet("hello");
 * greet(new Uint8Array([104, 105]).buffer);
 * ```
 */
export type SendableData = string | BinaryData;

/**
 * @throws {TypeError} The data is neither text nor bytes.
 * @throws {RangeError} It is too large.
 */
export function checkData(data: unknown): DataType {
  // Netflux 4 peers treat a String object as a string.
  const plain = data instanceof String ? data.toString() : data;
  const checked = typeof plain === "string" ? plain : bytesOf(plain);
  if (checked === undefined) {
    const expected = "a string, an ArrayBuffer or a view of one expected";
    throw new TypeError(`Cannot send: ${expected}, ${kindOf(plain)} came`);
  }
  if (checked.length > MESSAGE_BYTES_MAX) {
    const expected = `at most ${MESSAGE_BYTES_MAX} bytes expected, ${checked.length} came`;
    throw new RangeError(`Cannot send: ${expected}; openStream() has no limit`);
  }
  if (typeof checked === "string" && !isWellFormed(checked)) {
    throw new TypeError("Cannot send: the string has a lone surrogate, which UTF-8 cannot hold");
  }
  return checked;
}

/** Returns a view of the bytes, not a copy; `undefined` if the data has no bytes. */
export function bytesOf(data: unknown): Uint8Array<ArrayBuffer> | undefined {
  // No `instanceof`, which is false for objects of an iframe, or of a sandbox of Node's `vm`.
  if (ArrayBuffer.isView(data)) {
    // Shared memory is also copied before it is sent.
    return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  }
  return /ArrayBuffer$/.test(kindOf(data)) ? new Uint8Array(data as ArrayBuffer) : undefined;
}

/**
 * @throws {TypeError} JSON has no form for a part of the value, such as a function, a `Map`, bytes
 * or NaN. `undefined` is treated as by `JSON.stringify`.
 */
export function encodeJson(value: unknown, what: string): string {
  const lost = (part: unknown, key: string) => {
    const reason = `${describeValue(part)}, which JSON cannot represent`;
    return new TypeError(`Cannot ${what}: ${key && `${JSON.stringify(key)} is `}${reason}`);
  };
  const json = JSON.stringify(value, function (this: Record<string, unknown>, key, part: unknown) {
    if (isLost(part)) throw lost(part, key);
    // A Buffer of Node has a `toJSON()`, which returns an array of numbers.
    const original = this[key];
    if (original !== part && bytesOf(original) !== undefined) throw lost(original, key);
    return part;
  });
  if (json === undefined) throw lost(value, "");
  return json;
}

/** The content of a Map, a Blob or a Promise is lost, and bytes become an object of numbers. */
function isLost(part: unknown): boolean {
  if (typeof part === "number") return !Number.isFinite(part);
  if (typeof part !== "object" || part === null) {
    return /^(bigint|function|symbol)$/.test(typeof part);
  }
  return bytesOf(part) !== undefined ||
    (!/^(Object|Array|Number|String|Boolean)$/.test(kindOf(part)) &&
      Object.keys(part).length === 0);
}

/** @throws {TypeError} The id is not a number. */
export function checkId(id: unknown): number {
  if (typeof id === "number") return id;
  throw unusable(id, "the id of a member", "a number");
}

/** @throws {TypeError} The URL is not a WebSocket URL. */
export function checkInvitation(url: string): string {
  if (isListenUrl(url)) return url;
  throw unusable(url, "the URL of a bot", "a ws:// or wss:// URL");
}

/**
 * NUL separates the names of presences from those of channels. UTF-8 cannot hold a lone surrogate,
 * so no message would arrive.
 *
 * @throws {TypeError} The name is not a string, or has such a character; or an option is invalid.
 * @throws {RangeError} The name is too long.
 */
export function checkChannel(name: unknown, options: ChannelOptionsToCheck): string {
  checkOptionNames(options, ["schema", "delivery", "onRequest"]);
  const { delivery = "reliable", onRequest, schema } = options;
  checkText("name", name, CHANNEL_NAME_BYTES_MAX);
  if (/\0|\p{Cs}/u.test(name)) throw unusable(name, "name", "no NUL and no lone surrogate");
  if (schema !== undefined && typeof schema?.["~standard"]?.validate !== "function") {
    throw unusable(schema, "schema", "a Standard Schema");
  }
  if (onRequest !== undefined && typeof onRequest !== "function") {
    throw unusable(onRequest, "onRequest", "a function");
  }
  if (DELIVERIES.has(delivery)) return name;
  const expected = [...DELIVERIES].map((one) => JSON.stringify(one)).join(", ");
  throw unusable(delivery, "delivery", `one of ${expected}`);
}

interface ChannelOptionsToCheck {
  readonly delivery?: unknown;
  readonly onRequest?: unknown;
  readonly schema?: { readonly "~standard"?: { readonly validate?: unknown } } | null | undefined;
}

const DELIVERIES: ReadonlySet<unknown> = new Set(["reliable", "latest", "unreliable"]);

/** Longest name of a channel, which each of its messages contains. */
const CHANNEL_NAME_BYTES_MAX = 255;

export interface StreamPlan {
  readonly info: StreamInfo;
  readonly signal: AbortSignal | undefined;
}

/**
 * @throws {TypeError} An option has a wrong type.
 * @throws {RangeError} An option is too long, or the size is invalid.
 */
export function checkStream(options: StreamOptions): StreamPlan {
  checkOptionNames(options, ["name", "size", "type", "signal"]);
  const { name = "", type = "", size, signal } = options;
  checkText("name", name, STREAM_NAME_BYTES_MAX);
  checkText("type", type, STREAM_TYPE_BYTES_MAX);
  if (size !== undefined && typeof size !== "number") {
    throw unusable(size, "size", "a number");
  }
  if (size !== undefined && (!Number.isSafeInteger(size) || size < 0)) {
    const expected = `an integer from 0 to ${Number.MAX_SAFE_INTEGER} expected`;
    throw new RangeError(`Cannot use ${size} as size: ${expected}`);
  }
  return { info: { name, type, size }, signal: checkSignal(signal) };
}

/** @throws {TypeError} The value is not a signal. */
export function checkSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined || kindOf(signal) === "AbortSignal") return signal;
  throw unusable(signal, "signal", "an AbortSignal");
}

export function checkText(name: string, text: unknown, bytesMax: number): asserts text is string {
  if (typeof text !== "string") throw unusable(text, name, "a string");
  const { length } = encodeText(text);
  if (length <= bytesMax) return;
  throw new RangeError(`Cannot use ${length} bytes as ${name}: at most ${bytesMax} bytes expected`);
}
