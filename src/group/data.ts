/**
 * What a program may send, checked.
 *
 * @module
 */

import { MESSAGE_BYTES_MAX } from "../base/limits.ts";
import type { DataType } from "../delivery/inbox.ts";

/**
 * The data, if it is some that can be sent.
 *
 * @throws {TypeError} It is neither a string nor bytes.
 * @throws {RangeError} It is too large.
 */
export function checkData(data: unknown): DataType {
  // A String object is a string to whoever sends it, as deployed peers take it.
  const plain = data instanceof String ? data.toString() : data;
  if (typeof plain !== "string" && !(plain instanceof Uint8Array)) {
    const what = Object.prototype.toString.call(data).slice(8, -1);
    throw new TypeError(`Cannot send: a string or a Uint8Array expected, ${what} came`);
  }
  if (plain.length > MESSAGE_BYTES_MAX) {
    throw new RangeError(
      `Cannot send: at most ${MESSAGE_BYTES_MAX} bytes expected, ${plain.length} came`,
    );
  }
  return plain;
}
