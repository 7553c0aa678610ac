// The table of docs/NAT.md: a row for each pair of NAT kinds, a column for each aid.

import type { Pair } from "./checker.ts";
import { NATS } from "./kinds.ts";
import type { Aid, Path, PeerLocation } from "./theory.ts";

export interface Column {
  readonly aid: Aid;
  readonly pairs: readonly Pair[];
}

export function tableOf(columns: readonly Column[]): string[] {
  const rows = new Map<string, Map<Aid, Set<string>>>();
  for (const { aid, pairs } of columns) {
    for (const { one, other, found } of pairs) {
      const row = mapAt(rows, rowOf(one, other), () => new Map<Aid, Set<string>>());
      const cell = mapAt(row, aid, () => new Set<string>());
      for (const one of found) cell.add(one === undefined ? "nothing" : PATHS[one.path]);
    }
  }
  return [
    line(["one peer", "the other", ...columns.map(({ aid }) => HEADINGS[aid])]),
    line(["---", "---", ...columns.map(() => "---")]),
    ...[...rows].map(([row, cells]) =>
      line([row, ...columns.map(({ aid }) => [...cells.get(aid) ?? ["–"]].sort().join(", "))])
    ),
  ];
}

export function rowOf(one: PeerLocation, other: PeerLocation): string {
  if (one.network === other.network) return `${NATS[one.kind].title} | the same NAT`;
  const kinds = [one.kind, other.kind].sort((a, b) => KINDS.indexOf(a) - KINDS.indexOf(b));
  return kinds.map((kind) => NATS[kind].title).join(" | ");
}

const KINDS = Object.keys(NATS);

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function mapAt<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

export const HEADINGS: Readonly<Record<Aid, string>> = {
  member: "STUN, and other members",
  bot: "STUN, and a bot",
  turn: "STUN and TURN",
  server: "STUN, and a GroupServer",
};

const PATHS: Readonly<Record<Path, string>> = {
  direct: "direct",
  turn: "TURN",
  member: "relayed by a member",
  bot: "relayed by the bot",
  server: "relayed by the server",
};
