/**
 * Where the picture of the mesh has its members, and the way there.
 *
 * @module
 */

/** A place in the picture, and how visible its member is, from 0 to 1. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly opacity: number;
}

export type Places = ReadonlyMap<number, Place>;

export const WIDTH = 340;
export const HEIGHT = 290;
export const MIDDLE_Y = HEIGHT / 2;
/** From the middle to the members; names stand above or below them. */
const RADIUS_X = 118;
const RADIUS_Y = 98;

const NODE_RADIUS_MAX = 21;

/** The radius of the circle of a member: in large groups they are small, as they stand close. */
export function nodeRadius(count: number): number {
  const perimeter = Math.PI * (RADIUS_X + RADIUS_Y);
  return Math.min(NODE_RADIUS_MAX, 0.4 * perimeter / count);
}

/** Members on an ellipse, by their ids, with one's own at the bottom. */
export function placesOf(myId: number, others: readonly number[]): Places {
  const all = [myId, ...others.toSorted((one, other) => one - other)];
  if (all.length === 1) return new Map([[myId, { x: WIDTH / 2, y: MIDDLE_Y, opacity: 1 }]]);
  const angles = all.map((_, index) => Math.PI / 2 + 2 * Math.PI * index / all.length);
  const heights = angles.map(Math.sin);
  const top = Math.min(...heights);
  return new Map(all.map((id, index) => {
    const x = WIDTH / 2 + RADIUS_X * Math.cos(angles[index] ?? 0);
    // From the top to the bottom of the picture, also with an odd number of members.
    const down = ((heights[index] ?? 0) - top) / (1 - top);
    return [id, { x, y: MIDDLE_Y + RADIUS_Y * (2 * down - 1), opacity: 1 }];
  }));
}

/** The places on the way from some to others: members come and go where they are. */
export function placesBetween(from: Places, to: Places, progress: number): Places {
  const ids = new Set([...from.keys(), ...to.keys()]);
  const mix = (start: number, end: number) => start + (end - start) * ease(progress);
  return new Map(
    [...ids].flatMap((id) => {
      const [start, end] = [from.get(id), to.get(id)];
      const known = end ?? start;
      if (known === undefined || (end === undefined && progress >= 1)) return [];
      const [{ x: fromX, y: fromY, opacity }, target] = [
        start ?? { ...known, opacity: 0 },
        end ?? { ...known, opacity: 0 },
      ];
      const place = {
        x: mix(fromX, target.x),
        y: mix(fromY, target.y),
        opacity: mix(opacity, target.opacity),
      };
      return [[id, place] as const];
    }),
  );
}

/** Fast, and then slower. */
function ease(progress: number): number {
  return 1 - (1 - Math.min(Math.max(progress, 0), 1)) ** 3;
}

/** The path of a line: straight, or bent towards the member that relays. */
export function pathOf(a: Place, b: Place, via: Place | undefined): string {
  const { x, y } = bendOf(a, b, via);
  return `M${round(a.x)} ${round(a.y)}Q${round(x)} ${round(y)} ${round(b.x)} ${round(b.y)}`;
}

/** Where the label of that path stands: not in the middle, where lines cross. */
export function labelPlaceOf(
  a: Place,
  b: Place,
  via: Place | undefined,
): { readonly x: number; readonly y: number } {
  const bend = bendOf(a, b, via);
  const [before, after] = [1 - LABEL_AT, LABEL_AT];
  const mix = (start: number, middle: number, end: number) =>
    round(before * before * start + 2 * before * after * middle + after * after * end);
  return { x: mix(a.x, bend.x, b.x), y: mix(a.y, bend.y, b.y) };
}

/** Along the path, from 0 to 1. */
const LABEL_AT = 0.36;

/** How far a relayed line bends towards the member that relays. */
const BEND = 0.65;

function bendOf(
  a: Place,
  b: Place,
  via: Place | undefined,
): { readonly x: number; readonly y: number } {
  const [x, y] = [(a.x + b.x) / 2, (a.y + b.y) / 2];
  return via === undefined ? { x, y } : { x: x + (via.x - x) * BEND, y: y + (via.y - y) * BEND };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
