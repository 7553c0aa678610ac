/**
 * The line to a member that is one of ours, a deployed peer, or has not said what it is.
 *
 * @module
 */

import { expect } from "expect";
import { PLAIN_AFTER_MS } from "../../src/base/delivery_limits.ts";
import { MESSAGE_BYTES_DEFAULT } from "../../src/base/limits.ts";
import type { SendOutcome } from "../../src/base/send_outcome.ts";
import { Line, type MemberKind } from "../../src/delivery/line.ts";
import { Message } from "../../src/delivery/message.ts";
import { Writing } from "../../src/delivery/writing.ts";
import type { SessionFrame } from "../../src/wire/session.ts";

class Rig {
  readonly said: SessionFrame[] = [];
  readonly plain: number[] = [];
  readonly done: SendOutcome[] = [];
  readonly lost: number[] = [];
  readonly line: Line;
  /** Plain messages that are not with the channel yet. */
  readonly handedOver: (() => void)[] = [];
  handsOver = true;
  now = 0;
  /** When something of the member was heard last. */
  heardAt = 0;
  #epoch = 0;

  constructor(kind: MemberKind, before?: SessionFrame) {
    this.line = new Line(kind, {
      clock: { now: () => this.now },
      messageBytesMax: MESSAGE_BYTES_DEFAULT,
      drawEpoch: () => ++this.#epoch,
      say: (frame) => this.said.push(frame),
      pull: () => {
        for (let frame = this.line?.take(); frame; frame = this.line.take()) this.said.push(frame);
      },
      listed: () => {},
      arrived: () => {},
      opened: () => {},
      dropped: () => {},
      heardSince: (at) => this.heardAt > at,
      sendPlain: (frames, done) => {
        this.plain.push(frames.length);
        this.handedOver.push(() => done("sent"));
        if (this.handsOver) this.handOver();
      },
      lost: (unacknowledged) => this.lost.push(unacknowledged),
    }, before);
  }

  send(length: number): this {
    const message = new Message(new Uint8Array(length), () => 1);
    this.line.send(message, (became) => this.done.push(became));
    this.line.flush();
    return this;
  }

  /** A frame of the member's session comes, for the session that we are in. */
  hear(epoch: number): this {
    const to = this.#epoch;
    this.line.receive({ epoch, to, asks: false, next: 0, gap: false, first: 0, units: [] });
    return this;
  }

  handOver(): void {
    for (const done of this.handedOver.splice(0)) done();
  }

  get unitsSaid(): number {
    return this.said.reduce((sum, { units }) => sum + units.length, 0);
  }
}

Deno.test("Line speaks plainly with a deployed peer, and asks it nothing", () => {
  const rig = new Rig("deployed").send(10).send(20_000);
  expect([rig.plain, rig.said, rig.done]).toEqual([[1, 2], [], ["sent", "sent"]]);
});

Deno.test("Line waits until a member says what it is", () => {
  for (const kind of ["ours", "deployed"] as const) {
    const rig = new Rig("unknown").send(10).send(20);
    expect([rig.plain.length, rig.unitsSaid, rig.done.length]).toEqual([0, 0, 0]);
    rig.line.learn(kind);
    if (kind === "ours") rig.hear(5);
    expect([rig.plain.length, rig.unitsSaid]).toEqual(kind === "ours" ? [0, 2] : [2, 0]);
    expect(rig.done).toEqual(["sent", "sent"]);
  }
});

Deno.test("Line takes nobody for a deployed peer of whom nothing is heard, however long", () => {
  const rig = new Rig("unknown").send(10);
  for (let time = 0; time < 60; time++) {
    rig.now = rig.line.deadline!;
    rig.line.tick(rig.now);
  }
  expect(rig.now).toBe(60 * PLAIN_AFTER_MS);
  expect(rig.plain).toEqual([]);
  rig.hear(5);
  expect([rig.plain, rig.unitsSaid]).toEqual([[], 1]);
});

Deno.test("Line takes who says nothing of sessions for a deployed peer, until it does", () => {
  const rig = new Rig("unknown").send(10);
  rig.heardAt = 1;
  rig.now = PLAIN_AFTER_MS;
  expect(rig.line.deadline).toBe(rig.now);
  rig.line.tick(rig.now);
  expect(rig.plain).toEqual([1]);
  rig.hear(5).send(10);
  expect([rig.plain.length, rig.unitsSaid]).toEqual([1, 1]);
  rig.line.learn("deployed");
  rig.send(10);
  expect([rig.plain.length, rig.unitsSaid]).toEqual([1, 2]);
});

Deno.test("Line tells what was lost when the member begins anew, and goes on", () => {
  const rig = new Rig("ours").hear(5).send(10).send(10);
  rig.hear(6);
  expect(rig.lost).toEqual([2]);
  rig.hear(6).send(10);
  expect([rig.unitsSaid, rig.line.end()]).toEqual([3, 1]);
});

Deno.test("Line tells of what was never sent when the member is gone", () => {
  const rig = new Rig("unknown").send(10);
  expect([rig.line.end(), rig.done]).toEqual([1, ["gone"]]);
  const ours = new Rig("ours").send(10).hear(5).send(10);
  expect([ours.line.end(), ours.done]).toEqual([2, ["sent", "sent"]]);
});

Deno.test("Line opens no stream to a deployed peer, and those of one that may be ours once it is", () => {
  const stream = () => {
    const errors: unknown[] = [];
    const info = { name: "", type: "", size: undefined };
    const writing = new Writing(info, { failed: (error) => errors.push(error), over: () => {} });
    return { writing, errors };
  };
  const unsupported = [expect.objectContaining({ code: "UNSUPPORTED" })];
  const deployed = stream();
  new Rig("deployed").line.openStream(deployed.writing);
  expect(deployed.errors).toEqual(unsupported);
  const [waits, refused] = [stream(), stream()];
  const ours = new Rig("unknown");
  ours.line.openStream(waits.writing);
  expect(ours.unitsSaid).toBe(0);
  ours.hear(5);
  expect([ours.unitsSaid, waits.errors]).toEqual([1, []]);
  const silent = new Rig("unknown");
  silent.line.openStream(refused.writing);
  silent.heardAt = 1;
  silent.now = PLAIN_AFTER_MS;
  silent.line.tick(silent.now);
  expect(refused.errors).toEqual(unsupported);
});

Deno.test("Line: one after another repeats its last word to who was with that", () => {
  const first = new Rig("ours").hear(70);
  const lastWord = first.line.lastWord();
  expect(lastWord).toMatchObject({ epoch: 1, to: 70, next: 0, units: [] });
  const second = new Rig("ours", lastWord).hear(70);
  expect(second.said).toContainEqual(lastWord);
  expect(second.send(1).said.flatMap(({ units }) => units)).toEqual([]);
  expect(second.hear(71).said.flatMap(({ units }) => units).length).toBe(1);
});

Deno.test("Line counts what waits for a member that was taken for a deployed peer", () => {
  const rig = new Rig("deployed");
  rig.handsOver = false;
  rig.send(100_000);
  expect(rig.line.bytesWaiting).toBe(100_000);
  rig.hear(7).send(10);
  expect(rig.line.bytesWaiting).toBeGreaterThanOrEqual(100_000);
  rig.handOver();
  expect(rig.line.bytesWaiting).toBe(0);
});
