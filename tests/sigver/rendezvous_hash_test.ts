import { expect } from "expect";
import { NODE_GONE_MS, NODES_MAX } from "../../src/base/cluster_limits.ts";
import { KnownNodes } from "../../src/sigver/cluster.ts";
import { asNodeName, type NodeName, ownerNode } from "../../src/sigver/rendezvous_hash.ts";

const names = (count: number) => Array.from({ length: count }, (_, at) => asNodeName(`n${at}`));

const KEYS = Array.from({ length: 3_000 }, (_, at) => `group ${at}`);

function ownerAt(me: NodeName, key: string, all: readonly NodeName[]): NodeName {
  return ownerNode(key, me, all.filter((name) => name !== me));
}

Deno.test("ownerNode() is the same for all nodes, and distributes groups evenly", () => {
  const nodes = names(5);
  const counts = new Map<string, number>();
  for (const key of KEYS) {
    const owners = new Set(nodes.map((me) => ownerAt(me, key, nodes)));
    expect(owners.size).toBe(1);
    for (const owner of owners) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  const share = KEYS.length / 5;
  for (const name of nodes) {
    expect(counts.get(name)).toBeGreaterThan(0.8 * share);
    expect(counts.get(name)).toBeLessThan(1.2 * share);
  }
});

Deno.test("ownerNode() moves only the groups of the node that joins or leaves", () => {
  const [me, ...others] = names(5);
  const gone = asNodeName("n3");
  for (const key of KEYS) {
    const before = ownerNode(key, me!, others);
    const after = ownerNode(key, me!, others.filter((name) => name !== gone));
    if (before === gone) expect(after).not.toBe(gone);
    else expect(after).toBe(before);
  }
});

Deno.test("KnownNodes.heard() detects new nodes and incarnations, expire() silent nodes", () => {
  const nodes = new KnownNodes();
  const other = asNodeName("other");
  expect(nodes.heard(other, 1, 0)).toBe(true);
  expect(nodes.heard(other, 1, 100)).toBe(false);
  expect(nodes.heard(other, 2, 200)).toBe(true);
  expect(nodes.get(other)?.incarnation).toBe(2);
  expect(nodes.expire(200 + NODE_GONE_MS - 1)).toEqual([]);
  expect(nodes.expire(200 + NODE_GONE_MS)).toEqual([other]);
  expect([nodes.size, [...nodes.keys()]]).toEqual([0, []]);
});

Deno.test("KnownNodes.heard() ignores nodes above the limit", () => {
  const nodes = new KnownNodes();
  for (const name of names(NODES_MAX)) expect(nodes.heard(name, 1, 0)).toBe(true);
  const late = asNodeName("late");
  expect(nodes.heard(late, 1, 0)).toBe(false);
  expect(nodes.get(late)).toBeUndefined();
});
