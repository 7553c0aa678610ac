// Describes values of the program, and what it throws, in error messages.
// @sansio

/** Returns the name of a type: `Map`, `Array`, `ArrayBuffer`, also for objects of another realm. */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** Quotes strings, names the type of objects, and shows other values. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  return Object(value) === value ? `a value of type ${kindOf(value)}` : String(value);
}

/** Returns the error for an option or an argument of a wrong type or form. */
export function unusable(value: unknown, name: string, expected: string): TypeError {
  return new TypeError(`Cannot use ${describeValue(value)} as ${name}: ${expected} expected`);
}

/**
 * Returns the message of an error, also of another realm, as in Jest; a program can also throw
 * other values.
 */
export function messageOf(error: unknown): string {
  const text: unknown = Object(error).message ?? error;
  return typeof text === "string" ? text : describeValue(error);
}
