// Branded 32-bit numbers that identify members, groups and pairings, and the keys of groups.
// @sansio

import { KEY_LENGTH_DEFAULT } from "./limits.ts";

/** A `uint32` that is not 0. */
export type MemberId = number & { readonly __brand: "member" };

/** A `uint32` that is not 0. */
export type GroupId = number & { readonly __brand: "group" };

export interface Random {
  uint32(): number;
}

/** Whether a number is a `uint32` that is not 0. */
export function isId(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value <= 0xffff_ffff;
}

export function asMemberId(value: number): MemberId {
  return value as MemberId;
}

export function asGroupId(value: number): GroupId {
  return value as GroupId;
}

/** Draws a key of digits and letters with 5 random bits each, 210 bits in total. */
export function newKey(random: Random): string {
  const draw = () => (random.uint32() >>> 27).toString(32);
  return Array.from({ length: KEY_LENGTH_DEFAULT }, draw).join("");
}

/** Draws a member id from the upper half of the range, as Netflux 4 peers do. */
export function newMemberId(random: Random): MemberId {
  return asMemberId(randomUpperHalf(random));
}

export function newGroupId(random: Random): GroupId {
  return asGroupId(randomUpperHalf(random));
}

function randomUpperHalf(random: Random): number {
  return (random.uint32() | 0x8000_0000) >>> 0;
}

/** Identifies a newcomer to the member that the signaling server has paired it with. */
export type PairingId = number & { readonly __brand: "pairing" };

export function asPairingId(value: number): PairingId {
  return value as PairingId;
}
