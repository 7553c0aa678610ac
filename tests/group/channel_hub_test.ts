import { expect } from "expect";
import { asMemberId } from "../../src/base/ids.ts";
import { ChannelHub } from "../../src/group/channel_hub.ts";
import { decodeChannelMessage, encodeChannelMessage } from "../../src/wire/channel_message.ts";

const MEMBER = asMemberId(7);
const NAME = "cursor";

class Rig {
  /** Each call reports that a value in flight has arrived. */
  readonly inFlight: (() => void)[] = [];
  /** The sequence numbers of values that were sent unreliably. */
  readonly unreliable: (number | undefined)[] = [];
  isWayOpen = false;
  /** With what each send rejects. */
  failure: Error | undefined;
  myId = 1;
  readonly sent: string[] = [];
  readonly tasks: (() => void)[] = [];
  readonly delivered: (string | undefined)[] = [];
  readonly hub: ChannelHub;

  constructor() {
    this.hub = new ChannelHub({
      myId: () => this.myId,
      others: () => [MEMBER],
      send: () => Promise.resolve(),
      warnUnlessJoined: () => {},
      messaging: () => ({
        associationWith: () => undefined,
        send: (content, _member, _ofChannel, onAck = () => {}) => {
          this.sent.push(decodeChannelMessage(content as Uint8Array).json ?? "");
          this.inFlight.push(onAck);
          return this.failure === undefined ? Promise.resolve() : Promise.reject(this.failure);
        },
        sendUnreliable: (content) => {
          if (this.isWayOpen) this.unreliable.push(decodeChannelMessage(content).sequence);
          return this.isWayOpen;
        },
      }),
      platform: {
        enqueueMicrotask: () => {},
        enqueueTask: (turn) => void this.tasks.push(turn),
        random: { uint32: () => 0 },
        log: {
          traces: () => false,
          note: () => {},
          warn: (text) => expect(text).toBe(""),
          report: (error) => expect(error).toBe(undefined),
        },
      },
    });
    this.attach();
  }

  attach(): () => void {
    return this.hub.attach(NAME, {
      read: (_sender, { json }) => () => void this.delivered.push(json),
      memberLeft: () => {},
    });
  }

  send(count: number, bytes = 1, delivery?: "unreliable"): this {
    for (let sent = 0; sent < count; sent++) {
      this.hub.sendLatest({ name: NAME, json: "1".repeat(bytes) }, [MEMBER], delivery);
    }
    return this;
  }

  receive(json: string, key?: string, sequence?: number): this {
    this.hub.received(MEMBER, encodeChannelMessage({ name: NAME, json, key, sequence }), true);
    return this;
  }

  runTasks(): this {
    for (const turn of this.tasks.splice(0)) turn();
    return this;
  }
}

Deno.test("sendLatest() has up to sixteen small values in flight, and one waiting", () => {
  const rig = new Rig().send(40);
  expect(rig.inFlight.length).toBe(16);
  for (const arrived of rig.inFlight.splice(0)) arrived();
  expect(rig.inFlight.length).toBe(1);
});

Deno.test("sendLatest() has two large values in flight", () => {
  const rig = new Rig().send(20, 6_000);
  expect(rig.inFlight.length).toBe(2);
  rig.inFlight.shift()!();
  expect(rig.inFlight.length).toBe(2);
  rig.send(1, 6_000).inFlight.shift()!();
  expect(rig.inFlight.length).toBe(2);
});

Deno.test("received() delivers the latest value of each key, in a task", () => {
  const rig = new Rig().receive("1").receive("2", "a").receive("3").receive("4", "a");
  expect([rig.delivered, rig.tasks.length]).toEqual([[], 1]);
  expect(rig.runTasks().delivered).toEqual(["3", "4"]);
  expect(rig.receive("5").runTasks().delivered).toEqual(["3", "4", "5"]);
});

Deno.test("sendLatest() numbers unreliable values, and sends them reliably without an unreliable channel", () => {
  const rig = new Rig().send(1, 1, "unreliable");
  rig.isWayOpen = true;
  rig.send(2, 1, "unreliable").send(1, 1_024, "unreliable");
  expect([rig.unreliable, rig.inFlight.length]).toEqual([[2, 3], 2]);
});

