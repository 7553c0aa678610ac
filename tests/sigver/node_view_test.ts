/**
 * The nodes as one of them sees them, and where groups live.
 *
 * @module
 */

import { expect } from "expect";
import { NODE_GONE_MS, NODES_MAX } from "../../src/base/cluster_limits.ts";
import { asNodeName, NodeView } from "../../src/sigver/node_view.ts";

const names = (count: number) => Array.from({ length: count }, (_, at) => asNodeName(`n${at}`));

/** What each of some nodes sees that all see each other. */
function viewsOf(count: number): readonly NodeView[] {
  return names(count).map((me) => {
    const view = new NodeView(me);
    for (const other of names(count)) if (other !== me) view.heard(other, 1, 0);
    return view;
  });
}

const KEYS = Array.from({ length: 3_000 }, (_, at) => `group ${at}`);

Deno.test("NodeView.homeOf() is the same for all nodes, and shares groups out evenly", () => {
  const [first, ...others] = viewsOf(5);
  const counts = new Map<string, number>();
  for (const key of KEYS) {
    const home = first!.homeOf(key);
    for (const view of others) expect(view.homeOf(key)).toBe(home);
    counts.set(home, (counts.get(home) ?? 0) + 1);
  }
  const share = KEYS.length / 5;
  for (const name of names(5)) {
    expect(counts.get(name)).toBeGreaterThan(0.8 * share);
    expect(counts.get(name)).toBeLessThan(1.2 * share);
  }
});

Deno.test("NodeView.homeOf() moves only the groups of the node that comes or goes", () => {
  const [view] = viewsOf(5);
  const before = new Map(KEYS.map((key) => [key, view!.homeOf(key)]));
  const gone = asNodeName("n3");
  view!.remove(gone);
  for (const [key, home] of before) {
    if (home === gone) expect(view!.homeOf(key)).not.toBe(gone);
    else expect(view!.homeOf(key)).toBe(home);
  }
  view!.heard(gone, 2, 0);
  for (const [key, home] of before) expect(view!.homeOf(key)).toBe(home);
});

Deno.test("NodeView.heard() tells who is new, or anew, and expire() who was silent", () => {
  const view = new NodeView(asNodeName("me"));
  const other = asNodeName("other");
  expect(view.heard(other, 1, 0)).toBe(true);
  expect(view.heard(other, 1, 100)).toBe(false);
  expect(view.heard(other, 2, 200)).toBe(true);
  expect(view.incarnationOf(other)).toBe(2);
  expect(view.expire(200 + NODE_GONE_MS - 1)).toEqual([]);
  expect(view.expire(200 + NODE_GONE_MS)).toEqual([other]);
  expect([view.size, view.homeOf("key")]).toEqual([0, view.me]);
});

Deno.test("NodeView.heard() takes no more nodes than there may be", () => {
  const view = new NodeView(asNodeName("me"));
  for (const name of names(NODES_MAX)) expect(view.heard(name, 1, 0)).toBe(true);
  const late = asNodeName("late");
  expect(view.heard(late, 1, 0)).toBe(false);
  expect(view.incarnationOf(late)).toBeUndefined();
});
