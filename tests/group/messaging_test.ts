import { expect } from "expect";
import { asMemberId } from "../../src/base/ids.ts";
import { MESSAGE_BYTES_DEFAULT } from "../../src/base/limits.ts";
import { ACK_BYTES } from "../../src/base/session_limits.ts";
import { Messaging } from "../../src/group/messaging.ts";
import { Mailbox } from "../../src/machine/mailbox.ts";
import { seededRandom } from "../../src/testing/random.ts";
import { Service } from "../../src/wire/envelope.ts";
import type { Fields } from "../../src/wire/protobuf_writer.ts";
import {
  decodeSessionFrame,
  encodeSessionFrame,
  type SessionFrame,
} from "../../src/wire/session_frame.ts";

const MEMBER = asMemberId(1);

/** The messaging with one v5 member; its tasks and microtasks wait until they are run. */
class Rig {
  readonly mailbox = new Mailbox((error) => {
    throw error;
  });
  readonly microtasks: (() => void)[] = [];
  readonly tasks: (() => void)[] = [];
  now = 0;
  flushes = 0;
  /** The frames without data: SYNs and ACKs. */
  readonly controlFrames: SessionFrame[] = [];
  readonly messaging = new Messaging({
    clock: { now: () => this.now },
    platform: {
      enqueueMicrotask: (turn) => this.microtasks.push(turn),
      enqueueTask: (turn) => this.tasks.push(turn),
    },
    random: seededRandom(1),
    maxMessageSize: MESSAGE_BYTES_DEFAULT,
    role: () => "process",
    lowThreshold: () => 0,
    post: this.mailbox.post,
    prepare: this.mailbox.prepare,
    isPreparing: this.mailbox.isPreparing,
    trace: { traces: () => false, note: () => {} },
  }, {
    router: {
      linkTo: () => ({
        sendControl: (frame: Fields) => this.controlFrames.push(decodeSessionFrame(frame.finish())),
        requestFrames: () => this.flushes++,
        sendPlain: () => {},
      }),
    } as never,
    evict: () => {},
    heardAt: () => 0,
    protocolLearned: () => {},
  }, {
    eventsOf: () => ({
      listed: () => {},
      messageReceived: () => {},
      channelMessageReceived: () => {},
      streamOpened: () => {},
      slow: () => {},
      sessionLost: () => {},
    }),
    roleLearned: () => {},
    bufferedAmountLow: () => {},
  });

  constructor() {
    this.messaging.joined(MEMBER, "v5");
  }

  send(count = 1): void {
    for (let message = 0; message < count; message++) this.messaging.send("a message", MEMBER);
  }

  /** Receives a frame of the member, in its session 1. */
  receive(frame: Partial<SessionFrame>): void {
    const whole = { epoch: 1, peerEpoch: undefined, syn: false, ack: 0, nack: false, seq: 0 };
    const content = encodeSessionFrame({ ...whole, chunks: [], ...frame }).finish();
    this.mailbox.post(() => this.messaging.receive(MEMBER, Service.SESSION, content));
  }

  /** Returns the number of flushes so far. */
  run(which: "microtasks" | "tasks"): number {
    for (const turn of this[which].splice(0)) turn();
    return this.flushes;
  }
}

Deno.test("Messaging flushes when the running code ends, once for all messages", () => {
  const rig = new Rig();
  rig.send(3);
  expect([rig.flushes, rig.run("microtasks"), rig.tasks.length]).toEqual([0, 1, 0]);
});

Deno.test("Messaging flushes messages that follow at once in the next task, together", () => {
  const rig = new Rig();
  rig.send();
  rig.run("microtasks");
  rig.send(3);
  expect([rig.run("microtasks"), rig.run("tasks"), rig.run("tasks")]).toEqual([1, 2, 2]);
  rig.send();
  expect([rig.run("microtasks"), rig.run("tasks")]).toEqual([2, 3]);
});

Deno.test("Messaging flushes messages after a pause when the running code ends", () => {
  const rig = new Rig();
  rig.send();
  rig.run("microtasks");
  rig.now++;
  rig.send();
  expect([rig.run("microtasks"), rig.tasks.length]).toEqual([2, 0]);
});

Deno.test("Messaging flushes what the listeners of an event send when the event is over", () => {
  const rig = new Rig();
  rig.send();
  rig.run("microtasks");
  rig.now++;
  rig.mailbox.post(() => {
    rig.send(3);
    expect(rig.flushes).toBe(1);
  });
  expect([rig.flushes, rig.microtasks.length, rig.tasks.length]).toEqual([2, 0, 0]);
});

Deno.test("Messaging flushes what a listener sends after an await in the next task", () => {
  const rig = new Rig();
  rig.mailbox.post(() => rig.send());
  rig.send();
  expect([rig.flushes, rig.run("microtasks"), rig.run("tasks")]).toEqual([1, 1, 2]);
});

Deno.test("Messaging flushes an urgent ACK when the running code ends, together with its replies", () => {
  const rig = new Rig();
  const peerEpoch = rig.controlFrames[0]!.epoch;
  rig.receive({ peerEpoch, syn: true });
  const before = rig.controlFrames.length;
  const chunk = { type: "complete", kind: "bytes", content: new Uint8Array(ACK_BYTES) } as const;
  rig.receive({ peerEpoch, chunks: [chunk] });
  rig.send();
  expect([rig.controlFrames.length, rig.tasks.length]).toEqual([before, 0]);
  const { flushes } = rig;
  expect(rig.run("microtasks")).toBe(flushes + 1);
});