Deno.test("received() drops a value that is older than a received one of the same key", () => {
  const rig = new Rig();
  for (const sequence of [5, 3, 5, 7, 6]) rig.receive(`${sequence}`, "", sequence).runTasks();
  rig.receive("4 of another key", "a", 4).runTasks();
  expect(rig.delivered).toEqual(["5", "7", "4 of another key"]);
});

Deno.test("received() treats the sequence number 1 as newer than the greatest one", () => {
  const rig = new Rig();
  for (const sequence of [0xffff_ffff, 1, 0xffff_fffe]) rig.receive(`${sequence}`, "", sequence);
  expect(rig.runTasks().delivered).toEqual(["1"]);
});

Deno.test("deliverLatest() delivers at once, and the pending task delivers nothing", () => {
  const rig = new Rig().receive("1");
  rig.hub.deliverLatest();
  expect(rig.delivered).toEqual(["1"]);
  expect(rig.runTasks().delivered).toEqual(["1"]);
});

Deno.test("leaving() discards received values that wait", () => {
  const rig = new Rig().receive("1");
  rig.hub.leaving();
  expect(rig.runTasks().delivered).toEqual([]);
});

Deno.test("leaving() sends the newest waiting value, and no other after it", () => {
  const rig = new Rig();
  for (let value = 1; value <= 40; value++) {
    rig.hub.sendLatest({ name: NAME, json: `${value}` }, [MEMBER]);
  }
  rig.hub.leaving();
  for (const arrived of rig.inFlight.splice(0)) arrived();
  expect([rig.sent.length, rig.sent.at(-1)]).toEqual([17, "40"]);
});

Deno.test("memberLeft() discards a waiting value: the next session of the member does not get it", () => {
  const rig = new Rig().send(40);
  rig.hub.memberLeft(MEMBER);
  for (const arrived of rig.inFlight.splice(0)) arrived();
  expect(rig.sent.length).toBe(16);
});

Deno.test("received() delivers nothing after a listener has left the group", () => {
  const rig = new Rig();
  const leave = rig.hub.attach(NAME, {
    read: () => () => void (rig.myId = 0),
    memberLeft: () => {},
  });
  const last = rig.attach();
  rig.receive("1").receive("2", "another key").runTasks();
  expect(rig.delivered).toEqual(["1"]);
  leave();
  last();
});

Deno.test("received() delivers no waiting value to a closed channel", () => {
  const rig = new Rig();
  const close = rig.attach();
  rig.receive("1");
  close();
  expect(rig.runTasks().delivered).toEqual(["1"]);
});

Deno.test("received() drops requests of a member that acknowledges no replies", () => {
  const rig = new Rig();
  const request = encodeChannelMessage({ name: "unserved", request: 1 });
  const flood = () => {
    for (let count = 0; count < 20_000; count++) rig.hub.received(MEMBER, request, false);
  };
  expect(flood).toThrow(/16384 replies are unacknowledged/);
  expect(rig.sent.length).toBe(16_384);
  for (const acknowledge of rig.inFlight.splice(0)) acknowledge();
  rig.hub.received(MEMBER, request, false);
  expect(rig.sent.length).toBe(16_385);
});

Deno.test("ChannelHub counts a reply until it is acknowledged, or cannot be sent", async () => {
  const rig = new Rig();
  rig.failure = new Error("the buffer is full");
  for (let count = 0; count < 16_384; count++) {
    await rig.hub.reply({ name: NAME, reply: count }, MEMBER).catch(() => {});
  }
  rig.failure = undefined;
  const request = () =>
    rig.hub.received(MEMBER, encodeChannelMessage({ name: NAME, json: "1", request: 1 }), false);
  request();
  // The request had no listener, which is a reply, too.
  for (let count = 1; count < 16_384; count++) rig.hub.reply({ name: NAME, reply: count }, MEMBER);
  expect(request).toThrow("Cannot serve a request: 16384 replies are unacknowledged");
  rig.inFlight.at(-1)!();
  request();
});
