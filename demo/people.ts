/**
 * The person behind a member: a name, a color and a role, which its presence shows to all.
 *
 * @module
 */

export type Role = "page" | "terminal" | "server";

/** The presence of a member. */
export interface Person {
  readonly name: string;
  /** An index into the palette of the style sheet. */
  readonly color: number;
  readonly role: Role;
}

/** The colors of the style sheet: `.color-0` and so on. */
export const COLORS = 8;

/** A longer name does not fit beside a caret. */
export const NAME_LENGTH_MAX = 24;

const ANIMALS = [
  ...["Badger", "Beaver", "Crane", "Dolphin", "Falcon", "Finch", "Fox", "Gecko"],
  ...["Heron", "Ibex", "Koala", "Lynx", "Marten", "Otter", "Panda", "Robin"],
] as const;

/** A name for a person without one. */
export function drawName(): string {
  return `${drawOne(["Quiet", "Quick", "Bright", "Gentle", "Brave", "Merry"])} ${drawOne(ANIMALS)}`;
}

function drawOne(words: readonly string[]): string {
  return words[Math.floor(Math.random() * words.length)] ?? "";
}

/** The name of a member that has not introduced itself, such as a peer of Netflux 4. */
export function unknownName(member: number): string {
  return `Member ${member % 10_000}`;
}

/** The color that the fewest of these have. */
export function freeColor(taken: readonly number[]): number {
  const counts = Array.from({ length: COLORS }, (_, color) => ({
    color,
    count: taken.filter((other) => other === color).length,
  }));
  const least = Math.min(...counts.map(({ count }) => count));
  const free = counts.filter(({ count }) => count === least);
  return free[Math.floor(Math.random() * free.length)]?.color ?? 0;
}

/** A name as it is shown: one line, up to the longest length; empty where nothing is left. */
export function cleanName(name: string): string {
  const oneLine = name.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return [...oneLine].slice(0, NAME_LENGTH_MAX).join("").trim();
}

/** The initials of a name, as its avatar shows them. */
export function initialsOf(name: string): string {
  const letters = name.split(" ").map((word) => [...word][0] ?? "");
  return letters.slice(0, 2).join("").toUpperCase();
}

/** Reads the presence of another member, which may be anything; `undefined` if it is no person. */
export function readPerson(state: unknown): Person | undefined {
  const { name, color, role } = asFields(state);
  if (typeof name !== "string" || cleanName(name) === "" || !isRole(role)) return undefined;
  if (typeof color !== "number" || !Number.isInteger(color)) return undefined;
  return { name: cleanName(name), color: Math.abs(color) % COLORS, role };
}

/** The properties of a value that came from elsewhere; of one that is no object, none. */
export function asFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function isRole(value: unknown): value is Role {
  return value === "page" || value === "terminal" || value === "server";
}
