/**
 * The identifiers of members and groups: 32-bit numbers that cannot be mixed up.
 *
 * @sansio
 * @module
 */

/** A member of a group: a `uint32` that is not 0. */
export type MemberId = number & { readonly __brand: "member" };

/** A group, as its members call it among themselves: a `uint32` that is not 0. */
export type GroupId = number & { readonly __brand: "group" };

/** Where random numbers come from. */
export interface Random {
  /** A number from 0 to 4,294,967,295, all equally likely. */
  uint32(): number;
}

/** Whether a number can be the identifier of a member or a group. */
export function isId(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value <= 0xffff_ffff;
}

/** Takes a number for a member's identifier; the caller has checked it with {@linkcode isId}. */
export function asMemberId(value: number): MemberId {
  return value as MemberId;
}

/** Takes a number for a group's identifier; the caller has checked it with {@linkcode isId}. */
export function asGroupId(value: number): GroupId {
  return value as GroupId;
}

/** A fresh member identifier from the upper half of the range, where deployed peers draw theirs. */
export function drawMemberId(random: Random): MemberId {
  return asMemberId(drawUpper(random));
}

/** A fresh group identifier, from the same range. */
export function drawGroupId(random: Random): GroupId {
  return asGroupId(drawUpper(random));
}

function drawUpper(random: Random): number {
  return (random.uint32() | 0x8000_0000) >>> 0;
}

/** A newcomer, as the signaling server calls it to the member that it was paired with. */
export type PairingId = number & { readonly __brand: "pairing" };

/** Takes a number for a pairing's identifier; the caller has checked it with {@linkcode isId}. */
export function asPairingId(value: number): PairingId {
  return value as PairingId;
}
