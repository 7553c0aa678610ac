import { expect } from "expect";
import {
  HEIGHT,
  labelPlaceOf,
  nodeRadius,
  pathOf,
  type Places,
  placesBetween,
  placesOf,
  WIDTH,
} from "../../demo/mesh_layout.ts";

Deno.test("placesOf() puts this member at the bottom, and all members apart and inside the picture", () => {
  for (let others = 1; others < 64; others++) {
    const places = placesOf(7, Array.from({ length: others }, (_, index) => 100 + index));
    const { x, y } = places.get(7)!;
    expect(places.size).toBe(others + 1);
    expect(x).toBeCloseTo(WIDTH / 2);
    for (const place of places.values()) {
      expect(place.y).toBeLessThanOrEqual(y);
      expect(Math.min(place.x, WIDTH - place.x, place.y, HEIGHT - place.y)).toBeGreaterThan(25);
    }
    const circles = [...places.values()];
    const radius = nodeRadius(others + 1);
    expect(radius).toBeGreaterThan(3);
    const distances = circles.flatMap((a, index) =>
      circles.slice(index + 1).map((b) => Math.hypot(a.x - b.x, a.y - b.y))
    );
    expect(Math.min(...distances)).toBeGreaterThan(1.5 * radius);
  }
});

Deno.test("placesOf() does not depend on the order of the members", () => {
  expect(placesOf(1, [2, 3, 4])).toEqual(placesOf(1, [4, 2, 3]));
});

const HERE: Places = new Map([[1, { x: 0, y: 0, opacity: 1 }], [2, { x: 10, y: 0, opacity: 1 }]]);
const THERE: Places = new Map([[1, { x: 8, y: 4, opacity: 1 }], [3, { x: 5, y: 5, opacity: 1 }]]);

Deno.test("placesBetween() begins at the first layout, and ends at the second one", () => {
  expect(placesBetween(HERE, THERE, 0)).toEqual(
    new Map([...HERE, [3, { x: 5, y: 5, opacity: 0 }]]),
  );
  expect(placesBetween(HERE, THERE, 1)).toEqual(THERE);
  expect(placesBetween(HERE, THERE, 7)).toEqual(THERE);
});

Deno.test("placesBetween() moves members that stay, and fades those that join and leave", () => {
  const halfway = placesBetween(HERE, THERE, 0.5);
  expect(halfway.get(1)?.x).toBeGreaterThan(4);
  expect(halfway.get(1)?.x).toBeLessThan(8);
  expect(halfway.get(2)).toMatchObject({ x: 10, y: 0 });
  expect(halfway.get(2)?.opacity).toBeCloseTo(1 - (halfway.get(3)?.opacity ?? 0));
});

Deno.test("pathOf() is straight, or bends toward the relay", () => {
  const [a, b] = [{ x: 0, y: 0, opacity: 1 }, { x: 100, y: 0, opacity: 1 }];
  expect(pathOf(a, b, undefined)).toBe("M0 0Q50 0 100 0");
  expect(pathOf(a, b, { x: 50, y: 80, opacity: 1 })).toBe("M0 0Q50 52 100 0");
  expect(labelPlaceOf(a, b, undefined).y).toBe(0);
  expect(labelPlaceOf(a, b, { x: 50, y: 80, opacity: 1 }).y).toBeGreaterThan(20);
});
