// Checks options: rejects unknown names, since a misspelled option would have no effect, and values
// of a wrong type.
// @sansio

import { unusable } from "./describe_value.ts";

/** @throws {TypeError} The options are not an object, or one of them is unknown. */
export function checkOptionNames(options: object, names: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw unusable(options, "options", "an object");
  }
  // A signal has no keys of its own, so it would be accepted, and have no effect.
  if ("aborted" in options) throw unusable(options, "options", "{ signal }");
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new TypeError(`Cannot use option ${unknown}: one of ${names.join(", ")} expected`);
}

/** Returns options inside of options, or limits; throws a TypeError if they are not an object. */
export function checkObject<Options>(name: string, options: Options): Options {
  if (typeof options === "object" && options !== null) return options;
  throw unusable(options, name, "an object");
}

/** Returns a switch of the options; throws a TypeError if it is neither true nor false. */
export function checkSwitch<Switch>(name: string, value: Switch): Switch {
  if (value === undefined || typeof value === "boolean") return value;
  throw unusable(value, name, "true or false");
}

/** Returns a callback of the options; throws a TypeError if it is not a function. */
export function checkCallback<Callback>(name: string, callback: Callback): Callback {
  if (callback === undefined || typeof callback === "function") return callback;
  throw unusable(callback, name, "a function");
}
