/**
 * Names for members: each peer derives the same name from an id.
 *
 * @module
 */

const COLORS = [
  ...["Amber", "Azure", "Coral", "Crimson", "Cyan", "Golden", "Green", "Indigo"],
  ...["Ivory", "Jade", "Lilac", "Mint", "Olive", "Pearl", "Plum", "Ruby"],
] as const;

const ANIMALS = [
  ...["Badger", "Beaver", "Crane", "Dolphin", "Falcon", "Finch", "Fox", "Gecko"],
  ...["Heron", "Ibex", "Koala", "Lynx", "Marten", "Otter", "Panda", "Robin"],
] as const;

/** A name is easier to recognize than an id; two members may have the same. */
export function nameOf(member: number): string {
  const mixed = mix(member);
  return `${COLORS[mixed & 15]} ${ANIMALS[mixed >>> 4 & 15]}`;
}

/** An angle on the color wheel, in degrees. */
export function hueOf(member: number): number {
  return (mix(member) >>> 8) % 360;
}

/** Spreads neighboring ids: the end of MurmurHash3. */
function mix(member: number): number {
  let hash = member | 0;
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return (hash ^ hash >>> 16) >>> 0;
}
