import { expect } from "expect";
import type { RoomOutput } from "../../../src/sigver/room.ts";
import { lines, Rig } from "./rig.ts";

export interface Row {
  readonly name: string;
  readonly given: (rig: Rig) => void;
  readonly when: (rig: Rig) => readonly RoomOutput[];
  readonly then: readonly string[];
  readonly members: readonly number[];
}

export function testRows(rows: readonly Row[]): void {
  for (const row of rows) {
    Deno.test(`Room: ${row.name}`, () => {
      const rig = new Rig();
      row.given(rig);
      expect(lines(row.when(rig))).toEqual(row.then);
      expect([...rig.room.members].sort()).toEqual(row.members);
    });
  }
}
